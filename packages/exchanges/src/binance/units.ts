import { type Amount, amountOf, formatAmount, parseAmount } from '@tolem/money/amount'
import { type CryptoAsset, scaleOf } from '@tolem/money/asset'

/** Binance's ledger keeps eight decimals of every asset. */
const DECIMALS = 8

/** One unit of Binance's ledger in ours: 10^10 for ETH, which we count in wei. */
export function binanceStep(asset: CryptoAsset): bigint {
  return 10n ** BigInt(scaleOf(asset) - DECIMALS)
}

/** An amount that is a multiple of the step, with eight decimals. */
export function writeCoins(asset: CryptoAsset, amount: Amount<CryptoAsset>): string {
  return formatAmount(asset, amount).slice(0, DECIMALS - scaleOf(asset) || undefined)
}

/** Reads whole coins, however many zeros stand at their end; nothing when it is no amount of this asset. */
export function readCoins(asset: CryptoAsset, text: string): Amount<CryptoAsset> | undefined {
  const parsed = parseAmount(asset, text)
  return parsed.ok ? parsed.value : undefined
}

/** Reads a balance and leaves out what is too small to be moved. */
export function readBalance(asset: CryptoAsset, text: string): Amount<CryptoAsset> | undefined {
  const held = readCoins(asset, text)
  return held === undefined ? undefined : amountOf(asset, held - (held % binanceStep(asset)))
}

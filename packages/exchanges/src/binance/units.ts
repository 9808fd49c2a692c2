import { type Amount, formatAmount } from '@tolem/money/amount'
import { type CryptoAsset, scaleOf } from '@tolem/money/asset'

/** Binance's ledger keeps eight decimals of every asset. */
const DECIMALS = 8

/** An amount that is a multiple of the ledger's step, with eight decimals. */
export function writeCoins(asset: CryptoAsset, amount: Amount<CryptoAsset>): string {
  return formatAmount(asset, amount).slice(0, DECIMALS - scaleOf(asset) || undefined)
}

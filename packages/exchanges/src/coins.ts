import { type Amount, amountOf, formatAmount, parseAmount } from '@tolem/money/amount'
import { type AssetCode, type CryptoAsset, scaleOf } from '@tolem/money/asset'

/** The ledgers of all our exchanges keep eight decimals of every asset, and so do their protocols. */
const LEDGER_DECIMALS = 8

/** One unit of an exchange's ledger in ours: 10^10 for ETH, which we count in wei. */
export function ledgerStep(asset: CryptoAsset): bigint {
  return 10n ** BigInt(scaleOf(asset) - LEDGER_DECIMALS)
}

/** Whole coins without zeros at the end: `0.5`, `1000`. */
export function writeCoins<A extends AssetCode>(asset: A, amount: Amount<NoInfer<A>>): string {
  return formatAmount(asset, amount).replace(/\.?0+$/, '')
}

/** Reads whole coins, however many zeros stand at their end; nothing when it is no amount that we can count. */
export function readCoins<A extends AssetCode>(asset: A, text: string): Amount<A> | undefined {
  const parsed = parseAmount(asset, withoutZeros(text))
  return parsed.ok ? parsed.value : undefined
}

/** A balance without what is too small to be moved. */
export function wholeSteps<A extends CryptoAsset>(asset: A, held: Amount<NoInfer<A>>): Amount<A> {
  return amountOf(asset, held - (held % ledgerStep(asset)))
}

/** Zeros say nothing behind digits and one point; anything else is left to be refused. */
function withoutZeros(text: string): string {
  return /^[0-9]+\.[0-9]+$/.test(text) ? text.replace(/\.?0+$/, '') : text
}

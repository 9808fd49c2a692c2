import type { Outcome } from '@tolem/domain/outcome'
import type { Quote } from '@tolem/domain/quote'
import { type Amount, amountOf, subtract } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { affordableBilling, lowerQuote } from './lower.ts'
import type { RateRefusal } from './present-rate.ts'

/** An asset of a wallet that may pay for a purchase, or for a part of it. */
export type Payer = {
  readonly asset: CryptoAsset
  /** The smallest amount that the rail moves, in minor units of the asset. */
  readonly step: bigint
  /** What the wallet holds of it; absent where nobody knows: then it is taken to hold enough. */
  readonly available: Amount<CryptoAsset> | undefined
}

/** What is to be paid, and out of what, in the cardholder's order. */
export type SplitRequest = {
  /** More than zero. */
  readonly billing: Amount<'KZT'>
  readonly payers: readonly Payer[]
  readonly feeBasisPoints: number
  /** The price of as much in one of the assets. */
  readonly quoteOf: (payer: Payer, billing: Amount<'KZT'>) => Outcome<Quote, RateRefusal>
}

/** A billing divided among assets. */
export type Split = {
  /** One an asset, in the order asked for: each debits no more than is available, at a price and fee of its own. */
  readonly quotes: readonly Quote[]
  /** What no asset pays for: with the billings of the quotes it sums to the billing that was asked for. */
  readonly uncovered: Amount<'KZT'>
  /** Why assets were passed over that have no price now. */
  readonly refusals: readonly RateRefusal[]
}

/**
 * A hundred tenge. Each debit is one more that can fail, so an asset that is worth less than that is left alone where
 * there are others.
 */
const SMALLEST_PART = amountOf('KZT', 10_000n)

/**
 * Divides a billing: the first asset pays what it affords, the next of the rest what that affords, and so on. An asset
 * without a price is passed over. The fee of each part is rounded up by itself, so that all parts together cost the
 * cardholder at most one tiyn a further part more than a single debit; the step of each rail rounds its own debit up.
 */
export function splitBilling({ billing, payers, feeBasisPoints, quoteOf }: SplitRequest): Split {
  const quotes: Quote[] = []
  const refusals: RateRefusal[] = []
  const smallest = payers.length > 1 ? SMALLEST_PART : 1n
  let uncovered = billing
  for (const payer of payers) {
    const quoted = quoteOf(payer, uncovered)
    if (!quoted.ok) {
      refusals.push(quoted.reason)
      continue
    }
    const { value: whole } = quoted
    const { available, step } = payer
    if (available === undefined || whole.debit <= available)
      return { quotes: [...quotes, whole], uncovered: amountOf('KZT', 0n), refusals }
    const terms = { step, feeBasisPoints }
    const affordable = affordableBilling(whole, available, terms)
    if (affordable < smallest) continue
    quotes.push(lowerQuote(whole, affordable, terms))
    uncovered = subtract(uncovered, affordable)
  }
  return { quotes, uncovered, refusals }
}

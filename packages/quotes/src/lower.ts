import type { Quote } from '@tolem/domain/quote'
import { type Amount, add, amountOf, subtract } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { cryptoToTenge, shareOf, tengeToCrypto } from '@tolem/money/convert'

/** What a quote was made with and does not say itself. */
export type QuoteTerms = {
  /** The smallest amount that the rail moves, in minor units of the asset. */
  readonly step: bigint
  readonly feeBasisPoints: number
}

/**
 * The largest billing that `balance` pays for at the quote's own applied rate, fee included, rounded down: its debit is
 * never more than the balance. Nothing where the balance is worth nothing.
 */
export function affordableBilling(
  quote: Pick<Quote, 'asset' | 'applied'>,
  balance: Amount<CryptoAsset>,
  { step, feeBasisPoints }: QuoteTerms,
): Amount<'KZT'> {
  const movable = amountOf<CryptoAsset>(quote.asset, balance - (balance % step))
  const worth = cryptoToTenge(movable, {
    asset: quote.asset,
    rate: quote.applied,
    rounding: 'against_programme',
  })
  // The fee is rounded up, but what is left above a billing that was rounded down is whole, and so no less than it.
  return amountOf('KZT', (worth * 10_000n) / BigInt(10_000 + feeBasisPoints))
}

/** The same quote for less: at the same rates, under the same id, because it is the same look at the market. */
export function lowerQuote(quote: Quote, billing: Amount<'KZT'>, terms: QuoteTerms): Quote {
  return { ...quote, ...priceAt(quote, billing, terms) }
}

/** The fee, the debit and the spread of a billing at given rates: see {@link Quote}. */
export function priceAt(
  { asset, applied, bid }: Pick<Quote, 'asset' | 'applied' | 'bid'>,
  billing: Amount<'KZT'>,
  { step, feeBasisPoints }: QuoteTerms,
): Pick<Quote, 'billing' | 'fee' | 'debit' | 'spread'> {
  const fee = shareOf('KZT', {
    amount: billing,
    basisPoints: feeBasisPoints,
    rounding: 'against_cardholder',
  })
  const owed = add(billing, fee)
  const debit = tengeToCrypto(owed, { asset, rate: applied, step, rounding: 'against_cardholder' })
  const worth = cryptoToTenge(debit, { asset, rate: bid, rounding: 'against_programme' })
  return { billing, fee, debit, spread: subtract(worth, owed) }
}

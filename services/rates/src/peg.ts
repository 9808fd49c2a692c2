import type { RateSource } from '@tolem/domain/quote'
import { distanceInBasisPoints, parseRate, type Rate } from '@tolem/money/rate'

const ONE = parseRate('1') as Rate

/**
 * Does this price of one stablecoin in another say that both keep their peg, each side of the book within the band?
 * Two coins that disagree cannot tell which of them broke, so the answer holds for both.
 */
export function isOnPeg(price: Pick<RateSource, 'bid' | 'ask'>, bandBasisPoints: number): boolean {
  return [price.bid, price.ask].every((side) => distanceInBasisPoints(side, ONE) <= bandBasisPoints)
}

/** Is this pair a stablecoin priced in a stablecoin, and `asset` one of the two? */
export function isPegEvidence(
  pair: string,
  asset: string,
  isPegged: (asset: string) => boolean,
): boolean {
  const [base = '', quote = ''] = pair.split('/')
  return (asset === base || asset === quote) && isPegged(base) && isPegged(quote)
}

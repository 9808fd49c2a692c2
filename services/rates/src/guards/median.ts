import type { RateSource } from '@tolem/domain/quote'
import { compareRates, midRate, type Rate } from '@tolem/money/rate'
import { distanceOfTicks } from './tick.ts'

/**
 * Does this source stand within the band around the other sources of its pair? With three sources or more the measure
 * is the median of all, which one liar cannot move far. With two, each is all that the other has: when they disagree
 * nobody can say which is wrong, and both are refused. A lone source has nothing to be compared with.
 */
export function isNearMedian(
  source: RateSource,
  others: readonly RateSource[],
  bandBasisPoints: number,
): boolean {
  if (others.length === 0) return true
  const measured = others.length === 1 ? others : [source, ...others]
  const median = {
    bid: medianOf(measured.map((each) => each.bid)),
    ask: medianOf(measured.map((each) => each.ask)),
  }
  return distanceOfTicks(source, median) <= bandBasisPoints
}

/** The middle of at least one price; of an even number the middle of the middle two. */
export function medianOf(prices: readonly Rate[]): Rate {
  const sorted = prices.toSorted(compareRates)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  if (upper === undefined || lower === undefined) throw new RangeError('no prices')
  return midRate(lower, upper)
}

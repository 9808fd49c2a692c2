import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import type { RateSource } from '@tolem/domain/quote'
import type { BookTop } from '@tolem/exchanges/prices'
import { compareRates, distanceInBasisPoints, parseRate } from '@tolem/money/rate'
import type { GuardLimits } from './guard.ts'
import { isPlausible } from './plausible.ts'

/** Why one tick alone, compared with nothing, is no price. */
export type TickRefusal = 'not_a_price' | 'crossed' | 'too_wide' | 'implausible'

/**
 * Reads the texts that an exchange sent as a price. Equal sides are let through: a locked book is odd but not wrong. A
 * book whose sides stand further apart than a spike says two prices at once, and the bid, which is the one that
 * counts, may be anybody's joke.
 */
export function readTick(
  top: BookTop,
  limits: Pick<GuardLimits, 'spikeBasisPoints'>,
): Outcome<RateSource, TickRefusal> {
  const { exchange, pair, receivedAt } = top
  const bid = parseRate(top.bid)
  const ask = parseRate(top.ask)
  if (bid === undefined || ask === undefined) return refuse('not_a_price')
  if (!isPlausible(pair, bid) || !isPlausible(pair, ask)) return refuse('implausible')
  if (compareRates(ask, bid) < 0) return refuse('crossed')
  if (distanceInBasisPoints(ask, bid) > limits.spikeBasisPoints) return refuse('too_wide')
  return accept({ exchange, pair, bid, ask, observedAt: receivedAt })
}

/** How far two prices of one pair are apart: the larger distance of the two sides, in basis points of `reference`. */
export function distanceOfTicks(
  tick: Pick<RateSource, 'bid' | 'ask'>,
  reference: Pick<RateSource, 'bid' | 'ask'>,
): number {
  return Math.max(
    distanceInBasisPoints(tick.bid, reference.bid),
    distanceInBasisPoints(tick.ask, reference.ask),
  )
}

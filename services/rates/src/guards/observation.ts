import type { RateSource } from '@tolem/domain/quote'
import type { BookTop } from '@tolem/exchanges/prices'
import type { Guard, GuardLimits } from './guard.ts'
import { distanceOfTicks, readTick } from './tick.ts'

/** What is known of one pair at one exchange. */
export type Observation = {
  /** When it was last heard, refused prices included (ms since the epoch). */
  readonly heardAt: number
  /** The last price that no guard refused. */
  readonly accepted?: RateSource
  /** What the next prices are compared with: the accepted price of about a second ago. */
  readonly reference?: RateSource
  /** The first of a run of prices that all stand a spike away from the reference, and near one another. */
  readonly suspect?: RateSource
  /** Its prices have not lasted for as long as a spike must: the first one may itself be the spike. */
  readonly isNew?: true
  /** The guard that refuses what was last heard; absent when it was accepted. */
  readonly refusal?: Guard
}

/**
 * A spike must last this long to be believed, and prices are compared over this long: ticks come many to the
 * millisecond, so "a second tick agrees" would say nothing, and a fall in small steps would pass step by step.
 */
export const SPIKE_HOLD_MS = 1_000

/**
 * What is known after one more tick. A refused tick never becomes a price, but it is a sign of life. Of a book that is
 * read in two ways the newest receipt counts: one that comes late changes nothing.
 */
export function observe(
  heard: Observation | undefined,
  top: BookTop,
  limits: Pick<GuardLimits, 'spikeBasisPoints' | 'maximumAgeMs'>,
): Observation {
  const { receivedAt } = top
  if (heard === undefined || heard.heardAt <= receivedAt) return take(heard, top, limits)
  if (heard.heardAt - receivedAt <= limits.maximumAgeMs) return heard
  // Nothing is as late as that: the clock was set back, and what it stamped before would never come to an end.
  return take(stampedAnew(heard, receivedAt), top, limits)
}

function take(
  before: Observation | undefined,
  top: BookTop,
  limits: Pick<GuardLimits, 'spikeBasisPoints'>,
): Observation {
  const heardAt = top.receivedAt
  const { suspect: _gone, ...known } = before ?? {}
  const tick = readTick(top, limits)
  if (!tick.ok) return { ...known, heardAt, refusal: tick.reason }

  const price = tick.value
  const reference = before?.reference
  const isNear = (other: RateSource) => distanceOfTicks(price, other) <= limits.spikeBasisPoints
  const isNew = before?.isNew
  // Where nothing has lasted yet no price is better than the next one that contradicts it.
  if (reference === undefined || (isNew && !isNear(reference)))
    return { heardAt, accepted: price, reference: price, isNew: true }
  if (isNear(reference)) {
    if (heardAt - reference.observedAt >= SPIKE_HOLD_MS)
      return { heardAt, accepted: price, reference: price }
    return { heardAt, accepted: price, reference, ...(isNew && { isNew }) }
  }
  const suspect = before?.suspect
  if (suspect === undefined || !isNear(suspect))
    return { ...known, heardAt, suspect: price, refusal: 'spike' }
  if (heardAt - suspect.observedAt < SPIKE_HOLD_MS)
    return { ...known, heardAt, suspect, refusal: 'spike' }
  return { heardAt, accepted: price, reference: price }
}

function stampedAnew({ suspect: _gone, ...known }: Observation, heardAt: number): Observation {
  const { reference } = known
  return {
    ...known,
    heardAt,
    ...(reference && { reference: { ...reference, observedAt: heardAt } }),
  }
}

/** The same pair when its feed has fallen silent: no price until it speaks again. */
export function silence(before: Observation): Observation {
  const { suspect: _gone, ...known } = before
  return { ...known, refusal: 'silent' }
}

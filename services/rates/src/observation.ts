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
  /** The guard that refuses what was last heard; absent when it was accepted. */
  readonly refusal?: Guard
}

/**
 * A spike must last this long to be believed, and prices are compared over this long: ticks come many to the
 * millisecond, so "a second tick agrees" would say nothing, and a fall in small steps would pass step by step.
 */
export const SPIKE_HOLD_MS = 1_000

/** What is known after one more tick. A refused tick never becomes a price, but it is a sign of life. */
export function observe(
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
  if (reference === undefined) return { heardAt, accepted: price, reference: price }
  if (isNear(reference)) {
    const isDue = heardAt - reference.observedAt >= SPIKE_HOLD_MS
    return { heardAt, accepted: price, reference: isDue ? price : reference }
  }
  const suspect = before?.suspect
  if (suspect === undefined || !isNear(suspect))
    return { ...known, heardAt, suspect: price, refusal: 'spike' }
  if (heardAt - suspect.observedAt < SPIKE_HOLD_MS)
    return { ...known, heardAt, suspect, refusal: 'spike' }
  return { heardAt, accepted: price, reference: price }
}

/** The same pair when its feed has fallen silent: no price until it speaks again. */
export function silence(before: Observation): Observation {
  const { suspect: _gone, ...known } = before
  return { ...known, refusal: 'silent' }
}

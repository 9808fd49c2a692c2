import type { CallLimit } from './port.ts'

/**
 * A moment by two clocks: one that only ever grows, and the wall's. A process that was stopped sees both jump; one
 * whose whole machine was stopped may see only the second.
 */
export type Moment = {
  /** Of `performance.now()`. */
  readonly elapsed: number
  /** Milliseconds since the epoch. */
  readonly wall: number
}

/** Now. */
export function momentNow(): Moment {
  return { elapsed: performance.now(), wall: Date.now() }
}

/** How long ago it was: what the clock says that went further. */
export function msSince(from: Moment, now: Moment = momentNow()): number {
  return Math.max(now.elapsed - from.elapsed, now.wall - from.wall)
}

/** What is left of the time that a call may take. Without a beginning nothing of it is used up. */
export function timeLeft({ timeoutMs, from }: CallLimit): number {
  return from ? timeoutMs - msSince(from) : timeoutMs
}

/** A request was not signed in time: nothing of it may leave. */
export class TooLate extends Error {}

/**
 * For how long a request that is signed now may be executed, in whole milliseconds: no longer than its call may take.
 *
 * @throws {TooLate} when that is over. Whoever signs does it in the moment that follows, which the client checks.
 */
export function windowWithin(longestMs: number, limit: CallLimit): number {
  const left = timeLeft(limit)
  if (!(left >= 1)) throw new TooLate('its time is over')
  return Math.min(longestMs, Math.floor(left))
}

/** A limit for a call that must be over `ms` after `from`, however long this process is stopped before it is sent. */
export function limitWithin(from: Moment, ms: number): CallLimit & { readonly from: Moment } {
  const now = momentNow()
  return { timeoutMs: Math.floor(ms - msSince(from, now)), from: now }
}

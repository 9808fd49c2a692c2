/**
 * The moment by which a bank must have its answer, on a monotonic clock in milliseconds (`performance.now()`): a change
 * of the wall clock moves no deadline. `windowEndsAt` is the same moment on the wall clock, for what leaves the
 * process.
 */
export type Deadline = { readonly at: number; readonly windowEndsAt: number }

/** What must still be possible after the exchange has answered: recording the decision and sending it. */
export const CONCLUDE_RESERVE_MS = 200

/** Below this an exchange cannot be expected to answer, and a debit that cannot be awaited is not sent. */
export const SHORTEST_EXCHANGE_CALL_MS = 60

/** Milliseconds left, never negative. */
export function remaining(deadline: Deadline, now: number): number {
  return Math.max(0, deadline.at - now)
}

/** How long the exchange may take, or 0 when a debit must not be started any more. */
export function exchangeSlice(deadline: Deadline, now: number): number {
  const slice = remaining(deadline, now) - CONCLUDE_RESERVE_MS
  return slice >= SHORTEST_EXCHANGE_CALL_MS ? Math.floor(slice) : 0
}

/** The last moment at which a debit may still be started. */
export function lastDebitAt({ at }: Deadline): number {
  return at - CONCLUDE_RESERVE_MS - SHORTEST_EXCHANGE_CALL_MS
}

import type { RailLimits } from '../settings.ts'
import type { Purpose } from './gate.ts'
import type { Answered } from './send.ts'

/** How much of a budget that the exchange keeps for us is left, as it told with an answer. */
export type BudgetLeft = {
  /** From 0 (used up) to 1 (untouched). */
  readonly share: number
  /** When it is whole again, milliseconds since the epoch by the clock that `now` was read from. */
  readonly resetsAt: number
}

/** What an exchange's answers say about how it wants to be called, to the letter of its documents. */
export type Protection = {
  /** How long no call of this rail may leave, in milliseconds; 0 when the answer does not say. */
  pauseMsOf(answer: Answered): number
  /**
   * How long no call at all may leave for this exchange, in milliseconds: it has banned us. 0: it has not. Absent a
   * purpose the answer is to a call that the exchange documents.
   */
  banMsOf(answer: Answered, purpose?: Purpose): number
  /** Did it refuse a request because our clock and its own differ? */
  isClockOff(answer: Answered): boolean
  /** @param now milliseconds since the epoch by the exchange's clock */
  budgetOf(
    answer: Answered,
    now: number,
    limits?: Pick<RailLimits, 'weightsPerMinute'>,
  ): BudgetLeft | undefined
}

/** A header that is given once, or nothing. */
export function headerOf(answer: Answered, name: string): string | undefined {
  const value = answer.headers[name]
  return typeof value === 'string' ? value : undefined
}

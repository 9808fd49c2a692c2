import type { RailLimits } from '../settings.ts'
import { createRateBudget } from './rate-budget.ts'

/** What a call is for: debits have a cardholder waiting, everything else can wait for its turn. */
export type Purpose = 'debit' | 'credit' | 'look_up'

/** Decides here, without a call and without a queue, whether a call may leave. */
export type Gate = {
  /** Nothing when the call may start (then {@link Gate.leave} must follow), or why not. */
  enter(purpose: Purpose): string | undefined
  leave(): void
  /** Lets no call out for so long: the exchange has banned us, and calling would prolong the ban. */
  pause(ms: number): void
}

/**
 * Credits draw on the debits' rate, because exchanges count both as transfers, but only while half of it is left;
 * look-ups have a rate of their own. Credits and look-ups together hold at most half of the calls under way, so that a
 * backlog in `settlement` never takes the place of a cardholder's debit.
 */
export function createGate(limits: RailLimits, now: () => number): Gate {
  const transfers = createRateBudget(limits.debitsPerSecond, now)
  const lookUps = createRateBudget(limits.lookUpsPerSecond, now)
  const reserve = Math.min(transfers.capacity / 2, transfers.capacity - 1)
  const background = Math.max(1, Math.floor(limits.concurrentCalls / 2))
  let underWay = 0
  let pausedUntil = Number.NEGATIVE_INFINITY

  const hasBudget = (purpose: Purpose) =>
    purpose === 'look_up' ? lookUps.take(0) : transfers.take(purpose === 'credit' ? reserve : 0)

  return {
    enter(purpose) {
      if (now() < pausedUntil) return 'the exchange asked for no calls for now'
      if (underWay >= (purpose === 'debit' ? limits.concurrentCalls : background))
        return 'as many calls are under way as the exchange allows'
      if (!hasBudget(purpose)) return 'the rate that the exchange allows is used up'
      underWay += 1
      return undefined
    },
    leave() {
      underWay -= 1
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, now() + ms)
    },
  }
}

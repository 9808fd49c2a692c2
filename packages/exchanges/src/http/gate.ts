import type { RailLimits } from '../settings.ts'
import type { BreakerState } from './breaker.ts'
import type { BudgetLeft } from './protection.ts'
import { createRateBudget } from './rate-budget.ts'
import { createTerm } from './term.ts'

/**
 * What a call is for: debits have a cardholder waiting, and so has a follow-up, which asks how a debit that was taken
 * ends. Everything else can wait for its turn. A probe only asks whether the exchange is there.
 */
export type Purpose = 'debit' | 'follow_up' | 'credit' | 'look_up' | 'probe'

/** How often a debit may be followed up. */
export const FOLLOW_UPS = 3

/** Decides here, without a call and without a queue, whether a call may leave. */
export type Gate = {
  /** Nothing when the call may start (then {@link Gate.leave} must follow), or why not. */
  enter(purpose: Purpose): string | undefined
  leave(): void
  /**
   * Would no call at all leave now? Asked before a call is worth preparing; what is full or used up for a moment is not
   * closed. A breaker that is due for its probe makes it, so that who asks first finds out when it is over.
   */
  isClosed(): boolean
  /** Lets no call out for so long: the exchange asked this rail to stay away, and calling would prolong it. */
  pause(ms: number): void
  /** Takes what the exchange said of the budget that a call of this purpose drew on; it resets by our own clock. */
  learn(purpose: Purpose, left: BudgetLeft): void
  /** How much is left of the budget that debits draw on, from 0 to 1, by our own count and the exchange's. */
  budgetLeft(): number
  /** Until when no call leaves (milliseconds since the epoch), 0 when calls may leave. */
  pausedUntil(): number
}

/** What a gate is made of. */
export type GateDeps = {
  readonly limits: RailLimits
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Until when the exchange has banned us, 0 when it has not. */
  readonly bannedUntil?: () => number
  readonly breaker?: { admits(): boolean; state(): BreakerState }
}

/** Below this share of the exchange's own budget only debits and their follow-ups go on: it is for cardholders. */
const DEBITS_ONLY_BELOW = 0.1

/**
 * Credits draw on the debits' rate, because exchanges count both as transfers, but only while half of it is left.
 * Look-ups have a rate of their own; follow-ups have one that no debit's are beyond. Credits and look-ups together hold
 * at most half of the calls under way, so that a backlog in `settlement` never takes the place of a cardholder's debit.
 * What the exchange says of its own count overrules ours, because other processes draw on the same one.
 */
export function createGate({ limits, now, bannedUntil = () => 0, breaker }: GateDeps): Gate {
  const transfers = createRateBudget(limits.debitsPerSecond, now)
  const lookUps = createRateBudget(limits.lookUpsPerSecond, now)
  const followUps = createRateBudget(limits.debitsPerSecond * FOLLOW_UPS, now)
  const told = { transfers: untold(now), lookUps: untold(now) }
  const reserve = Math.min(transfers.capacity / 2, transfers.capacity - 1)
  const background = Math.max(1, Math.floor(limits.concurrentCalls / 2))
  let underWay = 0
  const pause = createTerm(now)

  const isAwaited = (purpose: Purpose) => purpose === 'debit' || purpose === 'follow_up'
  const toldOf = (purpose: Purpose) =>
    purpose === 'look_up' || purpose === 'follow_up' ? 'lookUps' : 'transfers'
  const toldShare = (purpose: Purpose) => {
    const { share, term } = told[toldOf(purpose)]
    return term.until() > 0 ? share : 1
  }
  const hasBudget = (purpose: Purpose) => {
    const share = toldShare(purpose)
    if (share <= 0 || (!isAwaited(purpose) && share < DEBITS_ONLY_BELOW)) return false
    if (purpose === 'look_up') return lookUps.take(0)
    if (purpose === 'follow_up') return followUps.take(0)
    return transfers.take(purpose === 'credit' ? reserve : 0)
  }
  const isFull = (purpose: Purpose) =>
    underWay >= (isAwaited(purpose) ? limits.concurrentCalls : background)
  const stop = () => {
    if (now() < bannedUntil()) return 'the exchange has banned us for now'
    return pause.until() > 0 ? 'the exchange asked for no calls for now' : undefined
  }
  const lack = (purpose: Purpose) => {
    if (breaker && !breaker.admits()) return 'the exchange does not answer for now'
    if (isFull(purpose)) return 'as many calls are under way as the exchange allows'
    return hasBudget(purpose) ? undefined : 'the rate that the exchange allows is used up'
  }

  return {
    enter(purpose) {
      const refusal = stop() ?? (purpose === 'probe' ? undefined : lack(purpose))
      if (refusal === undefined) underWay += 1
      return refusal
    },
    leave() {
      underWay -= 1
    },
    isClosed: () => stop() !== undefined || breaker?.admits() === false,
    pause: (ms) => pause.extend(ms),
    learn(purpose, { share, resetsAt }) {
      const term = createTerm(now)
      term.extend(resetsAt - now())
      told[toldOf(purpose)] = { share, term }
    },
    budgetLeft: () => Math.min(transfers.share(), toldShare('debit')),
    pausedUntil: () => {
      const until = Math.max(pause.until(), bannedUntil())
      return now() < until ? until : 0
    },
  }
}

/** Before the exchange said anything. */
const untold = (now: () => number) => ({ share: 1, term: createTerm(now) })

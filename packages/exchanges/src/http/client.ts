import type { Outcome } from '@tolem/domain/outcome'
import { Pool } from 'undici'
import type { RailLimits } from '../settings.ts'
import { momentNow, msSince, TooLate } from '../time-left.ts'
import {
  BREAKER_SETTINGS,
  type BreakerSettings,
  type BreakerState,
  createBreaker,
} from './breaker.ts'
import { createExchangeClock, type ExchangeClock } from './clock.ts'
import { createGate, type Purpose } from './gate.ts'
import type { Protection } from './protection.ts'
import {
  type Answer,
  type Answered,
  LARGEST_BODY_BYTES,
  type SignedRequest,
  sendOnce,
} from './send.ts'

/** One rail's way to its exchange: its own connections, concurrency, rate, breaker, and the exchange's clock. */
export type ExchangeClient = {
  /** At most one request; `sign` is called only when the call may leave, so that its timestamp is fresh. */
  call(purpose: Purpose, timeoutMs: number, sign: () => SignedRequest): Promise<Answer>
  /** By whose time requests are stamped. */
  readonly clock: ExchangeClock
  /** Would no call leave now, for a ban, a pause that was asked for, or an open breaker? Costs nothing. */
  isClosed(): boolean
  standing(): ClientStanding
  /** Waits for the calls under way. */
  close(): Promise<void>
}

/** How a rail stands with its exchange now. */
export type ClientStanding = {
  readonly breaker: BreakerState
  /** Milliseconds since the epoch, 0 when calls may leave. */
  readonly pausedUntil: number
  /** Of the budget that debits draw on: from 0 to 1. */
  readonly budgetLeft: number
  readonly clockOffsetMs: number
}

/** What a client is made of. */
export type ExchangeClientDeps = {
  readonly host: string
  readonly limits: RailLimits
  /** Absent: {@link BREAKER_SETTINGS}. */
  readonly breaker?: BreakerSettings | undefined
  /** The wall clock, milliseconds since the epoch. */
  readonly now: () => number
  readonly protection: Protection
  /** The bans of the whole exchange, which other rails and processes learn of too. */
  readonly bans: { until(): number; ban(until: number): void }
  /** Where longer answers are expected than a list of movements is; see {@link LARGEST_BODY_BYTES}. */
  readonly largestBodyBytes?: number | undefined
  /** Asks the exchange for its time, by a call of purpose `probe`. */
  readonly askTime: (call: ExchangeClient['call']) => Promise<Outcome<number, 'unavailable'>>
}

/**
 * A call that we gave up sooner than this says nothing about the exchange: a bank with a short budget must not close it
 * to the others. The default budget of a second leaves a debit about 700 ms.
 */
const SHORTEST_JUDGED_MS = 600

/** Opens no connection before the first call. Nothing is sent twice, whatever becomes of a call. */
export function createExchangeClient(deps: ExchangeClientDeps): ExchangeClient {
  const { limits, now, protection, bans } = deps
  const clock = createExchangeClock({ readServerTime: () => deps.askTime(call), now })
  const breaker = createBreaker({
    settings: deps.breaker ?? BREAKER_SETTINGS,
    now: () => performance.now(),
    async probe() {
      isThere = false
      await clock.synchronize()
      return isThere
    },
  })
  const gate = createGate({ limits, now, breaker, bannedUntil: bans.until })
  const pool = createPool(deps, limits.concurrentCalls)
  const underWay = new Set<Promise<Answer>>()
  /** Did the last probe get any answer? Where no clock can be read an exchange is still there. */
  let isThere = false
  let isClosed = false

  const learn = (purpose: Purpose, answer: Answered) => {
    const banMs = protection.banMsOf(answer, purpose)
    if (banMs > 0) bans.ban(now() + banMs)
    gate.pause(protection.pauseMsOf(answer))
    if (protection.isClockOff(answer)) void clock.synchronize()
    const left = protection.budgetOf(answer, clock.now(), limits)
    // A probe is counted by address at another product: what is left there is not what debits draw on.
    if (left === undefined || purpose === 'probe') return
    gate.learn(purpose, { ...left, resetsAt: left.resetsAt - clock.offsetMs() })
  }

  const exchangeOnce = async (
    purpose: Purpose,
    timeoutMs: number,
    sign: () => SignedRequest,
  ): Promise<Answer> => {
    try {
      const request = signSwiftly(sign)
      if (!request) return notSent('no time is left to sign it')
      const answer = await sendOnce(pool, request, timeoutMs)
      if (answer.kind === 'answered') learn(purpose, answer)
      const how = judge(answer, timeoutMs)
      if (purpose === 'probe') isThere ||= how === 'answered'
      else if (how !== undefined) breaker.ended(how)
      return answer
    } finally {
      gate.leave()
    }
  }

  async function call(purpose: Purpose, timeoutMs: number, sign: () => SignedRequest) {
    if (isClosed) return notSent('the rail is closed')
    if (!(timeoutMs >= 1)) return notSent('no time is left for a call')
    const refusal = gate.enter(purpose)
    if (refusal) return notSent(refusal)
    const answer = exchangeOnce(purpose, timeoutMs, sign)
    underWay.add(answer)
    return answer.finally(() => underWay.delete(answer))
  }

  return {
    call,
    clock,
    isClosed: gate.isClosed,
    standing: () => ({
      breaker: breaker.state(),
      pausedUntil: gate.pausedUntil(),
      budgetLeft: gate.budgetLeft(),
      clockOffsetMs: clock.offsetMs(),
    }),
    async close() {
      isClosed = true
      await Promise.allSettled(underWay)
      // Not a graceful close, which would wait for connections that are still being made for calls long given up.
      await pool.destroy()
    },
  }
}

/**
 * A request says until when it is good, counted from its own time. So that a process which is stopped between counting
 * and telling the time makes none that is good for longer, one that took long to sign is thrown away. Stopped later, it
 * is too late at the exchange.
 */
const SIGNED_WITHIN_MS = 500

function signSwiftly(sign: () => SignedRequest): SignedRequest | undefined {
  const startedAt = momentNow()
  try {
    const request = sign()
    return msSince(startedAt) <= SIGNED_WITHIN_MS ? request : undefined
  } catch (error) {
    if (error instanceof TooLate) return undefined
    throw error
  }
}

/** Did the exchange answer at all? A refusal is an answer; a 5xx is none. Nothing where it had too little time. */
function judge(answer: Answer, timeoutMs: number): 'answered' | 'trouble' | undefined {
  if (answer.kind === 'answered') return answer.status >= 500 ? 'trouble' : 'answered'
  return timeoutMs < SHORTEST_JUDGED_MS ? undefined : 'trouble'
}

function notSent(detail: string): Answer {
  return { kind: 'not_sent', detail }
}

/**
 * HTTP/1.1 with one request per connection at a time, so that one lost connection is one movement in doubt. undici's
 * own timeouts are off because {@link sendOnce} covers the whole call with one timer.
 */
function createPool(
  { host, largestBodyBytes = LARGEST_BODY_BYTES }: ExchangeClientDeps,
  connections: number,
): Pool {
  return new Pool(host, {
    connections,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: 5_000 },
    headersTimeout: 0,
    bodyTimeout: 0,
    // Below the 60 s after which common load balancers drop an idle connection; a shorter Keep-Alive header wins.
    keepAliveTimeout: 50_000,
    maxResponseSize: largestBodyBytes,
  })
}

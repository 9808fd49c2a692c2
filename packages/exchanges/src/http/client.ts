import { Pool } from 'undici'
import type { RailLimits } from '../settings.ts'
import { createGate, type Purpose } from './gate.ts'
import {
  type Answer,
  type Answered,
  LARGEST_BODY_BYTES,
  type SignedRequest,
  sendOnce,
} from './send.ts'

/** One rail's way to its exchange: its own connections, concurrency, rate and bans. */
export type ExchangeClient = {
  /** At most one request; `sign` is called only when the call may leave, so that its timestamp is fresh. */
  call(purpose: Purpose, timeoutMs: number, sign: () => SignedRequest): Promise<Answer>
  /** Waits for the calls under way. */
  close(): Promise<void>
}

/** Opens no connection before the first call. Nothing is sent twice, whatever becomes of a call. */
export function createExchangeClient(deps: {
  readonly host: string
  readonly limits: RailLimits
  readonly now: () => number
  /** How long an answer tells us to stay away, in milliseconds; 0 when it does not. */
  readonly pauseMsOf: (answer: Answered) => number
}): ExchangeClient {
  const gate = createGate(deps.limits, deps.now)
  const pool = createPool(deps.host, deps.limits.concurrentCalls)
  const underWay = new Set<Promise<Answer>>()
  let isClosed = false

  const exchangeOnce = async (timeoutMs: number, sign: () => SignedRequest): Promise<Answer> => {
    try {
      const answer = await sendOnce(pool, sign(), timeoutMs)
      if (answer.kind === 'answered') gate.pause(deps.pauseMsOf(answer))
      return answer
    } finally {
      gate.leave()
    }
  }
  return {
    async call(purpose, timeoutMs, sign) {
      if (isClosed) return { kind: 'not_sent', detail: 'the rail is closed' }
      if (!(timeoutMs >= 1)) return { kind: 'not_sent', detail: 'no time is left for a call' }
      const refusal = gate.enter(purpose)
      if (refusal) return { kind: 'not_sent', detail: refusal }
      const call = exchangeOnce(timeoutMs, sign)
      underWay.add(call)
      return call.finally(() => underWay.delete(call))
    },
    async close() {
      isClosed = true
      await Promise.allSettled(underWay)
      // Not a graceful close, which would wait for connections that are still being made for calls long given up.
      await pool.destroy()
    },
  }
}

/**
 * HTTP/1.1 with one request per connection at a time, so that one lost connection is one movement in doubt. undici's
 * own timeouts are off because {@link sendOnce} covers the whole call with one timer.
 */
function createPool(host: string, connections: number): Pool {
  return new Pool(host, {
    connections,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: 5_000 },
    headersTimeout: 0,
    bodyTimeout: 0,
    // Below the 60 s after which common load balancers drop an idle connection; a shorter Keep-Alive header wins.
    keepAliveTimeout: 50_000,
    maxResponseSize: LARGEST_BODY_BYTES,
  })
}

import type { CallLimit } from './port.ts'

/** Nobody waits for a look-up: the ten seconds that Bybit recommends for queries, and Binance's own API timeout. */
export const LOOK_UP_LIMIT: CallLimit = { timeoutMs: 10_000 }

/** The same time for all calls of one look-up together: gives what is left of it. */
export function startLookUp(): () => CallLimit {
  const endsAt = performance.now() + LOOK_UP_LIMIT.timeoutMs
  return () => ({ timeoutMs: endsAt - performance.now() })
}

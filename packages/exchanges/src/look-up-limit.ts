import type { CallLimit } from './port.ts'

/** Nobody waits for a look-up: the ten seconds that Bybit recommends for queries, and Binance's own API timeout. */
export const LOOK_UP_LIMIT: CallLimit = { timeoutMs: 10_000 }

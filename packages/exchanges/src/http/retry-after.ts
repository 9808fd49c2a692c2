import type { Answered } from './send.ts'

/** Never shorter than a second, never longer than the longest published ban (Binance Spot API, IP Limits). */
const SHORTEST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 3 * 24 * 60 * 60 * 1_000

/** The `Retry-After` of an answer in milliseconds (exchanges send whole seconds), or `otherwiseMs` without one. */
export function retryAfterMs(answer: Answered, otherwiseMs: number): number {
  const header = answer.headers['retry-after']
  const isSeconds = typeof header === 'string' && /^[0-9]{1,9}$/.test(header)
  const ms = isSeconds ? Number(header) * 1_000 : otherwiseMs
  return Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, ms))
}

import type { LookUpSpan } from './port.ts'

/** The exchange's clock may differ from ours, and a request may wait for all of its receive window (at most 60 s). */
const MARGIN_MS = 5 * 60_000

/**
 * The longest span that a history searches at once (Binance Sub-account API, Query Universal Transfer History; Bybit
 * V5, Get Universal Transfer Records and Get Order History).
 */
export const LONGEST_SPAN_MS = 7 * 24 * 60 * 60_000

/**
 * The span to search, in whole units of so many milliseconds, as the exchange counts it. Where it `isCut`, the history
 * holds only the first days of it, and says nothing of what it does not hold.
 */
export function historySpan(
  { sentAfter, sentBefore }: LookUpSpan,
  unitMs: number,
): {
  readonly span: { readonly startTime: string; readonly endTime: string }
  readonly isCut: boolean
} {
  const start = Math.floor((sentAfter - MARGIN_MS) / unitMs) * unitMs
  const wanted = Math.ceil((sentBefore + MARGIN_MS) / unitMs) * unitMs
  const end = Math.min(wanted, start + LONGEST_SPAN_MS)
  return { span: { startTime: String(start), endTime: String(end) }, isCut: end < wanted }
}

/** Why a history that was cut does not say "not found". */
export const CUT_DETAIL = 'not found in the part of the span that was searched'

import { type Fields, text } from '../gate.ts'

/** A span of time in whole seconds since 1970, both ends included. */
export type Span = { readonly from: number; readonly to: number }

const SEVEN_DAYS_S = 7 * 86_400

/**
 * The span of `startTime` and `endTime` (ms, effective to the second): seven days after the start, before the end, or
 * before now. Undefined when either is no number, or they lie more than seven days apart.
 */
export function readSpan(fields: Fields, time: number): Span | undefined {
  const start = readSeconds(text(fields, 'startTime'))
  const end = readSeconds(text(fields, 'endTime'))
  if (start === undefined || end === undefined) return undefined
  const to = end ?? (start === null ? Math.floor(time / 1_000) : start + SEVEN_DAYS_S)
  const from = start ?? to - SEVEN_DAYS_S
  return to - from > SEVEN_DAYS_S ? undefined : { from, to }
}

/** Null when it is not given, undefined when it is no time. */
function readSeconds(given: string): number | null | undefined {
  if (given === '') return null
  return /^\d{1,15}$/.test(given) ? Math.floor(Number(given) / 1_000) : undefined
}

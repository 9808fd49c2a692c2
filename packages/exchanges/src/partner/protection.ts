import { z } from 'zod'
import type { Protection } from '../http/protection.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import type { Answered } from '../http/send.ts'
import { parseJson } from '../json.ts'

/** Where a ban names no time. */
const BAN_MS = 60_000

/** Ahead of the partner's clock, and behind it: what came late by its clock may have been signed by a slow one. */
const CLOCK_CODES: ReadonlySet<string> = new Set(['timestamp_invalid', 'expired'])

const errorBody = z.object({ error: z.string() })

/** The partner protocol's gate (Errors): 429 is for this rail, `banned` for every call, both say for how long. */
export const partnerProtection: Protection = {
  pauseMsOf: (answer) => (answer.status === 429 ? retryAfterMs(answer, 1_000) : 0),
  banMsOf: (answer) =>
    answer.status === 403 && errorOf(answer) === 'banned' ? retryAfterMs(answer, BAN_MS) : 0,
  isClockOff: (answer) => answer.status === 400 && CLOCK_CODES.has(errorOf(answer) ?? ''),
  budgetOf: () => undefined,
}

/** The code of an error's body; nothing when it is no error of the protocol. */
export function errorOf({ body }: Answered): string | undefined {
  return errorBody.safeParse(parseJson(body)).data?.error
}

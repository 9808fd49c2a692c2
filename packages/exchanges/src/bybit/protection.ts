import { z } from 'zod'
import { headerOf, type Protection } from '../http/protection.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import type { Answered } from '../http/send.ts'
import { parseJson } from '../json.ts'

/** An address that asks too often is locked out for ten minutes (Bybit V5, Rate Limit Rules). */
const LOCK_OUT_MS = 10 * 60_000

/** Codes that say that a request's time was off: V5 (Error Codes) and Bybit Pay (pay-docs, error-codes). */
const CLOCK_CODES: ReadonlySet<string> = new Set(['10002', '139005003'])

/**
 * Bybit's gate (Bybit V5, Rate Limit Rules): 403 means that the address is locked out for ten minutes, whatever it
 * calls, unless a product gives it with a code of its own, as Bybit Pay does for one key or merchant (pay-docs, HTTP
 * status codes); 429 what its header or, in milliseconds, its body says. `X-Bapi-Limit-Status` tells how many calls are
 * left of `X-Bapi-Limit` until `X-Bapi-Limit-Reset-Timestamp`.
 */
export const bybitProtection: Protection = {
  pauseMsOf(answer) {
    if (answer.status !== 429 && answer.status !== 418) return 0
    const body = retryAfterBody.safeParse(parseJson(answer.body))
    return retryAfterMs(answer, body.success ? Number(body.data.result.retry_after) : 1_000)
  },
  banMsOf: (answer) =>
    answer.status === 403 && !isOfAProduct(answer) ? retryAfterMs(answer, LOCK_OUT_MS) : 0,
  isClockOff: (answer) => {
    const code = codeOf(answer)
    return code !== undefined && CLOCK_CODES.has(code)
  },
  budgetOf(answer, now) {
    const limit = Number(headerOf(answer, 'x-bapi-limit'))
    const left = Number(headerOf(answer, 'x-bapi-limit-status'))
    const resetsAt = Number(headerOf(answer, 'x-bapi-limit-reset-timestamp'))
    if (!(limit > 0) || !(left >= 0) || !Number.isInteger(resetsAt)) return undefined
    // A window of theirs is at most minutes long: a stamp beyond that is no stamp.
    return { share: Math.min(1, left / limit), resetsAt: Math.min(resetsAt, now + 60_000) }
  },
}

const retryAfterBody = z.object({
  result: z.object({ retry_after: z.string().regex(/^[0-9]{1,9}$/) }),
})

const coded = z.object({ retCode: z.string() })

function isOfAProduct({ body }: Answered): boolean {
  return coded.safeParse(parseJson(body)).success && !/access too frequent/i.test(body)
}

/** Looked for only where a quick look finds one of the codes: every answer passes here. */
function codeOf({ body }: Answered): string | undefined {
  if (![...CLOCK_CODES].some((code) => body.includes(code))) return undefined
  return coded.safeParse(parseJson(body)).data?.retCode
}

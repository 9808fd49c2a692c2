import { z } from 'zod'
import { binanceProtection } from '../binance/protection.ts'
import type { Protection } from '../http/protection.ts'
import type { Answered } from '../http/send.ts'
import { parseJson } from '../json.ts'

/** INVALID_TIMESTAMP (Binance Pay, Common Rules): only what is at most a second old is processed. */
const CLOCK_CODE = '400003'

/**
 * Binance Pay publishes no limits; 429 and 418 mean what they mean elsewhere at Binance. A 403 is its firewall's only
 * where it is no answer of its own: it gives that status to single accounts. Nor is it where we only asked whether it
 * is there, by a path that its host does not document: in front of it CloudFront answers 403 to a wrong path.
 */
export const binancePayProtection: Protection = {
  ...binanceProtection,
  banMsOf: (answer, purpose) =>
    answer.status === 403 && (purpose === 'probe' || codeOf(answer) !== undefined)
      ? 0
      : binanceProtection.banMsOf(answer),
  isClockOff: (answer) => answer.body.includes(CLOCK_CODE) && codeOf(answer) === CLOCK_CODE,
  budgetOf: () => undefined,
}

const coded = z.object({ code: z.string() })

function codeOf({ body }: Answered): string | undefined {
  return coded.safeParse(parseJson(body)).data?.code
}

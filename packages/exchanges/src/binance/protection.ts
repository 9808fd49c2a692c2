import { z } from 'zod'
import { headerOf, type Protection } from '../http/protection.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import type { Answered } from '../http/send.ts'
import { parseJson } from '../json.ts'
import type { WeightsPerMinute } from '../settings.ts'

/** Where 418 comes without a header: the shortest ban that Binance publishes (Binance Spot API, IP Limits). */
const SHORTEST_BAN_MS = 2 * 60_000

/** A firewall's 403 names no time; calling on would prolong it. */
const FIREWALL_MS = 120_000

/** INVALID_TIMESTAMP (Binance Spot API, Error codes). */
const CLOCK_CODE = '-1021'

const MINUTE_MS = 60_000

/** The headers that count what a minute allows: /sapi per account and per address, /api per address. */
const COUNTED_BY = {
  account: 'x-sapi-used-uid-weight-1m',
  address: 'x-sapi-used-ip-weight-1m',
  market: 'x-mbx-used-weight-1m',
} as const

/** The weights that Binance documents (Binance Spot API and CaaS, rate limits). */
const WEIGHTS_PER_MINUTE: WeightsPerMinute = { account: 180_000, address: 12_000, market: 6_000 }

/**
 * Binance's gate (Binance Spot API, HTTP Return Codes and IP Limits): 429 asks to back off, 418 bans the address, and
 * both say for how many seconds; 403 is the firewall. Used weights come with every answer and start anew each minute.
 */
export const binanceProtection: Protection = {
  pauseMsOf: (answer) => (answer.status === 429 ? retryAfterMs(answer, MINUTE_MS) : 0),
  banMsOf(answer) {
    if (answer.status === 418) return retryAfterMs(answer, SHORTEST_BAN_MS)
    return answer.status === 403 ? retryAfterMs(answer, FIREWALL_MS) : 0
  },
  isClockOff: (answer) => answer.body.includes(CLOCK_CODE) && codeOf(answer) === CLOCK_CODE,
  budgetOf(answer, now, { weightsPerMinute = WEIGHTS_PER_MINUTE } = {}) {
    const shares = COUNTS.flatMap((count) => {
      const header = headerOf(answer, COUNTED_BY[count])
      const used = Number(header)
      if (header === undefined || !(used >= 0)) return []
      return [Math.max(0, 1 - used / weightsPerMinute[count])]
    })
    if (shares.length === 0) return undefined
    return { share: Math.min(...shares), resetsAt: (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS }
  },
}

const COUNTS = ['account', 'address', 'market'] as const

const coded = z.object({ code: z.string() })

function codeOf({ body }: Answered): string | undefined {
  return coded.safeParse(parseJson(body)).data?.code
}

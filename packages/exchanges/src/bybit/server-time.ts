import { accept, refuse } from '@tolem/domain/outcome'
import { z } from 'zod'
import type { ExchangeClient } from '../http/client.ts'
import { parseJson } from '../json.ts'
import type { ReadServerTime } from '../server-time.ts'

const answer = z.object({
  retCode: z.literal('0'),
  result: z.object({ timeNano: z.string().regex(/^[0-9]{19}$/) }),
})

/** Reads Bybit's clock: `GET /v5/market/time` (Bybit V5, Get Bybit Server Time), unsigned. */
export function bybitServerTime(call: ExchangeClient['call']): ReadServerTime {
  return async ({ timeoutMs }) => {
    const told = await call('probe', timeoutMs, () => ({
      method: 'GET',
      path: '/v5/market/time',
      headers: {},
    }))
    if (told.kind !== 'answered' || told.status !== 200) return refuse('unavailable')
    const { data } = answer.safeParse(parseJson(told.body))
    return data ? accept(Number(data.result.timeNano.slice(0, -6))) : refuse('unavailable')
  }
}

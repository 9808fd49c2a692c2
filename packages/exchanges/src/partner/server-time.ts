import { accept, refuse } from '@tolem/domain/outcome'
import { z } from 'zod'
import type { ExchangeClient } from '../http/client.ts'
import { parseJson } from '../json.ts'
import type { ReadServerTime } from '../server-time.ts'

const answer = z.object({ time: z.string().regex(/^[0-9]{13}$/) })

/** Reads a partner's clock: `GET /v1/time`, unsigned. */
export function partnerServerTime(call: ExchangeClient['call']): ReadServerTime {
  return async ({ timeoutMs }) => {
    const told = await call('probe', timeoutMs, () => ({
      method: 'GET',
      path: '/v1/time',
      headers: {},
    }))
    if (told.kind !== 'answered' || told.status !== 200) return refuse('unavailable')
    const { data } = answer.safeParse(parseJson(told.body))
    return data ? accept(Number(data.time)) : refuse('unavailable')
  }
}

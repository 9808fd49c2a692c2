import { accept, refuse } from '@tolem/domain/outcome'
import { z } from 'zod'
import type { ExchangeClient } from '../http/client.ts'
import { parseJson } from '../json.ts'
import type { ReadServerTime } from '../server-time.ts'

const answer = z.object({ serverTime: z.string().regex(/^[0-9]{13}$/) })

/** Reads Binance's clock: `GET /api/v3/time` (Binance Spot API, Check server time), unsigned, weight 1. */
export function binanceServerTime(call: ExchangeClient['call']): ReadServerTime {
  return async ({ timeoutMs }) => {
    const told = await call('probe', timeoutMs, () => ({
      method: 'GET',
      path: '/api/v3/time',
      headers: {},
    }))
    if (told.kind !== 'answered' || told.status !== 200) return refuse('unavailable')
    const { data } = answer.safeParse(parseJson(told.body))
    return data ? accept(Number(data.serverTime)) : refuse('unavailable')
  }
}

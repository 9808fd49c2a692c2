import { accept, refuse } from '@tolem/domain/outcome'
import { z } from 'zod'
import type { ExchangeClient } from '../http/client.ts'
import { parseJson } from '../json.ts'
import type { ReadKey } from '../key-report.ts'
import type { PartnerSigner } from './sign.ts'

const answer = z.object({ permissions: z.array(z.string()), addresses: z.array(z.string()) })

const NEEDED = ['transfer', 'read'] as const

/** Asks a partner about our key: `GET /v1/key`. */
export function partnerKey(client: ExchangeClient, sign: PartnerSigner): ReadKey {
  return async ({ timeoutMs }) => {
    const path = '/v1/key'
    const windowMs = Math.floor(timeoutMs)
    const told = await client.call('look_up', timeoutMs, () => ({
      method: 'GET',
      path,
      headers: sign({ method: 'GET', path, body: '', windowMs }),
    }))
    if (told.kind !== 'answered' || told.status !== 200) return refuse('unavailable')
    const { data } = answer.safeParse(parseJson(told.body))
    if (!data) return refuse('unavailable')
    return accept({
      canWithdraw: data.permissions.includes('withdraw'),
      isIpRestricted: data.addresses.length > 0,
      missing: NEEDED.filter((permission) => !data.permissions.includes(permission)),
      detail: data.permissions.join(', ').slice(0, 200),
    })
  }
}

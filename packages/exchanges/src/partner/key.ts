import { accept, refuse } from '@tolem/domain/outcome'
import { z } from 'zod'
import { parseJson } from '../json.ts'
import type { ReadKey } from '../key-report.ts'
import { callPartner, type PartnerLine } from './transfers.ts'

const answer = z.object({ permissions: z.array(z.string()), addresses: z.array(z.string()) })

const NEEDED = ['transfer', 'read'] as const

/** Asks a partner about our key: `GET /v1/key`. */
export function partnerKey(line: PartnerLine): ReadKey {
  return async (limit) => {
    const told = await callPartner(line, { purpose: 'look_up', path: '/v1/key', limit })
    if (told.kind !== 'answered' || told.status !== 200) return refuse('unavailable')
    const { data } = answer.safeParse(parseJson(told.body))
    if (!data) return refuse('unavailable')
    return accept({
      canWithdraw: data.permissions.includes('withdraw'),
      isIpRestricted: data.addresses.length > 0,
      missing: NEEDED.filter((permission) => !data.permissions.includes(permission)),
    })
  }
}

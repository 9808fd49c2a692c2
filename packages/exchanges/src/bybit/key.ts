import type { ExchangeId } from '@tolem/domain/ids'
import { accept, refuse } from '@tolem/domain/outcome'
import { z } from 'zod'
import type { KeyPort, KeyReport } from '../key-report.ts'
import { type BybitAccess, bybitGet } from './calls.ts'
import { readEnvelope } from './envelope.ts'

/** What the programme uses a key of Bybit for; conversion by its two ways. */
export type BybitKeyUse = 'bybit-pay' | 'bybit-subaccount' | 'spot' | 'convert'

/**
 * The permission that each use needs (Bybit V5, Get API Key Information; convert guideline). Credits leave the master
 * account, so the key of the sub-accounts' rail is the master's. "Fait" is Bybit's own spelling.
 */
const NEEDED = {
  'bybit-pay': ['FiatBitPay', 'FaitPayOrder'],
  'bybit-subaccount': ['Wallet', 'SubMemberTransfer'],
  spot: ['Spot', 'SpotTrade'],
  convert: ['Exchange', 'ExchangeHistory'],
} as const satisfies Record<BybitKeyUse, readonly [group: string, permission: string]>

/** A group that is missing is an empty one; numbers are kept as text. */
const information = z.object({
  readOnly: z.string(),
  permissions: z.record(z.string(), z.array(z.string())),
  ips: z.array(z.string()).catch([]),
  isMaster: z.boolean(),
})

/** The host knows no such path, or the key is of a kind that may not ask: 404, 10017, 10005 (Bybit V5, Error Codes). */
const UNSUPPORTED_CODES: ReadonlySet<string> = new Set(['10017', '10005'])

/** Tells what a key may do. */
export function createBybitKey(
  deps: BybitAccess & { readonly exchange: ExchangeId; readonly usedFor: BybitKeyUse },
): KeyPort {
  const { exchange, usedFor } = deps
  return {
    exchange,
    usedFor: usedFor === 'spot' || usedFor === 'convert' ? 'conversion' : usedFor,
    async readKey(limit) {
      const answer = await bybitGet(deps, { path: '/v5/user/query-api', query: {}, limit })
      if (answer.kind === 'answered' && answer.status === 404) return refuse('unsupported')
      const read = readEnvelope(answer)
      if (read.kind === 'code' && UNSUPPORTED_CODES.has(read.code)) return refuse('unsupported')
      const said = read.kind === 'result' ? information.safeParse(read.result) : undefined
      return said?.success ? accept(reportOf(said.data, usedFor)) : refuse('unavailable')
    },
  }
}

function reportOf(key: z.output<typeof information>, usedFor: BybitKeyUse): KeyReport {
  const [group, permission] = NEEDED[usedFor]
  const has = (of: string, one: string) => key.permissions[of]?.includes(one) === true
  const missing = [
    ...(has(group, permission) ? [] : [`${group}.${permission}`]),
    ...(key.readOnly === '0' ? [] : ['writing']),
    ...(usedFor === 'bybit-subaccount' && !key.isMaster ? ['the master account'] : []),
  ]
  const granted = Object.values(key.permissions).flat()
  return {
    canWithdraw: granted.includes('Withdraw'),
    // An unbound key is told by no address or by `*` (recorded by JKorf/Bybit.Net, GetApiKeyInfo).
    isIpRestricted: key.ips.length > 0 && !key.ips.some((ip) => ip.includes('*')),
    missing,
  }
}

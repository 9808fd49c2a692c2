import type { Endpoint } from '../call.ts'
import { MASTER } from '../entries.ts'
import { partnerAnswer } from './answers.ts'
import type { PartnerDeps } from './deps.ts'
import { describeKey } from './key-terms.ts'

/** GET /v1/key: what the key may do, and from where. Any key may ask. */
export function keyEndpoint({ gate }: PartnerDeps): Endpoint {
  return (request) => {
    const admitted = gate(request)
    if ('status' in admitted) return admitted
    const { key, recheck } = admitted
    const run = () => partnerAnswer(describeKey(key))
    return { operation: 'balances', wallet: MASTER, headers: {}, recheck, run }
  }
}

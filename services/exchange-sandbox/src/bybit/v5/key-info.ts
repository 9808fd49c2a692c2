import type { Endpoint } from '../../call.ts'
import { MASTER } from '../../entries.ts'
import { v5Answer } from '../answers.ts'
import { describeKey } from './key.ts'
import { createSignedGate, type SignedDeps } from './signed-gate.ts'

/** GET /v5/user/query-api: what the key may do, and from where. Needs no permission. */
export function keyInfoEndpoint(deps: SignedDeps): Endpoint {
  const admit = createSignedGate(deps, { perSecond: deps.config.SANDBOX_BYBIT_KEY_PER_SECOND })
  return (request) => {
    const admitted = admit(request)
    if ('status' in admitted) return admitted
    const { headers, failures, key } = admitted
    const run = () => v5Answer(describeKey(key, deps.config), deps.now(), '')
    return { operation: 'balances', wallet: MASTER, headers, failures, run }
  }
}

import type { Endpoint } from '../call.ts'
import { partnerAnswer } from './answers.ts'
import type { PartnerDeps } from './deps.ts'

/** GET /v1/time: the exchange's clock. Not signed, since who signs needs it. */
export function timeEndpoint({ now }: PartnerDeps): Endpoint {
  return () => ({
    operation: 'prices',
    headers: {},
    run: () => partnerAnswer({ time: now() }),
  })
}

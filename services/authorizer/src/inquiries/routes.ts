import type { Route } from '../route.ts'
import { type AuthorizationPorts, getAuthorization } from './authorizations.ts'
import { getRates, type RatesPorts } from './rates.ts'

/** What the questions of banks are joined with. */
export type InquiryPorts = AuthorizationPorts & RatesPorts

/** The calls that only ask: none of them changes anything. */
export function inquiryRoutes(ports: InquiryPorts): readonly Route[] {
  return [
    {
      method: 'GET',
      url: '/v1/authorizations/:id',
      answer: (call) => getAuthorization(ports, call),
    },
    { method: 'GET', url: '/v1/rates', answer: () => getRates(ports) },
  ]
}

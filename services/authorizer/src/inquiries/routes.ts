import type { Route } from '../route.ts'
import { type AuthorizationPorts, getAuthorization, listAuthorizations } from './authorizations.ts'
import { type BalancePorts, inquireBalance } from './balance.ts'
import { type BankPorts, getBank } from './bank.ts'
import { echo } from './echo.ts'
import { getRates, type RatesPorts } from './rates.ts'

/** What the questions of banks are joined with. */
export type InquiryPorts = AuthorizationPorts & BalancePorts & BankPorts & RatesPorts

/** The calls that only ask: none of them changes anything. */
export function inquiryRoutes(ports: InquiryPorts): readonly Route[] {
  return [
    {
      method: 'GET',
      url: '/v1/authorizations',
      name: 'list_authorizations',
      answer: (call) => listAuthorizations(ports, call),
    },
    {
      method: 'GET',
      url: '/v1/authorizations/:id',
      name: 'get_authorization',
      answer: (call) => getAuthorization(ports, call),
    },
    {
      method: 'POST',
      url: '/v1/balance-inquiries',
      name: 'balance_inquiry',
      answer: (call) => inquireBalance(ports, call),
    },
    { method: 'GET', url: '/v1/rates', name: 'get_rates', answer: () => getRates(ports) },
    {
      method: 'GET',
      url: '/v1/banks/me',
      name: 'get_bank',
      answer: (call) => getBank(ports, call),
    },
    { method: 'POST', url: '/v1/echo', name: 'echo', answer: echo },
  ]
}

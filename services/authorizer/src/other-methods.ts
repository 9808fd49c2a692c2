import { problem } from '@tolem/wire/problem'
import type { FastifyInstance } from 'fastify'
import { send } from './send.ts'

/** What each address takes; every other method is a 405 that says so, as RFC 9110 asks. */
const METHODS_TAKEN = {
  '/v1/authorizations': ['GET', 'HEAD', 'POST'],
  '/v1/authorizations/:id': ['GET', 'HEAD'],
  '/v1/increments': ['POST'],
  '/v1/advices': ['POST'],
  '/v1/reversals': ['POST'],
  '/v1/clearings': ['POST'],
  '/v1/refunds': ['POST'],
  '/v1/balance-inquiries': ['POST'],
  '/v1/cards/:cardToken': ['GET', 'HEAD', 'PUT'],
  '/v1/cards/:cardToken/status': ['PUT'],
  '/v1/cards/:cardToken/controls': ['PUT'],
  '/v1/cards/:cardToken/wallet-link': ['PUT', 'DELETE'],
  '/v1/cards/:cardToken/mandates': ['POST'],
  '/v1/cards/:cardToken/mandates/:mandateId': ['GET', 'HEAD'],
  '/v1/rates': ['GET', 'HEAD'],
  '/v1/banks/me': ['GET', 'HEAD'],
  '/v1/echo': ['POST'],
} as const

/** Gives every address of the bank API an answer to the methods that it does not take. */
export function refuseOtherMethods(server: FastifyInstance): void {
  for (const [url, taken] of Object.entries(METHODS_TAKEN)) {
    const others = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter(
      (method) => !(taken as readonly string[]).includes(method),
    )
    server.route({
      method: others,
      url,
      handler: (_request, reply) =>
        send(reply.header('allow', taken.join(', ')), problem('method_not_allowed')),
    })
  }
}

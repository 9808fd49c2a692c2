import type { FastifyInstance } from 'fastify'
import type { Book } from '../book.ts'
import type { Exposure } from '../call.ts'
import type { Credentials } from '../credentials.ts'
import type { Market } from '../prices/market.ts'
import type { Accounts } from './accounts.ts'
import { balancesEndpoint } from './balances.ts'
import { booksEndpoint } from './books.ts'
import { createGate } from './gate.ts'
import { keyEndpoint } from './key.ts'
import { timeEndpoint } from './time.ts'
import { transferEndpoint } from './transfer.ts'
import { transferListEndpoint } from './transfer-list.ts'
import { transferQueryEndpoint } from './transfer-query.ts'

/** The largest request of the protocol. */
const BODY_LIMIT_BYTES = 16 * 1_024

/** Adds the partner protocol, version 1, to a server (PARTNER.md). Bodies are kept as sent, for the signature. */
export function addPartner(
  server: FastifyInstance,
  deps: {
    book: Book
    accounts: Accounts
    credentials: Credentials
    market: Market
    now: () => number
    exposure: Exposure
  },
): void {
  const parts = { ...deps, gate: createGate(deps) }
  const { handler } = deps.exposure
  server.removeAllContentTypeParsers()
  const asSent = { parseAs: 'string', bodyLimit: BODY_LIMIT_BYTES } as const
  server.addContentTypeParser('*', asSent, (_request, body, done) => done(null, body))
  server.setErrorHandler(deps.exposure.refuseUnreadable)
  server.get('/v1/time', handler(timeEndpoint(parts)))
  server.get('/v1/key', handler(keyEndpoint(parts)))
  server.post('/v1/transfers', handler(transferEndpoint(parts)))
  server.get('/v1/transfers', handler(transferListEndpoint(parts)))
  server.get('/v1/transfers/:reference', handler(transferQueryEndpoint(parts)))
  server.get('/v1/accounts/:account/balances', handler(balancesEndpoint(parts)))
  server.get('/v1/books', handler(booksEndpoint(parts)))
}

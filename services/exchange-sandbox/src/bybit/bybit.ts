import type { FastifyInstance } from 'fastify'
import type { Book } from '../book.ts'
import type { Exposure } from '../call.ts'
import type { SandboxConfig } from '../config.ts'
import type { Credentials } from '../credentials.ts'
import type { Market } from '../prices/market.ts'
import {
  createAddressGate,
  instrumentsEndpoint,
  orderbookEndpoint,
  tickersEndpoint,
  timeEndpoint,
} from './market.ts'
import { payEndpoint } from './pay.ts'
import { payQueryEndpoint } from './pay-query.ts'
import { refundEndpoint } from './refund.ts'

/** Adds Bybit's endpoints to a server. Bodies are JSON and kept as sent, for the signature. */
export function addBybit(
  server: FastifyInstance,
  deps: {
    config: SandboxConfig
    book: Book
    credentials: Credentials
    market: Market
    now: () => number
    exposure: Exposure
  },
): void {
  const { handler } = deps.exposure
  const open = { ...deps, gate: createAddressGate(deps.config, deps.now) }
  server.removeContentTypeParser('application/json')
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )
  server.setErrorHandler(deps.exposure.refuseUnreadable)
  server.post('/v5/bybitpay/agreement/pay', handler(payEndpoint(deps)))
  server.get('/v5/bybitpay/agreement/pay/query', handler(payQueryEndpoint(deps)))
  server.post('/v5/bybitpay/agreement/refund', handler(refundEndpoint(deps)))
  server.get('/v5/market/time', handler(timeEndpoint(open)))
  server.get('/v5/market/tickers', handler(tickersEndpoint(open)))
  server.get('/v5/market/orderbook', handler(orderbookEndpoint(open)))
  server.get('/v5/market/instruments-info', handler(instrumentsEndpoint(open)))
}

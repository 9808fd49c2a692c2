import type { FastifyInstance } from 'fastify'
import type { Book } from '../book.ts'
import type { Cabinet } from '../cabinet.ts'
import type { Exposure } from '../call.ts'
import type { SandboxConfig } from '../config.ts'
import type { Credentials } from '../credentials.ts'
import type { Market } from '../prices/market.ts'
import { accountEndpoint, apiRestrictionsEndpoint, subAccountAssetsEndpoint } from './account.ts'
import { acceptQuoteEndpoint } from './convert/accept-quote.ts'
import { CONVERT } from './convert/convert.ts'
import { getQuoteEndpoint } from './convert/get-quote.ts'
import { orderStatusEndpoint } from './convert/order-status.ts'
import { convertPairsEndpoint } from './convert/pairs.ts'
import { createQuotes } from './convert/quotes.ts'
import { createGate } from './gate.ts'
import { bookTickerEndpoint, depthEndpoint, exchangeInfoEndpoint, timeEndpoint } from './market.ts'
import { orderEndpoint, orderTestEndpoint } from './spot/order.ts'
import { createOrderCount } from './spot/order-count.ts'
import { orderQueryEndpoint } from './spot/order-query.ts'
import { tradesEndpoint } from './spot/trades.ts'
import { transferEndpoint, UNIVERSAL_TRANSFER } from './transfer.ts'
import { transferHistoryEndpoint } from './transfer-history.ts'

/** Adds Binance's endpoints to a server. Bodies are form-encoded and kept as sent, for the signature. */
export function addBinance(
  server: FastifyInstance,
  deps: {
    config: SandboxConfig
    book: Book
    cabinet: Cabinet
    credentials: Credentials
    market: Market
    now: () => number
    exposure: Exposure
  },
): void {
  const gate = createGate(deps)
  const parts = {
    ...deps,
    gate,
    orderCount: createOrderCount(deps),
    quotes: createQuotes(deps),
  }
  const { handler } = deps.exposure
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, body),
  )
  server.setErrorHandler(deps.exposure.refuseUnreadable)
  server.post(UNIVERSAL_TRANSFER, handler(transferEndpoint(parts)))
  server.get(UNIVERSAL_TRANSFER, handler(transferHistoryEndpoint(parts)))
  server.get('/sapi/v4/sub-account/assets', handler(subAccountAssetsEndpoint(parts)))
  server.get('/sapi/v1/account/apiRestrictions', handler(apiRestrictionsEndpoint(parts)))
  server.get('/api/v3/account', handler(accountEndpoint(parts)))
  server.post('/api/v3/order', handler(orderEndpoint(parts)))
  server.post('/api/v3/order/test', handler(orderTestEndpoint(parts)))
  server.get('/api/v3/order', handler(orderQueryEndpoint(parts)))
  server.get('/api/v3/myTrades', handler(tradesEndpoint(parts)))
  server.get(`${CONVERT}/exchangeInfo`, handler(convertPairsEndpoint(parts)))
  server.post(`${CONVERT}/getQuote`, handler(getQuoteEndpoint(parts)))
  server.post(`${CONVERT}/acceptQuote`, handler(acceptQuoteEndpoint(parts)))
  server.get(`${CONVERT}/orderStatus`, handler(orderStatusEndpoint(parts)))
  server.get('/api/v3/time', handler(timeEndpoint(parts)))
  server.get('/api/v3/ticker/bookTicker', handler(bookTickerEndpoint(parts)))
  server.get('/api/v3/depth', handler(depthEndpoint(parts)))
  server.get('/api/v3/exchangeInfo', handler(exchangeInfoEndpoint(parts)))
}

import type { FastifyInstance } from 'fastify'
import type { Book } from '../book.ts'
import type { Cabinet } from '../cabinet.ts'
import type { Exposure } from '../call.ts'
import type { SandboxConfig } from '../config.ts'
import type { Credentials } from '../credentials.ts'
import type { Courier } from '../notices/courier.ts'
import type { Market } from '../prices/market.ts'
import { coinListEndpoint } from './convert/coin-list.ts'
import { convertExecuteEndpoint, convertResultEndpoint } from './convert/execute.ts'
import { quoteApplyEndpoint } from './convert/quote.ts'
import {
  createAddressGate,
  instrumentsEndpoint,
  orderbookEndpoint,
  tickersEndpoint,
  timeEndpoint,
} from './market.ts'
import { agreementQueryEndpoint } from './pay/agreement-query.ts'
import { payEndpoint } from './pay/pay.ts'
import { payQueryEndpoint } from './pay/pay-query.ts'
import { refundEndpoint } from './pay/refund.ts'
import { signEndpoint } from './pay/sign.ts'
import { addSignPage } from './pay/sign-page.ts'
import { unsignEndpoint } from './pay/unsign.ts'
import { orderCreateEndpoint } from './spot/order-create.ts'
import { orderHistoryEndpoint, orderRealtimeEndpoint } from './spot/order-list.ts'
import { coinBalanceEndpoint, coinsBalanceEndpoint } from './transfers/balances.ts'
import { transferEndpoint } from './transfers/transfer.ts'
import { transferListEndpoint } from './transfers/transfer-list.ts'
import { keyInfoEndpoint } from './v5/key-info.ts'

/** Adds Bybit's endpoints to a server. Bodies are JSON and kept as sent, for the signature. */
export function addBybit(
  server: FastifyInstance,
  deps: {
    config: SandboxConfig
    book: Book
    cabinet: Cabinet
    courier: Courier
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
  server.post('/v5/bybitpay/agreement/sign', handler(signEndpoint(deps)))
  server.get('/v5/bybitpay/agreement/query', handler(agreementQueryEndpoint(deps)))
  server.post('/v5/bybitpay/agreement/unsign', handler(unsignEndpoint(deps)))
  server.post('/v5/bybitpay/agreement/pay', handler(payEndpoint(deps)))
  server.get('/v5/bybitpay/agreement/pay/query', handler(payQueryEndpoint(deps)))
  server.post('/v5/bybitpay/agreement/refund', handler(refundEndpoint(deps)))
  addSignPage(server, deps)
  server.post('/v5/asset/transfer/universal-transfer', handler(transferEndpoint(deps)))
  server.get(
    '/v5/asset/transfer/query-universal-transfer-list',
    handler(transferListEndpoint(deps)),
  )
  server.get('/v5/asset/transfer/query-account-coins-balance', handler(coinsBalanceEndpoint(deps)))
  server.get('/v5/asset/transfer/query-account-coin-balance', handler(coinBalanceEndpoint(deps)))
  server.post('/v5/order/create', handler(orderCreateEndpoint(deps)))
  server.get('/v5/order/realtime', handler(orderRealtimeEndpoint(deps)))
  server.get('/v5/order/history', handler(orderHistoryEndpoint(deps)))
  server.get('/v5/asset/exchange/query-coin-list', handler(coinListEndpoint(deps)))
  server.post('/v5/asset/exchange/quote-apply', handler(quoteApplyEndpoint(deps)))
  server.post('/v5/asset/exchange/convert-execute', handler(convertExecuteEndpoint(deps)))
  server.get('/v5/asset/exchange/convert-result-query', handler(convertResultEndpoint(deps)))
  server.get('/v5/user/query-api', handler(keyInfoEndpoint(deps)))
  server.get('/v5/market/time', handler(timeEndpoint(open)))
  server.get('/v5/market/tickers', handler(tickersEndpoint(open)))
  server.get('/v5/market/orderbook', handler(orderbookEndpoint(open)))
  server.get('/v5/market/instruments-info', handler(instrumentsEndpoint(open)))
}

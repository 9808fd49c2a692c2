import {
  type EmbeddedPostgres,
  ensureDatabase,
  startDisposablePostgres,
} from '@tolem/postgres/embedded'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  APPLY,
  CONTRACT,
  CONTRACT_QUERY,
  contract,
  debit,
  ORDER_QUERY,
  openContract,
  type PayRig,
  REFUND,
  startPay,
  word,
} from './test-pay.ts'

let server: EmbeddedPostgres

beforeAll(async () => {
  server = await startDisposablePostgres()
})
afterAll(() => server.stop())

async function readBook(rig: PayRig) {
  const paths = ['wallets', 'movements', 'contracts', 'conversions', 'keys']
  return Promise.all(paths.map(async (path) => (await rig.control('GET', `/control/${path}`)).body))
}

test('a restart keeps contracts, orders, refunds, quotes, conversions and the key of notices', async () => {
  const url = await ensureDatabase(server.tcpUrl, 'sandbox_binance')
  const config = { SANDBOX_DATABASE_URL: url }
  const before = await startPay(config)
  await openContract(before)
  await before.pay(CONTRACT, contract('code1'))
  const applied = await before.pay(APPLY, debit('r1', '10'))
  const prepayId = word(applied.body['data']?.['prepayId'])
  const refund = { refundRequestId: 'f1', prepayId, refundAmount: '4' }
  await before.pay(REFUND, refund)
  await before.control('PUT', '/control/binance-pay/notice-url', { url: 'http://127.0.0.1:9/n' })
  const order = { symbol: 'BTCUSDT', side: 'SELL', type: 'MARKET', quantity: '0.5' }
  const sold = await before.binance('POST', '/api/v3/order', { ...order, newClientOrderId: 's1' })
  const asked = { fromAsset: 'USDT', toAsset: 'KZT', fromAmount: '7' }
  const quoted = await before.binance('POST', '/sapi/v1/convert/getQuote', asked)
  const kept = await readBook(before)
  await before[Symbol.asyncDispose]()

  await using after = await startPay(config)
  expect(await readBook(after)).toEqual(kept)
  expect((await after.pay(APPLY, debit('r1', '10'))).text).toBe(applied.text)
  const repeat = await after.pay(REFUND, refund)
  expect(repeat.body['data']).toMatchObject({ duplicateRequest: 'Y', remainingAttempts: 9 })
  const tooMuch = await after.pay(REFUND, { refundRequestId: 'f2', prepayId, refundAmount: '6.1' })
  expect(tooMuch.body['code']).toBe('400102')
  const found = await after.pay(ORDER_QUERY, { merchantTradeNo: 'r1' })
  expect(found.body['data']?.['status']).toBe('REFUNDED')
  const unsigned = await after.pay(CONTRACT_QUERY, { merchantContractCode: 'code1' })
  expect(unsigned.body['data']?.['bizStatus']).toBe('INITIAL')
  const named = { symbol: 'BTCUSDT', origClientOrderId: 's1' }
  const order1 = await after.binance('GET', '/api/v3/order', named)
  expect(order1.body['orderId']).toBe(sold.body['orderId'])
  const quoteId = word(quoted.body['quoteId'])
  const accepted = await after.binance('POST', '/sapi/v1/convert/acceptQuote', { quoteId })
  expect(accepted.body['orderStatus']).toBe('PROCESS')
  const next = await after.binance('POST', '/sapi/v1/convert/getQuote', asked)
  expect(word(next.body['quoteId'])).not.toBe(quoteId)
})

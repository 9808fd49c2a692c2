import { expect, onTestFinished, test } from 'vitest'
import { createRails } from '../compose.ts'
import { bybitDialect } from '../testing/bybit-dialect.ts'
import { NOW, openRail } from '../testing/opened-rail.ts'
import { openRails } from '../testing/opened-rails.ts'

const { debitOrder, creditOrder } = bybitDialect
const LIMIT = { timeoutMs: 1_000 }
const SPAN = { sentAfter: NOW, sentBefore: NOW }

async function opened() {
  const { exchange, rail, close } = await openRail(bybitDialect)
  onTestFinished(close)
  return { exchange, rail }
}

const amount = { total: '23500000', currency: 'USDT', currency_type: 'CRYPTO', chain: 'TRC20' }
const parties = {
  merchant_id: 'M123456789',
  user_id: 'U_123456789',
  agreement_type: 'NON_CYCLE',
}

test('a debit asks for exactly our amount, in the exchange’s minor units, under our reference', async () => {
  const { exchange, rail } = await opened()
  exchange.play(bybitDialect.debited())
  await rail.debit(debitOrder, LIMIT)
  const [request] = exchange.seen
  expect([request?.method, request?.path]).toEqual(['POST', '/v5/bybitpay/agreement/pay'])
  expect(request?.headers['content-type']).toBe('application/json')
  expect(JSON.parse(request?.body ?? '')).toEqual({
    ...parties,
    agreement_no: 'AGR202601070001',
    out_trade_no: debitOrder.reference,
    scene_code: 'OTHERS',
    amount,
    order_info: { order_title: 'Card purchase' },
    notify_url: 'https://no-webhook.invalid/',
  })
})

test('a credit refunds the debit that it names, under its own reference', async () => {
  const { exchange, rail } = await opened()
  exchange.play(bybitDialect.credited())
  await rail.credit(creditOrder, LIMIT)
  const [request] = exchange.seen
  expect([request?.method, request?.path]).toEqual(['POST', '/v5/bybitpay/agreement/refund'])
  expect(JSON.parse(request?.body ?? '')).toEqual({
    ...parties,
    out_trade_no: debitOrder.reference,
    out_refund_no: creditOrder.reference,
    refund_amount: amount,
    notify_url: 'https://no-webhook.invalid/',
  })
})

test('look-ups name the record by our reference', async () => {
  const { exchange, rail } = await opened()
  exchange.play(bybitDialect.debitNotFound)
  await rail.lookUpDebit(debitOrder, SPAN)
  await rail.lookUpCredit(creditOrder, SPAN)
  const asked = exchange.seen.map(({ path, query }) => [
    path,
    Object.fromEntries(new URLSearchParams(query)),
  ])
  const path = '/v5/bybitpay/agreement/pay/query'
  expect(asked).toEqual([
    [path, { ...parties, record_type: 'PAY', out_trade_no: debitOrder.reference }],
    [path, { ...parties, record_type: 'REFUND', out_refund_no: creditOrder.reference }],
  ])
})

test('an order that Bybit Pay cannot express never leaves', async () => {
  const { exchange, rail } = await opened()
  const { userId: _, ...nameless } = debitOrder.wallet
  const orders = [
    { ...debitOrder, wallet: nameless },
    { ...debitOrder, asset: 'BTC' as const },
  ]
  for (const order of orders) {
    const result = await rail.debit(order, LIMIT)
    expect(result).toMatchObject({ kind: 'rejected', reason: 'exchange_unavailable' })
  }
  expect(await rail.lookUpDebit({ ...debitOrder, wallet: nameless }, SPAN)).toMatchObject({
    kind: 'unknown',
  })
  expect(exchange.seen).toEqual([])
})

test('amounts are counted as the programme says, where the documents contradict each other', async () => {
  const { rails, ...settings } = bybitDialect.settings('http://127.0.0.1:1')
  const [pay] = rails
  if (pay?.rail !== 'bybit-pay') throw new Error('no Bybit Pay')
  const withDecimals = (host: string, USDT: number) => ({
    ...settings,
    rails: [{ ...pay, host, decimals: { USDT } }],
  })
  const { exchange, rails: opened, close } = await openRails((host) => withDecimals(host, 2))
  onTestFinished(close)
  const rail = opened.railFor(settings.id, 'bybit-pay')
  expect([rail?.stepOf('USDT'), rail?.stepOf('BTC')]).toEqual([1_000_000n, 1n])
  exchange.play(bybitDialect.debited({ amount: '2350' }))
  expect(await rail?.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'debited' })
  expect(JSON.parse(exchange.seen[0]?.body ?? '')).toMatchObject({ amount: { total: '2350' } })
  exchange.play(bybitDialect.debited())
  expect(await rail?.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'in_doubt' })
  const tooFine = { readSecret: (reference: string) => reference, now: () => NOW }
  expect(() => createRails([withDecimals('http://127.0.0.1:1', 9)], tooFine)).toThrow(RangeError)
})

test('balances are not told, because Bybit Pay has no call for them', async () => {
  const { exchange, rail } = await opened()
  expect(await rail.balances(debitOrder, LIMIT)).toEqual({ ok: false, reason: 'unsupported' })
  expect(exchange.seen).toEqual([])
})

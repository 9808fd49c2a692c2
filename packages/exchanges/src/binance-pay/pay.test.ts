import type { MovementReference } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { expect, onTestFinished, test } from 'vitest'
import { createRails } from '../compose.ts'
import { binancePayDialect } from '../testing/binance-pay-dialect.ts'
import { json } from '../testing/dialect.ts'
import { NOW, openRail } from '../testing/opened-rail.ts'
import type { Reply, SeenRequest } from '../testing/scripted-exchange.ts'

const { debitOrder, creditOrder } = binancePayDialect
const LIMIT = { timeoutMs: 1_000 }
const SPAN = { sentAfter: NOW, sentBefore: NOW }

async function opened() {
  const { exchange, rail, close } = await openRail(binancePayDialect)
  onTestFinished(close)
  const asked = () => exchange.seen.map(({ method, path, body }) => [`${method} ${path}`, body])
  return { exchange, rail, asked }
}

test('a debit names contract and amount as bare numbers, to the last digit', async () => {
  const { exchange, rail, asked } = await opened()
  exchange.play(binancePayDialect.debited())
  await rail.debit(debitOrder, LIMIT)
  await rail.debit({ ...debitOrder, amount: amountOf('USDT', 1_000_000_000_000_000_000n) }, LIMIT)
  const bodyWith = (amount: string) =>
    `{"merchantRequestId":"${debitOrder.reference}","tradeMode":"DIRECT_DEBIT",` +
    `"bizId":205638372306477057,"amount":${amount},"currency":"USDT","productName":"Card purchase"}`
  expect(asked()).toEqual([
    ['POST /binancepay/openapi/pay/apply', bodyWith('23.50000001')],
    ['POST /binancepay/openapi/pay/apply', bodyWith('10000000000')],
  ])
  expect(exchange.seen[0]?.headers).toMatchObject({
    'content-type': 'application/json',
    'binancepay-timestamp': String(NOW),
    'binancepay-certificate-sn': 'binance-pay-key',
  })
})

/** A debit that is taken, and what its query says from then on. */
const takenThen = (found: Reply) => (request: SeenRequest) =>
  request.path.endsWith('/pay/apply') ? binancePayDialect.debited({ status: 'PROCESSING' }) : found

test.each([
  ['PAID', binancePayDialect.debitFound(), { kind: 'debited' }, 1],
  [
    'PAID under a trade number of its own',
    binancePayDialect.debitFound({ reference: 'another' }),
    { kind: 'debited', exchangeReference: '383729303729303001' },
    1,
  ],
  [
    'another amount',
    binancePayDialect.debitFound({ amount: '23.5' }),
    { kind: 'in_doubt', detail: 'the order has another amount' },
    1,
  ],
  ['PENDING', binancePayDialect.debitFound({ status: 'PENDING' }), { kind: 'in_doubt' }, 3],
  ['a missing order', binancePayDialect.debitNotFound, { kind: 'in_doubt' }, 3],
] as const)(
  'a debit that is taken is asked for until it ends: %s',
  async (_, found, result, asks) => {
    const { exchange, rail, asked } = await opened()
    exchange.play(takenThen(found))
    expect(await rail.debit(debitOrder, { timeoutMs: 10_000 })).toMatchObject(result)
    const query = ['POST /binancepay/openapi/v2/order/query', '{"prepayId":"383729303729303001"}']
    expect(asked().slice(1)).toEqual(Array.from({ length: asks }, () => query))
  },
)

test('a debit that is taken is not asked for beyond what the caller waits for', async () => {
  const { exchange, rail, asked } = await opened()
  exchange.play(binancePayDialect.debited())
  // Its connection stands, so that the short time is not spent on making one.
  await rail.debit(debitOrder, LIMIT)
  exchange.play(takenThen(binancePayDialect.debitFound()))
  expect(await rail.debit(debitOrder, { timeoutMs: 120 })).toMatchObject({ kind: 'in_doubt' })
  const debit = 'POST /binancepay/openapi/pay/apply'
  expect(asked().map(([path]) => path)).toEqual([debit, debit])
})

test('debits at the full rate are all asked for until they end, and take nothing from look-ups', async () => {
  const { exchange, close } = await openRail(binancePayDialect)
  onTestFinished(close)
  const limits = { concurrentCalls: 16, debitsPerSecond: 10, lookUpsPerSecond: 10 }
  const settings = { ...binancePayDialect.settings(exchange.host), limits }
  const rails = createRails([settings], { readSecret: (reference) => reference, now: () => NOW })
  onTestFinished(() => rails.close())
  const rail = rails.railFor(settings.id, 'binance-pay')
  if (!rail) throw new Error('the rail is missing')
  const paidAt = performance.now() + 300
  exchange.play((request) => {
    const status = performance.now() < paidAt ? 'PROCESSING' : 'PAID'
    return takenThen(binancePayDialect.debitFound({ status }))(request)
  })
  const debits = Array.from({ length: 10 }, () => rail.debit(debitOrder, { timeoutMs: 10_000 }))
  const ends = (await Promise.all(debits)).map(({ kind }) => kind)
  expect(ends).toEqual(debits.map(() => 'debited'))
  for (const _ of debits)
    expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'executed' })
})

test('a debit that fails after it was taken is refused', async () => {
  const { exchange, rail } = await opened()
  const data = {
    prepayId: '383729303729303001',
    merchantTradeNo: debitOrder.reference,
    status: 'ERROR',
    currency: 'USDT',
    orderAmount: '23.50000001',
  }
  exchange.play(takenThen(json({ status: 'SUCCESS', code: '000000', data })))
  expect(await rail.debit(debitOrder, { timeoutMs: 10_000 })).toMatchObject({
    kind: 'rejected',
    reason: 'exchange_refused',
  })
})

test('no two requests carry one nonce', async () => {
  const { exchange, rail } = await opened()
  exchange.play(binancePayDialect.debited())
  for (const _ of [1, 2, 3]) await rail.debit(debitOrder, LIMIT)
  expect(new Set(exchange.seen.map(({ headers }) => headers['binancepay-nonce'])).size).toBe(3)
})

test('a credit refunds the order that its debit became, under its own reference', async () => {
  const { exchange, rail, asked } = await opened()
  exchange.play(binancePayDialect.credited())
  await rail.credit(creditOrder, LIMIT)
  const body =
    `{"refundRequestId":"${creditOrder.reference}","prepayId":"383729303729303001",` +
    `"refundAmount":23.50000001}`
  expect(asked()).toEqual([['POST /binancepay/openapi/order/refund', body]])
})

test('a refund that tells its end is credited at once, and one that only was taken is not', async () => {
  const { exchange, rail } = await opened()
  exchange.play(binancePayDialect.credited({ status: 'REFUND_SUCCESS' }))
  expect(await rail.credit(creditOrder, LIMIT)).toEqual({
    kind: 'credited',
    exchangeReference: '68711039982968833',
  })
  exchange.play(binancePayDialect.credited())
  expect(await rail.credit(creditOrder, LIMIT)).toMatchObject({ kind: 'in_doubt' })
})

test.each([
  ['REFUND_SUCCESS', {}, 'executed'],
  ['REFUND_FAIL', {}, 'refused'],
  ['REFUND_PENDING', {}, 'unknown'],
  ['a status of tomorrow', { status: 'PARKED' }, 'unknown'],
  ['REFUND_SUCCESS', { amount: '23.5' }, 'contradicted'],
  ['REFUND_SUCCESS', { reference: 'another' }, 'unknown'],
] as const)('a refund with %s and %j is %s', async (status, difference, kind) => {
  const { exchange, rail } = await opened()
  exchange.play(binancePayDialect.creditFound({ status, ...difference }))
  expect(await rail.lookUpCredit(creditOrder, SPAN)).toMatchObject({ kind })
})

test('the published answer to a refund’s query is read, and is not taken for ours', async () => {
  const { exchange, rail } = await opened()
  const data = {
    refundRequestId: '68711039982968832',
    prepayId: '383729303729303',
    orderAmount: '100.11',
    refundedAmount: '10.88',
    refundAmount: '5.00',
    remainingAttempts: 8,
    payerOpenId: 'dde730c2e0ea1f1780cf26343b98fd3b',
    refundStatus: 'REFUND_SUCCESS',
  }
  exchange.play(json({ status: 'SUCCESS', code: '000000', data, errorMessage: '' }))
  expect(await rail.lookUpCredit(creditOrder, SPAN)).toMatchObject({ kind: 'unknown' })
  const published = {
    ...creditOrder,
    reference: '68711039982968832' as MovementReference,
    amount: amountOf('USDT', 500_000_000n),
    debitExchangeReference: '383729303729303',
  }
  expect(await rail.lookUpCredit(published, SPAN)).toEqual({
    kind: 'executed',
    exchangeReference: '68711039982968832',
  })
})

test('look-ups name the record by our reference', async () => {
  const { exchange, rail, asked } = await opened()
  exchange.play(binancePayDialect.debitNotFound)
  await rail.lookUpDebit(debitOrder, SPAN)
  await rail.lookUpCredit(creditOrder, SPAN)
  expect(asked()).toEqual([
    ['POST /binancepay/openapi/v2/order/query', `{"merchantTradeNo":"${debitOrder.reference}"}`],
    [
      'POST /binancepay/openapi/order/refund/query',
      `{"refundRequestId":"${creditOrder.reference}"}`,
    ],
  ])
})

test('an order that Binance Pay cannot express never leaves', async () => {
  const { exchange, rail } = await opened()
  const { debitExchangeReference: _, ...nameless } = creditOrder
  const wallet = { ...debitOrder.wallet, walletId: 'not-a-contract' }
  const orders = [
    { ...debitOrder, asset: 'BTC' as const },
    { ...debitOrder, wallet },
  ]
  for (const order of orders)
    expect(await rail.debit(order, LIMIT)).toMatchObject({
      kind: 'rejected',
      reason: 'exchange_unavailable',
    })
  expect(await rail.credit(nameless, LIMIT)).toMatchObject({ kind: 'rejected' })
  expect(await rail.balances(debitOrder, LIMIT)).toEqual({ ok: false, reason: 'unsupported' })
  expect(exchange.seen).toEqual([])
})

test('without codes of the programme’s, a missing order and an empty wallet stay in doubt', async () => {
  const { exchange, close } = await openRail(binancePayDialect)
  onTestFinished(close)
  const settings = binancePayDialect.settings(exchange.host)
  const noticeUrl = 'https://notices.tolem.example'
  const bare = settings.rails.map((one) => ({ ...one, unpublishedCodes: undefined, noticeUrl }))
  const own = { ...settings, rails: bare }
  const rails = createRails([own], { readSecret: (reference) => reference, now: () => NOW })
  onTestFinished(() => rails.close())
  const rail = rails.railFor(settings.id, 'binance-pay')
  exchange.play(json({ status: 'FAIL', code: '400202' }, 400))
  expect(await rail?.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'unknown' })
  expect(await rail?.lookUpCredit(creditOrder, SPAN)).toMatchObject({ kind: 'unknown' })
  exchange.play(json({ status: 'FAIL', code: '400999' }, 400))
  expect(await rail?.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'in_doubt' })
  expect(exchange.seen.at(-1)?.body).toContain(`"webhookUrl":"${noticeUrl}"`)
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConversionOrder, ConversionReference } from '@tolem/domain/conversion'
import { expect, onTestFinished, test } from 'vitest'
import { coins, openConversion, SELL } from '../testing/binance-conversion.ts'
import { binanceDialect } from '../testing/binance-dialect.ts'
import { json } from '../testing/dialect.ts'
import { NOW } from '../testing/opened-rail.ts'
import type { Reply, SeenRequest } from '../testing/scripted-exchange.ts'

const LIMIT = { timeoutMs: 1_000 }

async function opened(change: Parameters<typeof openConversion>[0]) {
  const conversion = await openConversion(change)
  onTestFinished(conversion.close)
  return conversion
}
const SPAN = { sentAfter: NOW - 1_000, sentBefore: NOW }
const TICKET = { text: SELL.reference }
const BUY: ConversionOrder = { ...SELL, side: 'buy' }

const sample = (name: string) =>
  readFileSync(join(import.meta.dirname, `../samples/${name}.json`), 'utf8')

const FILLS = [
  { price: '474.12', qty: '4.00000000', commission: '1.89648000', commissionAsset: 'KZT' },
  { price: '474.11', qty: '6.00000000', commission: '2.84466001', commissionAsset: 'KZT' },
]

const record = (change: object = {}) => ({
  symbol: 'USDTKZT',
  orderId: 28,
  orderListId: -1,
  clientOrderId: SELL.reference,
  origQty: '10.00000000',
  executedQty: '10.00000000',
  cummulativeQuoteQty: '4741.14567890',
  status: 'FILLED',
  type: 'MARKET',
  side: 'SELL',
  ...change,
})

const placed = (change: object = {}) => json(record({ transactTime: NOW, fills: FILLS, ...change }))
const found = (change: object = {}) => json(record({ time: NOW, ...change }))
const fails = (code: number, msg = 'message', status = 400) => json({ code, msg }, status)
const trades = FILLS.map((fill, id) => ({ symbol: 'USDTKZT', id, orderId: 28, ...fill }))

/** Its two parts are read by two calls. */
const inTwo = (order: Reply, list: Reply) => (request: SeenRequest) =>
  request.path === '/api/v3/myTrades' ? list : order

const KZT_FEE = { asset: 'KZT', amount: coins('KZT', '4.75') }
const FILLED = {
  kind: 'filled',
  fill: {
    exchangeReference: '28',
    amount: coins('USDT', '10'),
    worth: coins('KZT', '4741.14'),
    fees: [KZT_FEE],
  },
}

test('a ticket is our own name, and an order without a market has none', async () => {
  const { exchange, conversion } = await opened({})
  expect(await conversion.prepare(SELL, LIMIT)).toEqual({ ok: true, value: TICKET })
  const wrong = [
    { ...SELL, asset: 'BTC', money: 'KZT', amount: coins('BTC', '1') },
    { ...SELL, money: 'USDT' },
    { ...SELL, amount: coins('USDT', '0') },
    { ...SELL, asset: 'ETH', money: 'USDT', amount: coins('ETH', '0.000000001') },
  ] as const
  for (const order of wrong) {
    expect(await conversion.prepare(order, LIMIT)).toEqual({
      ok: false,
      reason: 'exchange_refused',
    })
    expect(await conversion.execute(order, TICKET, LIMIT)).toMatchObject({ kind: 'rejected' })
  }
  expect(exchange.seen).toEqual([])
  expect(conversion.capabilities).toEqual({
    reference: { kind: 'while_open' },
    notFoundIsFinalAfterMs: 30_000,
  })
})

test('a market order is sent once, signed, under our name', async () => {
  const { exchange, conversion, asked } = await opened({})
  exchange.play(placed())
  expect(await conversion.execute(SELL, TICKET, LIMIT)).toEqual(FILLED)
  const order = {
    symbol: 'USDTKZT',
    side: 'SELL',
    type: 'MARKET',
    quantity: '10.00000000',
    newClientOrderId: SELL.reference,
    newOrderRespType: 'FULL',
  }
  expect(asked()).toEqual([['POST /api/v3/order', order]])
  expect(exchange.seen.every((request) => binanceDialect.isSigned(request))).toBe(true)
})

test('tenge below a tiyn are rounded against the programme: down where sold, up where bought, fees up', async () => {
  const { exchange, conversion } = await opened({})
  exchange.play(placed({ side: 'BUY' }))
  const bought = await conversion.execute(BUY, TICKET, LIMIT)
  expect(bought).toMatchObject({ fill: { worth: coins('KZT', '4741.15'), fees: [KZT_FEE] } })
})

test('fees in a coin that we do not count are told by its name, summed', async () => {
  const { exchange, conversion } = await opened({})
  const [first, second] = FILLS
  const fills = [
    { ...first, commissionAsset: 'BNB', commission: '0.00001000' },
    { ...second, commissionAsset: 'BNB', commission: '0.00002500' },
  ]
  exchange.play(placed({ fills }))
  const other = { asset: 'other', name: 'BNB', text: '0.000035' }
  expect(await conversion.execute(SELL, TICKET, LIMIT)).toMatchObject({ fill: { fees: [other] } })
  exchange.play(placed({ fills: fills.map((fill) => ({ ...fill, commission: '0.00000000' })) }))
  expect(await conversion.execute(SELL, TICKET, LIMIT)).toMatchObject({ fill: { fees: [] } })
})

test.each<[string, Reply, object]>([
  [
    'an order that expired with a part',
    placed({ status: 'EXPIRED', executedQty: '4.00000000', fills: FILLS.slice(0, 1) }),
    { kind: 'filled', fill: { amount: coins('USDT', '4'), fees: [{ asset: 'KZT' }] } },
  ],
  [
    'an order that expired empty',
    placed({ status: 'EXPIRED', executedQty: '0', fills: [] }),
    { kind: 'rejected', reason: 'exchange_refused' },
  ],
  ['NEW', placed({ status: 'NEW', executedQty: '0', fills: [] }), { kind: 'open' }],
  ['PARTIALLY_FILLED', placed({ status: 'PARTIALLY_FILLED' }), { kind: 'open' }],
  ['PENDING_NEW', placed({ status: 'PENDING_NEW' }), { kind: 'open' }],
  ['a status of tomorrow', placed({ status: 'PARKED' }), { kind: 'in_doubt' }],
  ['FILLED in part', placed({ executedQty: '9' }), { kind: 'in_doubt' }],
  ['more than was ordered', placed({ executedQty: '11' }), { kind: 'in_doubt' }],
  ['fills that are not all', placed({ fills: FILLS.slice(1) }), { kind: 'in_doubt' }],
  ['no fills', placed({ fills: undefined }), { kind: 'in_doubt' }],
  ['a worth that is not available', placed({ cummulativeQuoteQty: '-1' }), { kind: 'in_doubt' }],
  ['another name', placed({ clientOrderId: 'another' }), { kind: 'in_doubt' }],
  ['another market', placed({ symbol: 'BTCUSDT' }), { kind: 'in_doubt' }],
  ['another side', placed({ side: 'BUY' }), { kind: 'in_doubt' }],
  ['another quantity', placed({ origQty: '10.00000001' }), { kind: 'in_doubt' }],
  ['the recorded order of somebody else', json(sample('binance-spot-order')), { kind: 'in_doubt' }],
  ['an acknowledgement alone', json({ symbol: 'USDTKZT', orderId: 28 }), { kind: 'in_doubt' }],
  [
    'an empty account',
    fails(-2010, 'Account has insufficient balance for requested action.'),
    { kind: 'rejected', reason: 'insufficient_funds' },
  ],
  ['a duplicate', fails(-2010, 'Duplicate order sent.'), { kind: 'in_doubt' }],
  ['a closed market', fails(-2010, 'Market is closed.'), { reason: 'exchange_refused' }],
  ['too little', fails(-1013, 'Filter failure: NOTIONAL'), { reason: 'below_minimum' }],
  ['a wrong step', fails(-1013, 'Filter failure: LOT_SIZE'), { reason: 'exchange_refused' }],
  ['a clock that is off', fails(-1021), { kind: 'rejected', reason: 'exchange_unavailable' }],
  ['HTTP 429', fails(-1003, '', 429), { kind: 'rejected', reason: 'exchange_unavailable' }],
  ['execution unknown', fails(-1006), { kind: 'in_doubt' }],
  ['an unknown code', fails(-9_999), { kind: 'in_doubt' }],
  ['HTTP 503', json('', 503), { kind: 'in_doubt' }],
  ['no JSON', json('<html>'), { kind: 'in_doubt' }],
  ['a reset', { resetAfter: '' }, { kind: 'in_doubt' }],
])('an order after %s', async (_what, reply, result) => {
  const { exchange, conversion } = await opened({})
  exchange.play(reply)
  expect(await conversion.execute(SELL, TICKET, LIMIT)).toMatchObject(result)
  expect(exchange.seen).toHaveLength(1)
})

test('the recorded order is read whole when it is ours', async () => {
  const { exchange, conversion } = await opened({})
  const order: ConversionOrder = {
    ...SELL,
    reference: '6gCrw2kRUAF9CvJDGP16IP' as ConversionReference,
    asset: 'BTC',
    money: 'USDT',
    amount: coins('BTC', '10'),
  }
  exchange.play(json(sample('binance-spot-order')))
  expect(await conversion.execute(order, { text: order.reference }, LIMIT)).toEqual({
    kind: 'filled',
    fill: {
      exchangeReference: '28',
      amount: coins('BTC', '10'),
      worth: coins('USDT', '10'),
      fees: [{ asset: 'USDT', amount: coins('USDT', '39.983') }],
    },
  })
})

test('a look-up reads the order by our name and its fees by its trades', async () => {
  const { exchange, conversion, asked } = await opened({})
  exchange.play(inTwo(found(), json(trades)))
  expect(await conversion.lookUp(SELL, TICKET, SPAN)).toEqual(FILLED)
  expect(asked()).toEqual([
    ['GET /api/v3/order', { symbol: 'USDTKZT', origClientOrderId: SELL.reference }],
    ['GET /api/v3/myTrades', { symbol: 'USDTKZT', orderId: '28', limit: '1000' }],
  ])
})

test('the trades of an order that thousands of others filled are read page by page', async () => {
  const { exchange, conversion, asked } = await opened({})
  const all = Array.from({ length: 2_500 }, (_, id) => ({
    symbol: 'USDTKZT',
    id: 7_000 + id,
    orderId: 28,
    qty: '0.00400000',
    commission: '0.00190000',
    commissionAsset: 'KZT',
  }))
  const pageOf = (from: string | null) =>
    json(all.filter(({ id }) => id >= Number(from ?? 0)).slice(0, 1_000))
  exchange.play(({ path, query }) =>
    path === '/api/v3/myTrades' ? pageOf(new URLSearchParams(query).get('fromId')) : found(),
  )
  expect(await conversion.lookUp(SELL, TICKET, SPAN)).toEqual(FILLED)
  const trade = { symbol: 'USDTKZT', orderId: '28', limit: '1000' }
  expect(asked().slice(1)).toEqual([
    ['GET /api/v3/myTrades', trade],
    ['GET /api/v3/myTrades', { ...trade, fromId: '8000' }],
    ['GET /api/v3/myTrades', { ...trade, fromId: '9000' }],
  ])
})

test('pages of trades that repeat themselves are not read for ever, and are no fees', async () => {
  const { exchange, conversion } = await opened({})
  const none = { commission: '0', commissionAsset: 'KZT' }
  const trade = { symbol: 'USDTKZT', id: 7, orderId: 28, qty: '0.00000001', ...none }
  const page = json(Array.from({ length: 1_000 }, () => trade))
  exchange.play(inTwo(found(), page))
  expect(await conversion.lookUp(SELL, TICKET, SPAN)).toMatchObject({ kind: 'in_doubt' })
  expect(exchange.seen.length).toBeLessThanOrEqual(11)
})

test.each<[string, Reply]>([
  ['are not all there yet', json(trades.slice(1))],
  ['are another order’s', json(trades.map((one) => ({ ...one, orderId: 29 })))],
  ['cannot be read', json({})],
  ['are refused', fails(-1003, '', 429)],
])('an order stays in doubt while its trades %s', async (_what, list) => {
  const { exchange, conversion } = await opened({})
  exchange.play(inTwo(found(), list))
  expect(await conversion.lookUp(SELL, TICKET, SPAN)).toMatchObject({ kind: 'in_doubt' })
})

test.each<[string, Reply, object]>([
  ['-2013', fails(-2013), { kind: 'not_found' }],
  ['-2013 with a 5xx', fails(-2013, '', 503), { kind: 'in_doubt' }],
  ['-2026', fails(-2026), { kind: 'rejected' }],
  ['-2039', fails(-2039), { kind: 'in_doubt' }],
  ['an unknown code', fails(-9_999), { kind: 'in_doubt' }],
  ['HTTP 429', fails(-1003, '', 429), { kind: 'in_doubt' }],
  ['NEW', found({ status: 'NEW', executedQty: '0.0' }), { kind: 'open' }],
  ['an empty end', found({ status: 'CANCELED', executedQty: '0.0' }), { kind: 'rejected' }],
  ['another side', found({ side: 'BUY' }), { kind: 'contradicted' }],
  ['another quantity', found({ origQty: '9' }), { kind: 'contradicted' }],
  ['another market', found({ symbol: 'BTCUSDT' }), { kind: 'contradicted' }],
  ['another name', found({ clientOrderId: 'another' }), { kind: 'in_doubt' }],
  ['an order of long ago', found({ time: NOW - 400_000 }), { kind: 'contradicted' }],
  ['the recorded order', json(sample('binance-spot-order-record')), { kind: 'in_doubt' }],
])('a look-up after %s', async (_what, reply, result) => {
  const { exchange, conversion } = await opened({})
  exchange.play(reply)
  expect(await conversion.lookUp(SELL, TICKET, SPAN)).toMatchObject(result)
  expect(exchange.seen).toHaveLength(1)
})

test('a ticket of the other way of converting is not looked for here, where nobody heard of it', async () => {
  const { exchange, conversion } = await opened({})
  const ticket = { text: '12415572564' }
  expect(await conversion.lookUp(SELL, ticket, SPAN)).toMatchObject({ kind: 'contradicted' })
  expect(exchange.seen).toEqual([])
})

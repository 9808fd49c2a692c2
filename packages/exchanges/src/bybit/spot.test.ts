import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConversionReference } from '@tolem/domain/conversion'
import { amountOf } from '@tolem/money/amount'
import { expect, onTestFinished, test } from 'vitest'
import { openBybitConversion, saleOfEther as sale } from '../testing/bybit-conversion.ts'
import { bybitSubaccountDialect } from '../testing/bybit-subaccount-dialect.ts'
import { json } from '../testing/dialect.ts'
import { NOW } from '../testing/opened-rail.ts'
import type { Reply } from '../testing/scripted-exchange.ts'

const LIMIT = { timeoutMs: 1_000 }
const SPAN = { sentAfter: NOW - 1_500.5, sentBefore: NOW - 0.5 }
const TICKET = { text: sale.reference as string }
const purchase = { ...sale, side: 'buy' as const }

async function opened() {
  const { exchange, port, close } = await openBybitConversion('spot')
  onTestFinished(close)
  return { exchange, port }
}

const sample = (name: string) =>
  readFileSync(join(import.meta.dirname, `../samples/${name}.json`), 'utf8')
const succeeds = (result: unknown) => json({ retCode: 0, retMsg: 'OK', result, time: 1 })
const fails = (retCode: number) => json({ retCode, retMsg: 'message', result: {}, time: 1 })
const orders = (...list: readonly object[]) =>
  succeeds({ list, nextPageCursor: 'page_token%3D39380%26', category: 'spot' })

/** Bybit V5, Get Open & Closed Orders, as far as a spot order has these fields. */
const filled = {
  orderId: '1321003749386327552',
  orderLinkId: sale.reference as string,
  symbol: 'ETHUSDT',
  price: '0',
  qty: '0.5',
  side: 'Sell',
  isLeverage: '0',
  orderStatus: 'Filled',
  cancelType: 'UNKNOWN',
  rejectReason: 'EC_NoError',
  avgPrice: '2000.5',
  leavesQty: '0.0',
  cumExecQty: '0.50000',
  cumExecValue: '1000.2500000',
  cumExecFee: '',
  timeInForce: 'IOC',
  orderType: 'Market',
  cumFeeDetail: { USDT: '1.000250' } as unknown,
}
const fill = {
  exchangeReference: '1321003749386327552',
  amount: sale.amount,
  worth: amountOf('USDT', 100_025_000_000n),
  fees: [{ asset: 'USDT', amount: amountOf('USDT', 100_025_000n) }],
}

test('an order sells exactly our amount under our reference, within the allowed slippage', async () => {
  const { exchange, port } = await opened()
  expect(await port.prepare(sale, LIMIT)).toEqual({ ok: true, value: TICKET })
  expect(exchange.seen).toEqual([])
  exchange.play(succeeds({ orderId: '1321003749386327552', orderLinkId: sale.reference }))
  expect(await port.execute(sale, TICKET, LIMIT)).toEqual({ kind: 'open' })
  await port.execute(purchase, TICKET, LIMIT)
  const body = (side: string) => ({
    category: 'spot',
    symbol: 'ETHUSDT',
    side,
    orderType: 'Market',
    qty: '0.5',
    marketUnit: 'baseCoin',
    orderLinkId: sale.reference,
    slippageToleranceType: 'Percent',
    slippageTolerance: '0.50',
  })
  expect(exchange.seen.map((one) => JSON.parse(one.body))).toEqual([body('Sell'), body('Buy')])
  const [request] = exchange.seen
  expect([request?.method, request?.path]).toEqual(['POST', '/v5/order/create'])
  expect(request && bybitSubaccountDialect.isSigned(request)).toBe(true)
})

test('the recorded acknowledgement is read, and one of another order leaves ours in doubt', async () => {
  const { exchange, port } = await opened()
  exchange.play(json(sample('bybit-place-order')))
  expect(await port.execute(sale, TICKET, LIMIT)).toMatchObject({ kind: 'in_doubt' })
  const named = { ...sale, reference: 'spot-test-postonly' as ConversionReference }
  const ticket = { text: 'spot-test-postonly' }
  expect(await port.execute(named, ticket, LIMIT)).toEqual({ kind: 'open' })
})

test('nothing is promised of a repeated order, because what it answers is documented nowhere', async () => {
  const { port } = await opened()
  expect(port.capabilities).toEqual({
    reference: { kind: 'undocumented' },
    notFoundIsFinalAfterMs: 30_000,
  })
})

test('an order that cannot be expressed never leaves', async () => {
  const { exchange, port } = await opened()
  const rejected = { kind: 'rejected', reason: 'exchange_refused' }
  expect(await port.execute(sale, { text: 'another' }, LIMIT)).toMatchObject(rejected)
  const none = { ...sale, amount: amountOf('ETH', 0n) }
  expect(await port.execute(none, TICKET, LIMIT)).toMatchObject(rejected)
  const itself = { ...sale, asset: 'USDT' as const }
  expect(await port.execute(itself, TICKET, LIMIT)).toMatchObject(rejected)
  expect(exchange.seen).toEqual([])
})

test('a filled order tells what changed hands, what it was worth and what was taken', async () => {
  const { exchange, port } = await opened()
  exchange.play(orders(filled))
  expect(await port.lookUp(sale, TICKET, SPAN)).toEqual({ kind: 'filled', fill })
  const [request] = exchange.seen
  expect([request?.path, request?.query]).toEqual([
    '/v5/order/realtime',
    `category=spot&orderLinkId=${sale.reference}`,
  ])
  expect(exchange.seen).toHaveLength(1)
})

test.each<[string, object, object[]]>([
  [
    'in a coin of the exchange’s',
    { MNT: '0.00242968' },
    [{ asset: 'other', name: 'MNT', text: '0.00242968' }],
  ],
  [
    'finer than we count',
    { USDT: '1.000000001' },
    [{ asset: 'USDT', amount: amountOf('USDT', 100_000_001n) }],
  ],
  [
    'in two coins',
    { USDT: '1', MNT: '2' },
    [
      { asset: 'USDT', amount: amountOf('USDT', 100_000_000n) },
      { asset: 'other', name: 'MNT', text: '2' },
    ],
  ],
  ['given back', { USDT: '-0.1' }, [{ asset: 'other', name: 'USDT', text: '-0.1' }]],
  ['of nothing', { USDT: '0.000' }, []],
])('a fee %s is told', async (_, cumFeeDetail, fees) => {
  const { exchange, port } = await opened()
  exchange.play(orders({ ...filled, cumFeeDetail }))
  expect(await port.lookUp(sale, TICKET, SPAN)).toEqual({ kind: 'filled', fill: { ...fill, fees } })
})

test('without its details a fee is in what the order brought', async () => {
  const { exchange, port } = await opened()
  exchange.play(orders({ ...filled, cumFeeDetail: '', cumExecFee: '0.25' }))
  const inMoney = [{ asset: 'USDT', amount: amountOf('USDT', 25_000_000n) }]
  expect(await port.lookUp(sale, TICKET, SPAN)).toMatchObject({ fill: { fees: inMoney } })
  exchange.play(orders({ ...filled, side: 'Buy', cumFeeDetail: undefined, cumExecFee: '0.001' }))
  const inAsset = [{ asset: 'ETH', amount: amountOf('ETH', 1_000_000_000_000_000n) }]
  expect(await port.lookUp(purchase, TICKET, SPAN)).toMatchObject({ fill: { fees: inAsset } })
})

test('tenge finer than a tiyn are rounded against the programme', async () => {
  const { exchange, port } = await opened()
  const inTenge = { ...filled, symbol: 'ETHKZT', cumExecValue: '474000.1250', cumFeeDetail: {} }
  exchange.play(orders(inTenge))
  const order = { ...sale, money: 'KZT' as const }
  const sold = await port.lookUp(order, TICKET, SPAN)
  expect(sold).toMatchObject({ fill: { worth: amountOf('KZT', 47_400_012n) } })
  exchange.play(orders({ ...inTenge, side: 'Buy' }))
  const bought = await port.lookUp({ ...order, side: 'buy' }, TICKET, SPAN)
  expect(bought).toMatchObject({ fill: { worth: amountOf('KZT', 47_400_013n) } })
})

const partly = { cumExecQty: '0.2', cumExecValue: '400', cumFeeDetail: {} }
const nothing = { cumExecQty: '0', cumExecValue: '0', cumFeeDetail: {} }

test.each<[string, object, object]>([
  ['New', nothing, { kind: 'open' }],
  ['PartiallyFilled', partly, { kind: 'open' }],
  ['Untriggered', nothing, { kind: 'open' }],
  [
    'PartiallyFilledCanceled',
    partly,
    { kind: 'filled', fill: { amount: amountOf('ETH', 200_000_000_000_000_000n) } },
  ],
  ['Cancelled', partly, { kind: 'filled', fill: { worth: amountOf('USDT', 40_000_000_000n) } }],
  ['Cancelled', nothing, { kind: 'rejected', reason: 'exchange_refused' }],
  ['Rejected', nothing, { kind: 'rejected', reason: 'exchange_refused' }],
  ['Filled', nothing, { kind: 'in_doubt' }],
  ['Filled', { cumExecValue: '0' }, { kind: 'in_doubt' }],
  ['Filled', { cumExecQty: 'x' }, { kind: 'in_doubt' }],
  ['Filled', { cumExecQty: '0.6' }, { kind: 'contradicted' }],
  ['Triggered', nothing, { kind: 'in_doubt' }],
  ['Deactivated', nothing, { kind: 'in_doubt' }],
  ['Parked', partly, { kind: 'in_doubt' }],
])('an order in %s with %j is told by its fills', async (orderStatus, difference, kind) => {
  const { exchange, port } = await opened()
  exchange.play(orders({ ...filled, ...difference, orderStatus }))
  expect(await port.lookUp(sale, TICKET, SPAN)).toMatchObject(kind)
})

test.each<[string, Reply, string]>([
  ['another symbol', orders({ ...filled, symbol: 'BTCUSDT' }), 'contradicted'],
  ['another side', orders({ ...filled, side: 'Buy' }), 'contradicted'],
  ['another quantity', orders({ ...filled, qty: '0.50000001' }), 'contradicted'],
  ['two orders', orders(filled, filled), 'contradicted'],
  ['another reference', orders({ ...filled, orderLinkId: 'another' }), 'in_doubt'],
  ['no list', succeeds({ list: null }), 'in_doubt'],
  ['170213', fails(170213), 'in_doubt'],
  ['HTML', json('<html>'), 'in_doubt'],
  ['an empty list with a 5xx', json({ retCode: 0, result: { list: [] } }, 502), 'in_doubt'],
  ['a reset', { resetAfter: 'HTTP/1.1 2' }, 'in_doubt'],
])('a look-up reads %s', async (_, reply, kind) => {
  const { exchange, port } = await opened()
  exchange.play(reply)
  expect(await port.lookUp(sale, TICKET, SPAN)).toMatchObject({ kind })
  expect(exchange.seen).toHaveLength(1)
})

test('an order that is not among the recent ones is looked for in the history around its time', async () => {
  const { exchange, port } = await opened()
  exchange.play(orders())
  expect(await port.lookUp(sale, TICKET, SPAN)).toEqual({ kind: 'not_found' })
  const asked = exchange.seen.map(({ path, query }) => [path, new URLSearchParams(query)] as const)
  expect(asked.map(([path]) => path)).toEqual(['/v5/order/realtime', '/v5/order/history'])
  const second = Math.floor((NOW - 1_501) / 1_000) * 1_000
  expect(Object.fromEntries(asked[1]?.[1] ?? [])).toEqual({
    category: 'spot',
    orderLinkId: sale.reference,
    startTime: String(second - 300_000),
    endTime: String(NOW + 300_000),
  })
  expect(exchange.seen.every((request) => bybitSubaccountDialect.isSigned(request))).toBe(true)
})

test('recorded lists of orders are read, and strangers in them are not taken for ours', async () => {
  const { exchange, port } = await opened()
  exchange.play(json(sample('bybit-order-history')))
  expect(await port.lookUp(sale, TICKET, SPAN)).toMatchObject({ kind: 'in_doubt' })
  exchange.play(succeeds(JSON.parse(sample('bybit-spot-order-history'))))
  const order = {
    ...purchase,
    reference: '1677925633310702' as ConversionReference,
    asset: 'BTC' as const,
    amount: amountOf('BTC', 1_000_000n),
  }
  expect(await port.lookUp(order, { text: order.reference }, SPAN)).toEqual({ kind: 'open' })
})

/** Bybit V5, Error Codes, Spot Trade and UTA: what each code says about a new order. */
const MEANINGS = {
  insufficient_funds: [170033, 170131],
  below_minimum: [170136, 170140],
  exchange_refused: [
    170031, 170121, 170124, 170137, 170148, 170151, 170157, 170159, 170193, 170194, 170197, 170198,
    170209, 170210, 170217, 170219, 170221, 170227, 170228, 170229, 170241, 170341, 170348, 170381,
    170382, 170709, 10024, 10027,
  ],
  exchange_unavailable: [
    170005, 170105, 170115, 170116, 170117, 170130, 170201, 170222, 170810, 10001, 10002, 10003,
    10004, 10005, 10006, 10007, 10009, 10010,
  ],
  in_doubt: [
    170001, 170007, 170032, 170035, 170139, 170141, 170146, 170149, 170213, 170234, 10000, 10014,
    10016, 20000, 179999,
  ],
} as const

test.each(
  Object.entries(MEANINGS).flatMap(([meaning, codes]) => codes.map((code) => [code, meaning])),
)('code %d says %s about a new order', async (code, meaning) => {
  const { exchange, port } = await opened()
  exchange.play(json({ retCode: code, retMsg: 'message', result: {}, time: 1 }))
  const said = await port.execute(sale, TICKET, LIMIT)
  expect(said.kind === 'rejected' ? said.reason : said.kind).toBe(meaning)
})

test.each<[string, Reply]>([
  ['HTTP 500', json('', 500)],
  ['HTML', json('<html>')],
  ['success without an order', succeeds({})],
  ['silence', 'silence'],
  ['a reset', { resetAfter: 'HTTP/1.1 2' }],
])('after %s a new order is in doubt', async (_, reply) => {
  const { exchange, port } = await opened()
  exchange.play(fails(10006))
  // Its connection stands, so that the short time is not spent on making one.
  await port.lookUp(sale, TICKET, SPAN)
  const before = exchange.seen.length
  expect(before).toBeGreaterThan(0)
  exchange.play(reply)
  expect(await port.execute(sale, TICKET, { timeoutMs: 100 })).toMatchObject({ kind: 'in_doubt' })
  expect(exchange.seen).toHaveLength(before + 1)
})

/** Reference of today's form; GetSpotSymbols is an older recording with a coarser set of fields. */
const bitcoin = {
  symbolId: 9,
  symbol: 'BTCUSDT',
  baseCoin: 'BTC',
  quoteCoin: 'USDT',
  status: 'Trading',
  lotSizeFilter: {
    basePrecision: '0.000001',
    quotePrecision: '0.0000001',
    minOrderQty: '0.000011',
    maxOrderQty: '83',
    minOrderAmt: '5',
    maxOrderAmt: '8000000',
    maxLimitOrderQty: '83',
    maxMarketOrderQty: '41.5',
  },
  priceFilter: { tickSize: '0.1' },
}

test('markets tell step, bounds and smallest worth of what we count and trades now', async () => {
  const { exchange, port } = await opened()
  const list = [
    bitcoin,
    { ...bitcoin, baseCoin: 'ADA' },
    { ...bitcoin, quoteCoin: 'EUR' },
    { ...bitcoin, baseCoin: 'ETH', status: 'PreLaunch' },
    { ...bitcoin, baseCoin: 'SOL', lotSizeFilter: {} },
    {
      ...bitcoin,
      baseCoin: 'USDT',
      quoteCoin: 'KZT',
      lotSizeFilter: { ...bitcoin.lotSizeFilter, basePrecision: '0.01', minOrderAmt: '5000.001' },
    },
    'no instrument',
  ]
  exchange.play(succeeds({ category: 'spot', list }))
  const told = await port.markets(LIMIT)
  expect(told).toEqual({
    ok: true,
    value: [
      {
        asset: 'BTC',
        money: 'USDT',
        step: 100n,
        smallest: 1_100n,
        largest: 4_150_000_000n,
        smallestWorth: 500_000_000n,
      },
      {
        asset: 'USDT',
        money: 'KZT',
        step: 1_000_000n,
        smallest: 1_000_000n,
        largest: 4_150_000_000n,
        smallestWorth: 500_001n,
      },
    ],
  })
  const [request] = exchange.seen
  expect([request?.path, request?.query]).toEqual(['/v5/market/instruments-info', 'category=spot'])
})

test('the recorded symbols are read, and a list of all symbols is not too long', async () => {
  const { exchange, port } = await opened()
  exchange.play(json(sample('bybit-spot-symbols')))
  const market = {
    asset: 'BTC',
    money: 'USDT',
    step: 100n,
    smallest: 4_800n,
    largest: 7_173_956_243n,
  }
  expect(await port.markets(LIMIT)).toMatchObject({ ok: true, value: [market] })
  const list = [...Array.from({ length: 1_500 }, () => ({ ...bitcoin, baseCoin: 'ADA' })), bitcoin]
  exchange.play(succeeds({ category: 'spot', list }))
  expect(await port.markets({ timeoutMs: 5_000 })).toMatchObject({
    ok: true,
    value: [{ asset: 'BTC' }],
  })
  for (const reply of [fails(10006), json('<html>'), succeeds({ list: null }), json('', 500)]) {
    exchange.play(reply)
    expect(await port.markets(LIMIT)).toEqual({ ok: false, reason: 'unavailable' })
  }
})

test('a ticket of the other way of converting is not looked for here, where nobody heard of it', async () => {
  const { exchange, port } = await opened()
  const ticket = { text: '10100108106409343501030232064' }
  expect(await port.lookUp(sale, ticket, SPAN)).toMatchObject({ kind: 'contradicted' })
  expect(exchange.seen).toEqual([])
})

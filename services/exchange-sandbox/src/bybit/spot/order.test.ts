import { expect, test } from 'vitest'
import { createManualClock } from '../../manual-clock.ts'
import { type Rig, startSandbox } from '../../test-rig.ts'

const CREATE = '/v5/order/create'
const REALTIME = '/v5/order/realtime'
const HISTORY = '/v5/order/history'

function sell(orderLinkId: string, qty: string, more: Record<string, unknown> = {}) {
  return {
    category: 'spot',
    symbol: 'USDTKZT',
    side: 'Sell',
    orderType: 'Market',
    qty,
    marketUnit: 'baseCoin',
    orderLinkId,
    ...more,
  }
}

/** The tenge book is pinned: 1,000 at 480.00, and the levels below it one tick apart, each a tenth larger. */
async function openMarket(config = {}) {
  const clock = createManualClock()
  const rig = await startSandbox({ SANDBOX_BYBIT_ORDER_PER_SECOND: 1_000, ...config }, clock)
  const pin = { bid: '480.00', bidSize: '1000', ask: '480.50', askSize: '1000' }
  await rig.control('PUT', '/control/prices/bybit/USDTKZT', pin)
  return { ...rig, clock }
}

async function find(rig: Rig, orderLinkId: string, path = REALTIME) {
  const { body } = await rig.bybit('GET', path, { category: 'spot', orderLinkId })
  return Object.values(body['result']?.['list'] ?? {})[0]
}

async function balances(rig: Rig, ...assets: string[]) {
  const { wallets } = (await rig.control('GET', '/control/wallets')).body as unknown as {
    wallets: { exchange: string; wallet: string; balances: Record<string, string> }[]
  }
  const isOurs = (each: (typeof wallets)[number]) =>
    each.exchange === 'bybit' && each.wallet === 'master'
  return assets.map((asset) => wallets.find(isOurs)?.balances[asset])
}

test('a sell is acknowledged, fills at the bid, and is told in full with its fee', async () => {
  await using rig = await openMarket()
  const ack = await rig.bybit('POST', CREATE, sell('o1', '100'))
  expect(ack.body).toEqual({
    retCode: 0,
    retMsg: 'OK',
    result: { orderId: '1321003749386327553', orderLinkId: 'o1' },
    retExtInfo: {},
    time: rig.clock.now(),
  })
  const order = await find(rig, 'o1')
  expect(order).toMatchObject({
    orderId: '1321003749386327553',
    orderLinkId: 'o1',
    symbol: 'USDTKZT',
    side: 'Sell',
    orderType: 'Market',
    timeInForce: 'IOC',
    orderStatus: 'Filled',
    qty: '100',
    avgPrice: '480',
    leavesQty: '0',
    cumExecQty: '100',
    cumExecValue: '48000',
    cumFeeDetail: { KZT: '48' },
    createdTime: String(rig.clock.now()),
  })
  expect(await find(rig, 'o1', HISTORY)).toEqual(order)
  const byId = { category: 'spot', orderId: '1321003749386327553', orderLinkId: 'another' }
  const { body } = await rig.bybit('GET', HISTORY, byId)
  expect(body['result']?.['list']?.['0']).toEqual(order)
  expect(await balances(rig, 'USDT', 'KZT')).toEqual(['9999900.000000', '10000047952.00000000'])
  expect((await rig.control('GET', '/control/conversions?exchange=bybit')).body).toEqual({
    conversions: [
      {
        number: 1,
        exchange: 'bybit',
        market: 'spot',
        reference: 'o1',
        executions: 1,
        sold: { asset: 'USDT', amount: '100.000000' },
        bought: { asset: 'KZT', amount: '48000.00000000' },
        fee: { asset: 'KZT', amount: '48.00000000' },
        at: '2026-01-07T10:30:00.000Z',
      },
    ],
  })
})

test('an orderLinkId is used once for ever, but stays free when the order was refused', async () => {
  await using rig = await openMarket()
  const code = async (qty: string) =>
    (await rig.bybit('POST', CREATE, sell('o1', qty))).body['retCode']
  expect(await code('1')).toBe(170140)
  expect(await code('4000000')).toBe(0)
  rig.clock.jump(30 * 86_400_000)
  expect(await code('100')).toBe(170141)
})

test.each([
  ['0.01 % below the bid', { slippageToleranceType: 'Percent', slippageTolerance: '0.01' }, '6000'],
  ['one tick below the bid', { slippageToleranceType: 'TickSize', slippageTolerance: '1' }, '2100'],
  ['a limit at the bid', { orderType: 'Limit', price: '480', timeInForce: 'IOC' }, '1000'],
])('what lies beyond %s is cancelled', async (_what, terms, filled) => {
  await using rig = await openMarket()
  await rig.bybit('POST', CREATE, sell('o1', '50000', terms))
  expect(await find(rig, 'o1')).toMatchObject({
    orderStatus: 'PartiallyFilledCanceled',
    cumExecQty: filled,
    leavesQty: String(50_000 - Number(filled)),
  })
  const [usdt] = await balances(rig, 'USDT')
  expect(usdt).toBe(`${10_000_000 - Number(filled)}.000000`)
})

test('what lies beyond the depth is cancelled, and fees and values add up', async () => {
  await using rig = await openMarket()
  await rig.bybit('POST', CREATE, sell('o1', '4000000'))
  const order = await find(rig, 'o1')
  // Fifty levels: 1,000 × (1 + 0/10) to 1,000 × (1 + 49/10).
  expect(order).toMatchObject({ orderStatus: 'PartiallyFilledCanceled', cumExecQty: '172500' })
  const levels = Array.from({ length: 50 }, (_, level) => [48_000 - level, 1_000 + level * 100])
  const value = levels.reduce((sum, [ticks = 0, size = 0]) => sum + (ticks * size) / 100, 0)
  expect(Number(order?.['cumExecValue'])).toBe(value)
  const [usdt, kzt] = await balances(rig, 'USDT', 'KZT')
  expect(usdt).toBe('9827500.000000')
  expect(Number(kzt)).toBeCloseTo(10_000_000_000 + value * 0.999, 4)
})

test('an order that nothing fits is cancelled, shown for a day, and then forgotten', async () => {
  await using rig = await openMarket()
  const terms = { orderType: 'Limit', price: '480.01', timeInForce: 'FOK' }
  expect((await rig.bybit('POST', CREATE, sell('o1', '100', terms))).body['retCode']).toBe(0)
  const order = await find(rig, 'o1', HISTORY)
  expect(order).toMatchObject({ orderStatus: 'Cancelled', cumExecQty: '0', cumFeeDetail: {} })
  expect(order?.['avgPrice']).toBe('')
  expect(await balances(rig, 'USDT')).toEqual(['10000000.000000'])
  rig.clock.jump(86_400_001)
  expect(await find(rig, 'o1', HISTORY)).toBeUndefined()
})

test('a buy takes asks, by quantity or by value, and pays its fee in what it bought', async () => {
  await using rig = await openMarket()
  await rig.bybit('POST', CREATE, sell('o1', '100', { side: 'Buy' }))
  expect(await find(rig, 'o1')).toMatchObject({
    orderStatus: 'Filled',
    cumExecQty: '100',
    cumExecValue: '48050',
    cumFeeDetail: { USDT: '0.1' },
  })
  const byValue = { side: 'Buy', marketUnit: 'quoteCoin' }
  await rig.bybit('POST', CREATE, sell('o2', '100000', byValue))
  expect(await find(rig, 'o2')).toMatchObject({
    orderStatus: 'Filled',
    cumExecQty: '208.11',
    cumExecValue: '99996.855',
  })
  const [usdt, kzt] = await balances(rig, 'USDT', 'KZT')
  expect(usdt).toBe('10000307.801890')
  expect(kzt).toBe('9999851953.14500000')
})

test.each([
  ['another category', { category: 'linear' }, 10001],
  ['an unknown symbol', { symbol: 'USDTEUR' }, 170121],
  ['no quantity', { qty: '' }, 170130],
  ['a quantity between steps', { qty: '10.001' }, 170137],
  ['a value between steps', { side: 'Buy', marketUnit: 'quoteCoin', qty: '5000.00000001' }, 170148],
  ['a quantity of nothing', { qty: '0' }, 170136],
  ['too small a value', { qty: '2.08' }, 170140],
  ['too large a quantity', { qty: '4500001' }, 170124],
  [
    'more than there is',
    { symbol: 'USDCUSDT', side: 'Buy', qty: '10000001', marketUnit: 'quoteCoin' },
    170131,
  ],
  ['an order that waits', { orderType: 'Limit', price: '480', timeInForce: 'GTC' }, 10001],
  ['too small a tolerance', { slippageToleranceType: 'Percent', slippageTolerance: '0' }, 10001],
  ['too wide a tolerance', { slippageToleranceType: 'Percent', slippageTolerance: '10.01' }, 10001],
  ['too long a reference', { orderLinkId: 'x'.repeat(37) }, 10001],
])('refuses %s', async (_what, fields, retCode) => {
  await using rig = await openMarket()
  const refused = await rig.bybit('POST', CREATE, sell('o1', '100', fields))
  expect(refused.body).toMatchObject({ retCode, result: {} })
  expect((await rig.control('GET', '/control/conversions')).body).toEqual({ conversions: [] })
})

test('an order under way shows nothing yet, is only in realtime, and then ends either way', async () => {
  await using rig = await openMarket()
  const lay = (kind: string) =>
    rig.control('PUT', '/control/faults', {
      exchange: 'bybit',
      operation: 'convert',
      kind,
      times: 1,
    })
  await lay('pending')
  await rig.bybit('POST', CREATE, sell('o1', '100'))
  await lay('pending_then_failed')
  await rig.bybit('POST', CREATE, sell('o2', '100'))
  expect(await find(rig, 'o1')).toMatchObject({
    orderStatus: 'New',
    cumExecQty: '0',
    leavesQty: '100',
  })
  expect(await find(rig, 'o1', HISTORY)).toBeUndefined()
  rig.clock.advance(3_000)
  expect(await find(rig, 'o1', HISTORY)).toMatchObject({ orderStatus: 'Filled' })
  expect(await find(rig, 'o2', HISTORY)).toMatchObject({
    orderStatus: 'Cancelled',
    cumExecQty: '0',
  })
  expect(await balances(rig, 'USDT')).toEqual(['9999900.000000'])
})

test('a duplicate code may hide an execution, and a list may lag', async () => {
  await using rig = await openMarket()
  const lay = (fault: object) =>
    rig.control('PUT', '/control/faults', { exchange: 'bybit', times: 1, ...fault })
  await lay({ operation: 'convert', kind: 'duplicate_code' })
  expect((await rig.bybit('POST', CREATE, sell('o1', '100'))).body['retCode']).toBe(170141)
  expect(await find(rig, 'o1')).toMatchObject({ orderStatus: 'Filled' })
  await lay({ operation: 'look_up', kind: 'not_found_yet', delayMs: 1_000 })
  expect(await find(rig, 'o1')).toBeUndefined()
  await lay({ operation: 'convert', kind: 'execute_twice' })
  await rig.bybit('POST', CREATE, sell('o2', '100'))
  expect(await balances(rig, 'USDT')).toEqual(['9999700.000000'])
})

test('lists come in pages, newest first', async () => {
  await using rig = await openMarket()
  for (const name of ['o1', 'o2', 'o3']) await rig.bybit('POST', CREATE, sell(name, '100'))
  const page = async (fields: object) => {
    const { body } = await rig.bybit('GET', HISTORY, { category: 'spot', limit: 2, ...fields })
    const names = Object.values(body['result']?.['list'] ?? {}).map((each) => each['orderLinkId'])
    return { names, cursor: body['result']?.['nextPageCursor'] }
  }
  const first = await page({})
  expect(first.names).toEqual(['o3', 'o2'])
  expect(await page({ cursor: first.cursor })).toEqual({ names: ['o1'], cursor: '' })
})

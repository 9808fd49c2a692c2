import { expect, test } from 'vitest'
import type { SandboxConfig } from '../../config.ts'
import { createManualClock } from '../../manual-clock.ts'
import { startSandbox } from '../../test-rig.ts'

const ORDER = '/api/v3/order'

async function openSpot(config: Partial<SandboxConfig> = {}) {
  const clock = createManualClock()
  const rig = await startSandbox(config, clock)
  const pin = (symbol: string, book: Record<string, string>) =>
    rig.control('PUT', `/control/prices/binance/${symbol}`, book)
  await pin('BTCUSDT', { bid: '90000', ask: '90010', bidSize: '1', askSize: '1' })
  await pin('USDTKZT', { bid: '474.10', ask: '474.30', bidSize: '10000', askSize: '10000' })
  const sell = (newClientOrderId: string, more: Record<string, string> = {}) =>
    rig.binance('POST', ORDER, {
      symbol: 'BTCUSDT',
      side: 'SELL',
      type: 'MARKET',
      newClientOrderId,
      ...('quoteOrderQty' in more ? {} : { quantity: '0.5' }),
      ...more,
    })
  const find = (origClientOrderId: string, more: Record<string, string> = {}) =>
    rig.binance('GET', ORDER, { symbol: 'BTCUSDT', origClientOrderId, ...more })
  const balance = async (asset: string) => {
    const { balances } = (await rig.binance('GET', '/api/v3/account')).body as unknown as {
      balances: { asset: string; free: string }[]
    }
    return balances.find((each) => each.asset === asset)?.free
  }
  const lay = (kind: string, more = {}) =>
    rig.control('PUT', '/control/faults', {
      exchange: 'binance',
      operation: 'convert',
      kind,
      times: 1,
      ...more,
    })
  return { ...rig, clock, pin, sell, find, balance, lay }
}

test('a sale answers with exactly the documented fields and changes the balances', async () => {
  await using rig = await openSpot()
  const sold = await rig.sell('s1')
  expect(sold.headers.get('x-mbx-used-weight-1m')).toBe('1')
  expect(sold.headers.get('x-mbx-order-count-10s')).toBe('0')
  expect(sold.body).toEqual({
    symbol: 'BTCUSDT',
    orderId: 4_000_000_001,
    orderListId: -1,
    clientOrderId: 's1',
    transactTime: rig.clock.now(),
    price: '0.00000000',
    origQty: '0.50000000',
    executedQty: '0.50000000',
    origQuoteOrderQty: '0.000000',
    cummulativeQuoteQty: '45000.00000000',
    status: 'FILLED',
    timeInForce: 'GTC',
    type: 'MARKET',
    side: 'SELL',
    workingTime: rig.clock.now(),
    selfTradePreventionMode: 'NONE',
    fills: [
      {
        price: '90000.00000000',
        qty: '0.50000000',
        commission: '45.00000000',
        commissionAsset: 'USDT',
        tradeId: 1_000,
      },
    ],
  })
  expect(await rig.balance('BTC')).toBe('9999999.50000000')
  expect(await rig.balance('USDT')).toBe('10044955.00000000')
  const { body } = await rig.control('GET', '/control/conversions')
  expect(body['conversions']).toMatchObject([
    {
      exchange: 'binance',
      market: 'spot',
      reference: 's1',
      sold: { asset: 'BTC', amount: '0.50000000' },
      bought: { asset: 'USDT', amount: '45000.00000000' },
      fee: { asset: 'USDT', amount: '45.00000000' },
    },
  ])
})

test('a look-up tells an order by either name, with exactly the documented fields', async () => {
  await using rig = await openSpot()
  await rig.sell('s1')
  const found = await rig.find('s1')
  expect(Object.keys(found.body)).toEqual([
    'symbol',
    'orderId',
    'orderListId',
    'clientOrderId',
    'price',
    'origQty',
    'executedQty',
    'cummulativeQuoteQty',
    'status',
    'timeInForce',
    'type',
    'side',
    'stopPrice',
    'icebergQty',
    'time',
    'updateTime',
    'isWorking',
    'workingTime',
    'origQuoteOrderQty',
    'selfTradePreventionMode',
  ])
  expect(found.body).toMatchObject({ status: 'FILLED', executedQty: '0.50000000' })
  const byId = { symbol: 'BTCUSDT', orderId: '4000000001' }
  expect((await rig.binance('GET', ORDER, byId)).body).toEqual(found.body)
  expect((await rig.find('s2', { orderId: '4000000001' })).body['code']).toBe(-2039)
  expect((await rig.find('s2')).body).toEqual({ code: -2013, msg: 'Order does not exist.' })
  expect((await rig.find('s1', { symbol: 'ETHUSDT' })).body['code']).toBe(-2013)
})

test('the trades of an order tell its commissions, with exactly the documented fields', async () => {
  await using rig = await openSpot()
  await rig.sell('s1')
  await rig.sell('s2', { side: 'BUY', quantity: '1.5' })
  const trades = (params: Record<string, string>) =>
    rig.binance('GET', '/api/v3/myTrades', { symbol: 'BTCUSDT', ...params })
  const first = await trades({ orderId: '4000000001' })
  expect(first.headers.get('x-mbx-used-weight-1m')).toBe('7')
  expect(first.body).toEqual([
    {
      symbol: 'BTCUSDT',
      id: 1_000,
      orderId: 4_000_000_001,
      orderListId: -1,
      price: '90000.00000000',
      qty: '0.50000000',
      quoteQty: '45000.00000000',
      commission: '45.00000000',
      commissionAsset: 'USDT',
      time: rig.clock.now(),
      isBuyer: false,
      isMaker: false,
      isBestMatch: true,
    },
  ])
  expect((await trades({})).body).toMatchObject([{ id: 1_000 }, { id: 2_000 }, { id: 2_001 }])
  expect((await trades({ symbol: 'ETHUSDT' })).body).toEqual([])
  expect((await trades({ fromId: '2000', limit: '1' })).body).toMatchObject([{ id: 2_000 }])
})

test('a client order id is taken again once its order is filled, and not while it is open', async () => {
  await using rig = await openSpot()
  await rig.lay('pending', { delayMs: 2_000 })
  const open = await rig.sell('s1')
  expect(open.body).toMatchObject({ status: 'NEW', executedQty: '0.00000000', fills: [] })
  expect(open.headers.get('x-mbx-order-count-10s')).toBe('1')
  expect((await rig.sell('s1')).body).toEqual({ code: -2010, msg: 'Duplicate order sent.' })
  rig.clock.jump(2_000)
  expect((await rig.find('s1')).body['status']).toBe('FILLED')
  const again = await rig.sell('s1', { quantity: '0.1' })
  expect(again.body).toMatchObject({ status: 'FILLED', orderId: 4_000_000_002 })
  expect((await rig.find('s1')).body['executedQty']).toBe('0.10000000')
  expect(await rig.balance('BTC')).toBe('9999999.40000000')
})

test('a thin book fills an order in part, level by level, and the rest expires', async () => {
  await using rig = await openSpot()
  await rig.pin('BTCUSDT', { bid: '90000', ask: '90010', bidSize: '0.00100', askSize: '1' })
  const sold = await rig.sell('s1', { quantity: '5' })
  expect(sold.body).toMatchObject({
    origQty: '5.00000000',
    executedQty: '0.59500000',
    status: 'EXPIRED',
    expiryReason: 'INSUFFICIENT_LIQUIDITY',
  })
  const fills = Object.values(sold.body['fills'] ?? {})
  expect(fills).toHaveLength(100)
  expect(fills.slice(0, 2)).toMatchObject([
    { price: '90000.00000000', qty: '0.00100000' },
    { price: '89999.99000000', qty: '0.00110000' },
  ])
  expect((await rig.sell('s1')).body['code']).toBe(-2010)
})

test('a purchase for an amount of quote breaks no lot size, and pays its commission in what it buys', async () => {
  await using rig = await openSpot()
  const bought = await rig.sell('s1', { side: 'BUY', quoteOrderQty: '1000' })
  expect(bought.body).toMatchObject({
    status: 'FILLED',
    executedQty: '0.01110000',
    origQuoteOrderQty: '1000.00000000',
    cummulativeQuoteQty: '999.11100000',
    fills: [{ commission: '0.00001110', commissionAsset: 'BTC' }],
  })
  expect(await rig.balance('BTC')).toBe('10000000.01108890')
})

test('the commission may be taken in BNB', async () => {
  await using rig = await openSpot({ SANDBOX_BINANCE_COMMISSION_IN_BNB: true })
  const sold = await rig.sell('s1', { symbol: 'USDTKZT', quantity: '1000' })
  expect(sold.body['fills']).toMatchObject([{ commission: '0.00166667', commissionAsset: 'BNB' }])
  expect(await rig.balance('KZT')).toBe('10000474100.00000000')
  expect(await rig.balance('BNB')).toBe('9999999.99833333')
})

test.each([
  ['half a lot', { quantity: '0.500001' }, -1013, 'Filter failure: LOT_SIZE'],
  ['too little', { quantity: '0.00005' }, -1013, 'Filter failure: NOTIONAL'],
  ['too little money', { quoteOrderQty: '4.9' }, -1013, 'Filter failure: NOTIONAL'],
  ['nine decimals', { quantity: '0.500000001' }, -1111, undefined],
  ['nothing', { quantity: '0' }, -1102, undefined],
  ['an unknown symbol', { symbol: 'DOGEUSDT' }, -1121, 'Invalid symbol.'],
  ['a limit', { type: 'LIMIT' }, -1116, undefined],
  ['a price', { price: '1' }, -1106, undefined],
  ['an id with a dot', { newClientOrderId: 'a.b' }, -1100, undefined],
  ['an id of 37 letters', { newClientOrderId: 'a'.repeat(37) }, -1100, undefined],
  ['both amounts', { quantity: '1', quoteOrderQty: '1' }, -1106, undefined],
] as const)('refuses an order of %s', async (_what, fields, code, message) => {
  await using rig = await openSpot()
  const refused = await rig.sell('s1', fields)
  expect([refused.status, refused.body['code']]).toEqual([400, code])
  if (message !== undefined) expect(refused.body['msg']).toBe(message)
  expect((await rig.sell('s1')).status).toBe(200)
})

test('what the master does not hold is not sold', async () => {
  await using rig = await openSpot()
  await rig.control('PUT', '/control/wallets/binance/master', { balances: { BTC: '0.4' } })
  expect((await rig.sell('s1')).body).toEqual({
    code: -2010,
    msg: 'Account has insufficient balance for requested action.',
  })
})

test('a test order and a refused key sell nothing', async () => {
  await using rig = await openSpot()
  const fields = { symbol: 'BTCUSDT', side: 'SELL', type: 'MARKET', quantity: '0.5' }
  expect((await rig.binance('POST', `${ORDER}/test`, fields)).body).toEqual({})
  expect((await rig.binance('POST', `${ORDER}/test`, { ...fields, side: 'X' })).status).toBe(400)
  const restrictions = { enableSpotAndMarginTrading: false }
  const key = { exchange: 'binance', apiKey: 'binance-key', secret: 'a secret', restrictions }
  await rig.control('PUT', '/control/credentials', key)
  expect((await rig.sell('s1')).body['code']).toBe(-2015)
  expect((await rig.control('GET', '/control/conversions')).body['conversions']).toEqual([])
})

test('only orders that have not traded count, and too many of them are refused', async () => {
  await using rig = await openSpot({ SANDBOX_BINANCE_ORDERS_PER_TEN_SECONDS: 2 })
  for (const id of ['a', 'b', 'c']) expect((await rig.sell(id)).status).toBe(200)
  await rig.lay('pending', { delayMs: 60_000, times: 2 })
  for (const id of ['d', 'e']) await rig.sell(id)
  const refused = await rig.sell('f')
  expect([refused.status, refused.body['code']]).toEqual([429, -1015])
  expect(refused.headers.get('retry-after')).toBeNull()
  rig.clock.jump(10_000)
  expect((await rig.sell('f')).status).toBe(200)
})

test.each([
  ['error_5xx_before', 503, -1007, 0],
  ['error_5xx_after', 503, -1007, 1],
  ['insufficient', 400, -2010, 0],
  ['duplicate_code', 400, -2010, 1],
  ['execute_twice', 200, undefined, 2],
] as const)('%s answers an order %i', async (kind, status, code, sold) => {
  await using rig = await openSpot()
  await rig.lay(kind)
  const answered = await rig.sell('s1')
  expect([answered.status, answered.body['code']]).toEqual([status, code])
  expect(await rig.balance('BTC')).toBe((10_000_000 - 0.5 * sold).toFixed(8))
})

test('an order that fails after all moves nothing', async () => {
  await using rig = await openSpot()
  await rig.lay('pending_then_failed', { delayMs: 1_000 })
  await rig.sell('s1')
  rig.clock.jump(1_000)
  expect((await rig.find('s1')).body).toMatchObject({
    status: 'EXPIRED',
    executedQty: '0.00000000',
    cummulativeQuoteQty: '0.00000000',
  })
  expect(await rig.balance('BTC')).toBe('10000000.00000000')
})

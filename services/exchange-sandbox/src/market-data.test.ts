import { once } from 'node:events'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createManualClock } from './manual-clock.ts'
import { messageText } from './message-text.ts'
import { startSandbox } from './test-rig.ts'

const STEP_MS = 500

async function openMarket() {
  const clock = createManualClock()
  const rig = await startSandbox({ SANDBOX_PRICE_INTERVAL_MS: STEP_MS }, clock)
  return { ...rig, clock }
}

/** A stream whose messages are read one by one, in order. */
async function openStream(url: string, path: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`)
  const messages: string[] = []
  socket.on('message', (bytes) => messages.push(messageText(bytes)))
  await once(socket, 'open')
  return {
    send: (message: unknown) => socket.send(JSON.stringify(message)),
    next: async () => {
      if (messages.length === 0) await once(socket, 'message')
      return JSON.parse(messages.shift() ?? '')
    },
    [Symbol.asyncDispose]: async () => {
      socket.close()
      await once(socket, 'close')
    },
  }
}

const SUBSCRIBE = { op: 'subscribe', args: ['orderbook.1.BTCUSDT'] }

test("Bybit's market data have exactly the documented fields", async () => {
  await using rig = await openMarket()
  const get = async (path: string) => (await rig.call('GET', `/v5/market/${path}`)).body
  const tickers = await get('tickers?category=spot&symbol=BTCUSDT')
  expect(Object.keys(tickers)).toEqual(['retCode', 'retMsg', 'result', 'retExtInfo', 'time'])
  expect(Object.keys(tickers['result']?.['list']?.['0'] ?? {})).toEqual([
    'symbol',
    'bid1Price',
    'bid1Size',
    'ask1Price',
    'ask1Size',
    'lastPrice',
    'prevPrice24h',
    'price24hPcnt',
    'highPrice24h',
    'lowPrice24h',
    'turnover24h',
    'volume24h',
    'usdIndexPrice',
  ])
  const book = await get('orderbook?category=spot&symbol=BTCUSDT&limit=3')
  expect(Object.keys(book['result'] ?? {})).toEqual(['s', 'a', 'b', 'ts', 'u', 'seq', 'cts'])
  expect(Object.keys(book['result']?.['b'] ?? {})).toHaveLength(3)
  const instruments = await get('instruments-info?category=spot')
  expect(instruments['result']?.['list']?.['2']).toEqual({
    symbolId: 3,
    symbol: 'BTCUSDT',
    baseCoin: 'BTC',
    quoteCoin: 'USDT',
    innovation: '0',
    status: 'Trading',
    marginTrading: 'none',
    stTag: '0',
    lotSizeFilter: expect.objectContaining({ basePrecision: '0.000001', minOrderAmt: '5' }),
    priceFilter: { tickSize: '0.1' },
    riskParameters: { priceLimitRatioX: '0.005', priceLimitRatioY: '0.01' },
    symbolType: '',
  })
  expect((await get('tickers?category=spot&symbol=XRPUSDT'))['retCode']).toBe(10001)
  expect((await get('time'))['result']).toEqual({
    timeSecond: String(rig.clock.now() / 1_000),
    timeNano: `${rig.clock.now()}000000`,
  })
})

test("Binance's market data have exactly the documented fields", async () => {
  await using rig = await openMarket()
  const get = async (path: string) => (await rig.call('GET', `/api/v3/${path}`)).body
  const fields = ['symbol', 'bidPrice', 'bidQty', 'askPrice', 'askQty']
  const one = await get('ticker/bookTicker?symbol=USDTKZT')
  expect(Object.keys(one)).toEqual(fields)
  expect(one['bidPrice']).toMatch(/^47\d\.\d{8}$/)
  const several = await get(
    `ticker/bookTicker?symbols=${encodeURIComponent('["BTCUSDT","ETHUSDT"]')}`,
  )
  expect(Object.values(several).map((ticker) => ticker['symbol'])).toEqual(['BTCUSDT', 'ETHUSDT'])
  expect(Object.keys(await get('ticker/bookTicker'))).toHaveLength(6)
  expect(Object.keys(await get('depth?symbol=BTCUSDT&limit=5'))).toEqual([
    'lastUpdateId',
    'bids',
    'asks',
  ])
  const info = await get('exchangeInfo?symbol=BTCUSDT')
  expect(Object.keys(info)).toEqual([
    'timezone',
    'serverTime',
    'rateLimits',
    'exchangeFilters',
    'symbols',
  ])
  expect(info['symbols']?.['0']).toMatchObject({ symbol: 'BTCUSDT', status: 'TRADING' })
  expect((await get('depth?symbol=XRPUSDT'))['code']).toBe(-1121)
  expect(await get('time')).toEqual({ serverTime: rig.clock.now() })
})

test('Bybit pushes a snapshot at once, each change, and the same again after three quiet seconds', async () => {
  await using rig = await openMarket()
  await rig.control('PUT', '/control/prices/bybit/BTCUSDT', { bid: '90000.0', ask: '90000.1' })
  await using stream = await openStream(rig.url, '/v5/public/spot')
  stream.send(SUBSCRIBE)
  expect(await stream.next()).toMatchObject({ success: true, op: 'subscribe' })
  const first = await stream.next()
  expect(first).toEqual({
    topic: 'orderbook.1.BTCUSDT',
    ts: rig.clock.now(),
    type: 'snapshot',
    data: {
      s: 'BTCUSDT',
      b: [['90000.0', expect.any(String)]],
      a: [['90000.1', expect.any(String)]],
      u: 1_001,
      seq: 1_432_001_001,
    },
    cts: rig.clock.now(),
  })
  rig.clock.advance(2_800)
  stream.send({ op: 'ping' })
  expect(await stream.next()).toMatchObject({ op: 'ping', ret_msg: 'pong' })
  rig.clock.advance(400)
  expect(await stream.next()).toMatchObject({ ts: first.ts + 3_000, data: first.data })
  await rig.control('PUT', '/control/prices/bybit/BTCUSDT', { bid: '91000.0', ask: '91000.1' })
  expect((await stream.next()).data).toMatchObject({
    u: 1_002,
    b: [['91000.0', expect.any(String)]],
  })
})

test('a frozen Bybit feed is silent, still answers pings, and comes back', async () => {
  await using rig = await openMarket()
  await using stream = await openStream(rig.url, '/v5/public/spot')
  const frozen = { exchange: 'bybit', operation: 'prices', kind: 'frozen_prices' }
  await rig.control('PUT', '/control/faults', frozen)
  stream.send(SUBSCRIBE)
  await stream.next()
  rig.clock.advance(10_000)
  stream.send({ op: 'ping' })
  expect(await stream.next()).toMatchObject({ op: 'ping' })
  await rig.control('DELETE', '/control/faults')
  rig.clock.advance(STEP_MS)
  expect(await stream.next()).toMatchObject({ topic: 'orderbook.1.BTCUSDT' })
})

test('Bybit refuses a topic that it does not have', async () => {
  await using rig = await openMarket()
  await using stream = await openStream(rig.url, '/v5/public/spot')
  stream.send({ op: 'subscribe', args: ['orderbook.1.XRPUSDT'] })
  expect(await stream.next()).toMatchObject({ success: false })
})

test('Binance pushes each change, alone or wrapped, in the documented form', async () => {
  await using rig = await openMarket()
  await using alone = await openStream(rig.url, '/ws/btcusdt@bookTicker')
  await using wrapped = await openStream(
    rig.url,
    '/stream?streams=btcusdt@bookTicker/ethusdt@bookTicker',
  )
  await rig.control('PUT', '/control/prices/binance/BTCUSDT', { bid: '1.5', ask: '1.6' })
  const message = await alone.next()
  expect(message).toEqual({
    u: 1_001,
    s: 'BTCUSDT',
    b: '1.50000000',
    B: expect.stringMatching(/^\d+\.\d{8}$/),
    a: '1.60000000',
    A: expect.stringMatching(/^\d+\.\d{8}$/),
  })
  expect(await wrapped.next()).toEqual({ stream: 'btcusdt@bookTicker', data: message })
  await rig.control('PUT', '/control/prices/binance/ETHUSDT', { bid: '2', ask: '3' })
  expect((await wrapped.next()).stream).toBe('ethusdt@bookTicker')
})

test('a Binance stream takes more subscriptions while it is open', async () => {
  await using rig = await openMarket()
  await using stream = await openStream(rig.url, '/ws')
  stream.send({ method: 'SUBSCRIBE', params: ['solusdt@bookTicker'], id: 9 })
  expect(await stream.next()).toEqual({ result: null, id: 9 })
  await rig.control('PUT', '/control/prices/binance/SOLUSDT', { bid: '2', ask: '3' })
  expect((await stream.next()).s).toBe('SOLUSDT')
})

test('an address that asks too often for market data is locked out', async () => {
  const clock = createManualClock()
  await using rig = await startSandbox({ SANDBOX_BYBIT_MARKET_PER_FIVE_SECONDS: 2 }, clock)
  const ask = async () => (await rig.call('GET', '/v5/market/time')).status
  expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 403])
  clock.jump(599_999)
  expect(await ask()).toBe(403)
  clock.jump(1)
  expect(await ask()).toBe(200)
})

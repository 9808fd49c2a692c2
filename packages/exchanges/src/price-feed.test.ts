import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExchangeId } from '@tolem/domain/ids'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { followPrices } from './price-feeds.ts'
import type { BookTop, PriceFeed } from './prices.ts'

/** Looks every 5 ms instead of every 50: what it waits for only crosses loopback. */
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 5 })

let http: Server
let sockets: WebSocketServer
let feed: PriceFeed | undefined
let asked: URL[] = []
/** Of each symbol the bid that HTTP tells; absent: the symbol is not known there. */
let bids: Record<string, string> = {}
let refusal: { status: number; body: string; headers?: Record<string, string> } | undefined
let isStreamOpen = true
let holdAnswers = Promise.resolve()
/** Milliseconds since the epoch, as the board of bans tells. */
let bannedUntil = 0

beforeEach(async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  })
  asked = []
  bids = { USDTKZT: '474.10', BTCUSDT: '90000.10' }
  refusal = undefined
  isStreamOpen = true
  holdAnswers = Promise.resolve()
  bannedUntil = 0
  http = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://exchange')
    asked.push(url)
    const { status, body, headers } = refusal ?? { ...answerOf(url), headers: {} }
    void holdAnswers.then(() => response.writeHead(status, headers).end(body))
  })
  sockets = new WebSocketServer({ noServer: true })
  http.on('upgrade', (request, socket, head) => {
    if (isStreamOpen)
      sockets.handleUpgrade(request, socket, head, (open) => sockets.emit('connection', open))
    else socket.destroy()
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
})

afterEach(async () => {
  await feed?.close()
  feed = undefined
  for (const client of sockets.clients) client.terminate()
  http.closeAllConnections()
  await new Promise((resolve) => void http.close(resolve))
  vi.useRealTimers()
})

/** Binance's and Bybit's answers, as their documents show them. */
function answerOf(url: URL): { status: number; body: string } {
  const single = url.searchParams.get('symbol')
  const list = url.searchParams.get('symbols')
  const symbols = list === null ? [single ?? ''] : (JSON.parse(list) as string[])
  const isKnown = symbols.every((symbol) => symbol in bids)
  if (url.pathname === '/v5/market/tickers') {
    const books = symbols.map((symbol) => ({
      symbol,
      bid1Price: bids[symbol],
      bid1Size: '2',
      ask1Price: '99999',
      ask1Size: '1.8',
    }))
    const known = { retCode: 0, retMsg: 'OK', result: { category: 'spot', list: books } }
    const unknown = { retCode: 10001, retMsg: 'Not supported symbols', result: {} }
    return { status: 200, body: JSON.stringify({ ...(isKnown ? known : unknown), time: 1 }) }
  }
  if (!isKnown) return { status: 400, body: '{"code":-1121,"msg":"Invalid symbol."}' }
  const books = symbols.map((symbol) => ({
    symbol,
    bidPrice: bids[symbol],
    bidQty: '431.0',
    askPrice: '99999',
    askQty: '9.0',
  }))
  return { status: 200, body: JSON.stringify(list === null ? books[0] : books) }
}

function follow(adapter: 'bybit' | 'binance', pairs: readonly string[] = ['USDT/KZT', 'BTC/USDT']) {
  const { port } = http.address() as AddressInfo
  const tops: BookTop[] = []
  const states: string[] = []
  const flaws: string[] = []
  feed = followPrices(adapter, {
    exchange: adapter as ExchangeId,
    url: `ws://127.0.0.1:${port}`,
    restUrl: `http://127.0.0.1:${port}`,
    bannedUntil: () => bannedUntil,
    pairs,
    silenceMs: 5_000,
    now: () => Date.now(),
    random: () => 0.5,
    onTop: (top) => void tops.push(top),
    onState: (state) => void states.push(state),
    onFlaw: (detail) => void flaws.push(detail),
  })
  return { tops, states, flaws }
}

function push(adapter: 'bybit' | 'binance', socket: WebSocket, bid: string): void {
  const binance = {
    stream: 'btcusdt@bookTicker',
    data: { u: 1, s: 'BTCUSDT', b: bid, B: '1', a: '99999', A: '1' },
  }
  const bybit = {
    topic: 'orderbook.1.BTCUSDT',
    type: 'snapshot',
    data: { s: 'BTCUSDT', b: [[bid, '1']], a: [['99999', '1']], u: 2, seq: 3 },
  }
  socket.send(JSON.stringify(adapter === 'binance' ? binance : bybit))
}

/** Lets time pass in steps, so that calls and answers on the loopback come in between. */
async function pass(ms: number, atEachSecond: (second: number) => void = () => {}): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    if (passed % 1_000 === 0) atEachSecond(passed / 1_000)
    await vi.advanceTimersByTimeAsync(250)
    for (let turns = 0; turns < 4; turns++)
      await new Promise((resolve) => void setImmediate(resolve))
  }
}

const moving = (second: number) => {
  bids['BTCUSDT'] = (90_000 + second).toFixed(2)
}

const connected = async () => ((await once(sockets, 'connection')) as [WebSocket])[0]

describe.each(['bybit', 'binance'] as const)('at %s', (adapter) => {
  test('all books are read by HTTP while the stream cannot be opened, and each second anew', async () => {
    isStreamOpen = false
    const { tops, states } = follow(adapter)
    await pass(10_000, moving)
    const last = tops.findLast(({ pair }) => pair === 'USDT/KZT')
    expect(last).toMatchObject({ bid: '474.10', ask: '99999', via: 'rest' })
    expect(Date.now() - (last?.receivedAt ?? 0)).toBeLessThanOrEqual(2_000)
    expect(tops.filter(({ pair }) => pair === 'BTC/USDT').length).toBeGreaterThanOrEqual(7)
    expect(states).not.toContain('live')
  })

  test('books that stand still without a stream are believed for three seconds and no longer', async () => {
    isStreamOpen = false
    const { tops } = follow(adapter)
    await pass(10_000)
    const [first] = tops
    const last = tops.at(-1)
    expect((last?.receivedAt ?? 0) - (first?.receivedAt ?? 0)).toBeLessThanOrEqual(3_000)
    const before = tops.length
    bids['BTCUSDT'] = '90001.00'
    await pass(2_000)
    await soon(() => expect(tops.length).toBeGreaterThan(before))
    expect(tops.at(-1)?.receivedAt).toBeGreaterThan(last?.receivedAt ?? 0)
  })

  test('reading by HTTP takes over from a stream that falls silent and ends with its next price', async () => {
    const opening = connected()
    const { tops, states } = follow(adapter, ['BTC/USDT'])
    const socket = await opening
    push(adapter, socket, '90000.00')
    await soon(() => expect(tops).toHaveLength(1))
    const again = connected()
    await pass(8_000, moving)
    expect(states).toContain('stale')
    expect(tops.at(-1)).toMatchObject({ via: 'rest' })
    const second = await again
    push(adapter, second, '90100.00')
    await soon(() => expect(tops.at(-1)).toMatchObject({ bid: '90100.00' }))
    expect(tops.at(-1)?.via).toBeUndefined()
    const calls = asked.length
    for (let count = 0; count < 4; count++) {
      push(adapter, second, `9010${count}.50`)
      await pass(1_000)
    }
    expect(asked).toHaveLength(calls)
    expect(tops.slice(-4).every(({ via }) => via === undefined)).toBe(true)
  })

  test('an answer that the stream has overtaken is dropped', async () => {
    let release = () => {}
    holdAnswers = new Promise((resolve) => {
      release = resolve
    })
    const opening = connected()
    const { tops } = follow(adapter, ['BTC/USDT'])
    const socket = await opening
    await pass(1_250)
    await soon(() => expect(asked.length).toBeGreaterThan(0))
    push(adapter, socket, '90500.00')
    await soon(() => expect(tops).toHaveLength(1))
    release()
    await pass(250)
    expect(tops).toHaveLength(1)
  })
})

test('Binance is asked for all books in one call, and for each alone once it does not know one of them', async () => {
  isStreamOpen = false
  const { tops } = follow('binance', ['USDT/KZT', 'BTC/USDT'])
  await pass(1_250)
  await soon(() => expect(tops).toHaveLength(2))
  expect(asked.map((url) => url.searchParams.get('symbols'))).toEqual(['["USDTKZT","BTCUSDT"]'])
  delete bids['USDTKZT']
  await pass(3_000, moving)
  expect(asked.at(-1)?.searchParams.get('symbols')).toBeNull()
  expect(tops.at(-1)).toMatchObject({ pair: 'BTC/USDT' })
})

test('Bybit is asked for each book, and one that it does not know harms no other', async () => {
  isStreamOpen = false
  delete bids['USDTKZT']
  const { tops, flaws } = follow('bybit')
  await pass(1_250)
  await soon(() => expect(tops).toHaveLength(1))
  expect(asked.map(({ search }) => search)).toEqual([
    '?category=spot&symbol=USDTKZT',
    '?category=spot&symbol=BTCUSDT',
  ])
  expect(flaws.length).toBeGreaterThan(0)
})

const tooFrequent = { status: 403, body: 'access too frequent' }

test.each([
  ['bybit', '403 access too frequent', tooFrequent, 599],
  ['bybit', '403 that says for how long', { ...tooFrequent, headers: { 'retry-after': '30' } }, 29],
  ['bybit', '10006', { status: 200, body: '{"retCode":10006,"retMsg":"Too many visits!"}' }, 4],
  ['bybit', '429', { status: 429, body: '' }, 4],
  ['binance', '403 of its firewall', { status: 403, body: '<html>' }, 119],
  ['binance', '418', { status: 418, body: '' }, 119],
] as const)('%s is asked nothing for a while after %s', async (adapter, _what, told, seconds) => {
  isStreamOpen = false
  refusal = told
  follow(adapter, ['BTC/USDT'])
  await pass(1_250)
  await soon(() => expect(asked).toHaveLength(1))
  await vi.advanceTimersByTimeAsync(seconds * 1_000 - 1_250)
  expect(asked).toHaveLength(1)
  await pass(4_000)
  expect(asked.length).toBeGreaterThan(1)
})

test('no book is asked for while somebody else’s ban stands, and all are when it is over', async () => {
  isStreamOpen = false
  bannedUntil = Date.now() + 5_000
  follow('binance')
  await pass(4_500)
  expect(asked).toEqual([])
  await pass(2_000)
  expect(asked.length).toBeGreaterThan(0)
})

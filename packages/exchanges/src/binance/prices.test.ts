import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExchangeId } from '@tolem/domain/ids'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import type { BookTop, PriceFeed } from '../prices.ts'
import { createBinancePriceFeed } from './prices.ts'

/** Looks every 5 ms instead of every 50: what it waits for only crosses loopback. */
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 5 })

let http: Server
let sockets: WebSocketServer
let feed: PriceFeed | undefined
let asked: string[] = []
let answer: { status: number; body: string; headers?: Record<string, string> }

beforeEach(async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  })
  asked = []
  answer = { status: 200, body: ticker('473.90') }
  http = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(answer.status, answer.headers).end(answer.body)
  })
  sockets = new WebSocketServer({ server: http })
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

function ticker(bid: string): string {
  return JSON.stringify({
    symbol: 'USDTKZT',
    bidPrice: bid,
    bidQty: '431.0',
    askPrice: '475.00',
    askQty: '9.0',
  })
}

function follow() {
  const { port } = http.address() as AddressInfo
  const tops: BookTop[] = []
  const states: string[] = []
  const flaws: string[] = []
  feed = createBinancePriceFeed({
    exchange: 'binance' as ExchangeId,
    url: `ws://127.0.0.1:${port}`,
    restUrl: `http://127.0.0.1:${port}`,
    pairs: ['USDT/KZT'],
    silenceMs: 5_000,
    now: () => Date.now(),
    random: () => 0.5,
    onTop: (top) => void tops.push(top),
    onState: (state) => void states.push(state),
    onFlaw: (detail) => void flaws.push(detail),
  })
  return { tops, states, flaws }
}

/** Lets time pass in steps, so that calls and answers on the loopback come in between. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    await vi.advanceTimersByTimeAsync(250)
    await new Promise((resolve) => void setImmediate(resolve))
  }
}

function push(socket: WebSocket, bid: string): void {
  const data = { u: 1, s: 'USDTKZT', b: bid, B: '1', a: '475.00', A: '1' }
  socket.send(JSON.stringify({ stream: 'usdtkzt@bookTicker', data }))
}

test('reads the first price by HTTP, stamped when it was asked for', async () => {
  const { tops } = follow()
  const startedAt = Date.now()
  await pass(1_000)
  await soon(() => expect(tops.length).toBeGreaterThan(0))
  expect(asked[0]).toBe('/api/v3/ticker/bookTicker?symbol=USDTKZT')
  expect(tops[0]).toMatchObject({ pair: 'USDT/KZT', bid: '473.90', ask: '475.00' })
  expect(tops[0]?.receivedAt).toBeGreaterThanOrEqual(startedAt + 1_000)
})

test('asks nothing by HTTP while the stream speaks', async () => {
  const { tops } = follow()
  const [socket] = (await once(sockets, 'connection')) as [WebSocket]
  for (let count = 1; count <= 6; count++) {
    push(socket, `474.${count}`)
    await soon(() => expect(tops).toHaveLength(count))
    await vi.advanceTimersByTimeAsync(900)
  }
  expect(asked).toEqual([])
})

test('believes no HTTP answer that stands still while an open stream is silent altogether', async () => {
  const { tops, states } = follow()
  const [socket] = (await once(sockets, 'connection')) as [WebSocket]
  push(socket, '474.1')
  await soon(() => expect(states.at(-1)).toBe('live'))
  const again = once(sockets, 'connection') as Promise<[WebSocket]>
  await pass(6_000)
  await soon(() => expect(states).toContain('stale'))
  const before = tops.length
  await pass(3_000)
  expect(tops).toHaveLength(before)
  const [second] = await again
  push(second, '474.2')
  await soon(() => expect(tops).toHaveLength(before + 1))
})

test('makes no call while Binance asks to stay away', async () => {
  answer = {
    status: 429,
    body: '{"code":-1003,"msg":"Too many"}',
    headers: { 'retry-after': '60' },
  }
  const { flaws } = follow()
  const [socket] = (await once(sockets, 'connection')) as [WebSocket]
  await pass(1_000)
  await soon(() => expect(flaws).toHaveLength(1))
  for (let seconds = 0; seconds < 50; seconds += 4) {
    push(socket, '474.1')
    await pass(4_000)
  }
  expect(asked).toHaveLength(1)
})

test.each([
  ['another book', 200, ticker('1').replace('USDTKZT', 'BTCUSDT')],
  ['a number for a price', 200, ticker('1').replace('"1"', '1')],
  ['HTML', 200, '<html>'],
  ['a page of any size', 200, 'x'.repeat(100_000)],
  ['a server error', 502, 'bad gateway'],
])('drops and reports %s', async (_what, status, body) => {
  answer = { status, body }
  const { tops, flaws } = follow()
  await pass(1_000)
  await soon(() => expect(flaws.length).toBeGreaterThan(0))
  expect(tops).toEqual([])
})

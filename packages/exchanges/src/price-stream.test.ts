import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { ExchangeId } from '@tolem/domain/ids'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { followPrices } from './price-feeds.ts'
import type { BookTop, PriceFeed } from './prices.ts'

const BOOK = {
  topic: 'orderbook.1.BTCUSDT',
  ts: 1672304484978,
  type: 'snapshot',
  data: {
    s: 'BTCUSDT',
    b: [['16493.50', '0.006']],
    a: [['16611.00', '0.029']],
    u: 18521288,
    seq: 1,
  },
  cts: 1672304484976,
}
const TICKER = {
  stream: 'usdtkzt@bookTicker',
  data: { u: 400900217, s: 'USDTKZT', b: '474.10', B: '31.2', a: '474.30', A: '40.6' },
}

/** Looks every 5 ms instead of every 50: what it waits for only crosses loopback. */
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 5 })

let server: WebSocketServer
let feed: PriceFeed | undefined
let said: string[] = []

beforeEach(async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  })
  said = []
  server = await listen(0)
})

afterEach(async () => {
  await feed?.close()
  feed = undefined
  await shut(server)
  vi.useRealTimers()
})

async function listen(port: number): Promise<WebSocketServer> {
  const opened = new WebSocketServer({ port, host: '127.0.0.1' })
  opened.on('connection', (socket) =>
    socket.on('message', (data: Buffer) => said.push(data.toString())),
  )
  await once(opened, 'listening')
  return opened
}

async function shut(closing: WebSocketServer): Promise<void> {
  for (const client of closing.clients) client.terminate()
  await new Promise((resolve) => {
    closing.close(resolve)
  })
}

function follow(adapter: 'bybit' | 'binance', pairs: readonly string[]) {
  const tops: BookTop[] = []
  const states: string[] = []
  const flaws: string[] = []
  feed = followPrices(adapter, {
    exchange: adapter as ExchangeId,
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pairs,
    silenceMs: 9_000,
    now: () => Date.now(),
    random: () => 0.5,
    onTop: (top) => void tops.push(top),
    onState: (state) => void states.push(state),
    onFlaw: (detail) => void flaws.push(detail),
  })
  return { tops, states, flaws }
}

async function connected(to: WebSocketServer = server): Promise<WebSocket> {
  const [socket] = (await once(to, 'connection')) as [WebSocket]
  return socket
}

test('subscribes to each Bybit book and passes prices on as the very text that came', async () => {
  const { tops, states } = follow('bybit', ['BTC/USDT', 'USDT/KZT'])
  const socket = await connected()
  await soon(() => expect(said).toHaveLength(2))
  expect(said.map((text) => JSON.parse(text))).toEqual([
    { op: 'subscribe', args: ['orderbook.1.BTCUSDT'] },
    { op: 'subscribe', args: ['orderbook.1.USDTKZT'] },
  ])
  socket.send(JSON.stringify({ success: true, ret_msg: '', conn_id: 'x', op: 'subscribe' }))
  socket.send(JSON.stringify(BOOK))
  await soon(() => expect(tops).toHaveLength(1))
  expect(tops[0]).toMatchObject({ pair: 'BTC/USDT', bid: '16493.50', ask: '16611.00' })
  expect(states).toEqual(['connecting', 'live'])
})

test('sends Bybit a ping every 20 seconds', async () => {
  follow('bybit', ['BTC/USDT'])
  const socket = await connected()
  await soon(() => expect(said).toHaveLength(1))
  const repeat = setInterval(() => socket.send(JSON.stringify(BOOK)), 3_000)
  await vi.advanceTimersByTimeAsync(20_000)
  await soon(() => expect(said).toContain('{"op":"ping"}'))
  clearInterval(repeat)
})

test('takes a repeat of an unchanged book for a sign of life', async () => {
  const { tops, states } = follow('bybit', ['BTC/USDT'])
  const socket = await connected()
  for (let repeats = 1; repeats <= 8; repeats++) {
    socket.send(JSON.stringify(BOOK))
    await soon(() => expect(tops).toHaveLength(repeats))
    await vi.advanceTimersByTimeAsync(3_000)
  }
  expect(states).toEqual(['connecting', 'live'])
  expect((tops[7] as BookTop).receivedAt - (tops[0] as BookTop).receivedAt >= 21_000).toBe(true)
})

test('calls a silent connection stale, leaves it and comes back on a new one', async () => {
  const { tops, states } = follow('bybit', ['BTC/USDT'])
  const first = await connected()
  first.send(JSON.stringify(BOOK))
  await soon(() => expect(tops).toHaveLength(1))
  const isLeft = once(first, 'close')
  const again = connected()
  await vi.advanceTimersByTimeAsync(9_600)
  await isLeft
  await soon(() => expect(states).toEqual(['connecting', 'live', 'stale', 'down', 'connecting']))
  const second = await again
  second.send(JSON.stringify(BOOK))
  await soon(() => expect(states.at(-1)).toBe('live'))
})

test('asks again for one book that is silent while the others speak', async () => {
  const { tops, states } = follow('bybit', ['BTC/USDT', 'USDT/KZT'])
  const socket = await connected()
  await soon(() => expect(said).toHaveLength(2))
  for (let repeats = 1; repeats <= 4; repeats++) {
    socket.send(JSON.stringify(BOOK))
    await soon(() => expect(tops).toHaveLength(repeats))
    await vi.advanceTimersByTimeAsync(3_000)
  }
  await soon(() => expect(said).toHaveLength(3))
  expect(JSON.parse(said[2] as string)).toEqual({ op: 'subscribe', args: ['orderbook.1.USDTKZT'] })
  expect(states).toEqual(['connecting', 'live'])
})

test('reconnects by itself when the exchange restarts', async () => {
  const { tops, states } = follow('binance', ['USDT/KZT'])
  await connected()
  const { port } = server.address() as AddressInfo
  await shut(server)
  await soon(() => expect(states.at(-1)).toBe('down'))
  await vi.advanceTimersByTimeAsync(2_000)
  server = await listen(port)
  const again = connected()
  await vi.advanceTimersByTimeAsync(10_000)
  const socket = await again
  socket.send(JSON.stringify(TICKER))
  await soon(() => expect(tops).toHaveLength(1))
  expect(tops[0]).toMatchObject({ pair: 'USDT/KZT', bid: '474.10', ask: '474.30' })
  expect(states.at(-1)).toBe('live')
})

test('waits longer each time for a server that gives a price and hangs up', async () => {
  let connections = 0
  server.on('connection', (socket) => {
    connections += 1
    socket.send(JSON.stringify(TICKER), () => socket.close())
  })
  const { states } = follow('binance', ['USDT/KZT'])
  for (let seconds = 0; seconds < 60; seconds++) {
    await vi.advanceTimersByTimeAsync(1_000)
    await new Promise((resolve) => void setImmediate(resolve))
  }
  await soon(() => expect(states.filter((state) => state === 'live').length).toBeGreaterThan(2))
  expect(connections).toBeLessThan(15)
})

test('leaves a Binance server that says that it shuts down', async () => {
  const { states } = follow('binance', ['USDT/KZT'])
  const socket = await connected()
  const again = connected()
  socket.send(JSON.stringify({ e: 'serverShutdown', E: 1770123456789 }))
  await soon(() => expect(states).toContain('down'))
  await vi.advanceTimersByTimeAsync(1_000)
  await again
})

test.each([
  'nonsense',
  '[]',
  'null',
  '{}',
  JSON.stringify({ ...BOOK, type: 'delta' }),
  JSON.stringify({ ...BOOK, data: { ...BOOK.data, s: 'ETHUSDT' } }),
  JSON.stringify({ ...BOOK, topic: 'orderbook.1.XYZ', data: { ...BOOK.data, s: 'XYZ' } }),
  JSON.stringify({ ...BOOK, data: { ...BOOK.data, b: [[16493.5, '0.006']] } }),
  JSON.stringify({ success: false, ret_msg: 'Invalid symbol', conn_id: 'x', op: 'subscribe' }),
])('drops and reports %s', async (text) => {
  const { tops, flaws } = follow('bybit', ['BTC/USDT'])
  const socket = await connected()
  socket.send(text)
  await soon(() => expect(flaws).toHaveLength(1))
  expect(tops).toEqual([])
})

test('hands on an emptied side of the book as an empty price', async () => {
  const { tops } = follow('bybit', ['BTC/USDT'])
  const socket = await connected()
  socket.send(JSON.stringify({ ...BOOK, data: { ...BOOK.data, b: [] } }))
  await soon(() => expect(tops).toHaveLength(1))
  expect(tops[0]).toMatchObject({ bid: '', ask: '16611.00' })
})

test('survives any JSON, binary and oversized messages, and goes on following', async () => {
  const { tops, flaws, states } = follow('bybit', ['BTC/USDT'])
  const socket = await connected()
  for (const junk of fc.sample(fc.json(), 200)) socket.send(junk)
  socket.send(Buffer.from([1, 2, 3]))
  await soon(() => expect(flaws).toHaveLength(201))
  const again = connected()
  socket.send(JSON.stringify({ ...BOOK, padding: 'x'.repeat(100_000) }))
  await soon(() => expect(states).toContain('down'))
  await vi.advanceTimersByTimeAsync(1_000)
  const second = await again
  second.send(JSON.stringify(BOOK))
  await soon(() => expect(tops).toHaveLength(1))
})

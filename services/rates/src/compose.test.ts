import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExchangeId, QuoteId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { PILOT_PROGRAMME_FILE, readProgramme } from '@tolem/programme'
import { createRateMirror, type RateMirror } from '@tolem/quotes/mirror'
import { createQuotes, type Quotes } from '@tolem/quotes/quotes'
import { type Bus, createLocalBus } from '@tolem/redis/bus'
import { createLogger } from '@tolem/telemetry/logger'
import { createMetrics, type Metrics } from '@tolem/telemetry/metrics'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { composeRates, type RatesService } from './compose.ts'

const BYBIT = 'bybit' as ExchangeId
const BINANCE = 'binance' as ExchangeId

/** Looks every 5 ms instead of every 50: what it waits for only crosses loopback. */
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 5 })

/** Both exchanges on one port: Bybit's stream at /bybit, Binance's at /stream, Binance's books by HTTP. */
let http: Server
let sockets: WebSocketServer
let bus: Bus
let isBusBroken = false
let logged: string[] = []
let metrics: Metrics
let service: RatesService
let mirror: RateMirror
let quotes: Quotes

beforeEach(async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  })
  http = createServer((_request, response) => response.writeHead(503).end())
  sockets = new WebSocketServer({ server: http })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  bus = createLocalBus()
  isBusBroken = false
  logged = []
  metrics = createMetrics('rates')
  service = composeService((http.address() as AddressInfo).port)
  mirror = createRateMirror({ bus, exchanges: [BYBIT, BINANCE], onFault: () => {} })
  await mirror.start()
  quotes = createQuotes({
    mirror,
    maximumAgeMs: 5_000,
    now: () => Date.now(),
    newQuoteId: () => 'qte_1' as QuoteId,
  })
})

afterEach(async () => {
  await service.close()
  await mirror.close()
  await bus.close()
  for (const client of sockets.clients) client.terminate()
  http.closeAllConnections()
  await new Promise((resolve) => void http.close(resolve))
  vi.useRealTimers()
})

function composeService(port: number): RatesService {
  const pilot = readProgramme(PILOT_PROGRAMME_FILE)
  const exchanges = pilot.exchanges.map((exchange) =>
    Object.assign(exchange, {
      rails: exchange.rails.map((rail) =>
        Object.assign(rail, { host: `http://127.0.0.1:${port}` }),
      ),
      feed: {
        webSocket: `ws://127.0.0.1:${port}${exchange.id === 'bybit' ? '/bybit' : ''}`,
        silenceMs: 9_000,
        pairs: ['USDT/KZT', 'BTC/USDT', 'USDC/USDT'],
      },
    }),
  )
  return composeRates({
    // Neither the National Bank itself nor volatility: what a jump does to the spread is tested apart.
    programme: {
      ...pilot,
      exchanges,
      ratePolicy: { ...pilot.ratePolicy, officialRate: undefined, volatility: undefined },
    },
    bus: {
      ...bus,
      publish: (channel, message) =>
        isBusBroken ? Promise.reject(new Error('refused')) : bus.publish(channel, message),
    },
    logger: createLogger({
      service: 'rates',
      level: 'info',
      destination: { write: (line) => void logged.push(line) },
    }),
    metrics,
    now: () => Date.now(),
    random: () => 0.5,
  })
}

/** Starts the service and gives both exchanges' ends of the streams. */
async function start(): Promise<{ bybit: WebSocket; binance: WebSocket }> {
  const found = new Map<string, WebSocket>()
  sockets.on('connection', (socket, request) => {
    found.set(request.url === '/bybit' ? 'bybit' : 'binance', socket)
  })
  service.start()
  await soon(() => expect(found.size).toBe(2))
  return { bybit: found.get('bybit') as WebSocket, binance: found.get('binance') as WebSocket }
}

function bybitSays(socket: WebSocket, symbol: string, [bid, ask]: readonly [string, string]): void {
  const data = { s: symbol, b: [[bid, '1']], a: [[ask, '1']], u: 2, seq: 3 }
  const topic = `orderbook.1.${symbol}`
  socket.send(JSON.stringify({ topic, type: 'snapshot', ts: 1, data, cts: 1 }))
}

function binanceSays(
  socket: WebSocket,
  symbol: string,
  [bid, ask]: readonly [string, string],
): void {
  const data = { u: 1, s: symbol, b: bid, B: '1', a: ask, A: '1' }
  socket.send(JSON.stringify({ stream: `${symbol.toLowerCase()}@bookTicker`, data }))
}

/** Says a price, and again a second later: without a witness the first one is not believed. */
async function bybitGoesOnSaying(
  socket: WebSocket,
  symbol: string,
  prices: readonly [string, string],
): Promise<void> {
  bybitSays(socket, symbol, prices)
  await soon(() => {
    expect(mirror.latest(BYBIT, 'USDT')).toMatchObject({ state: 'unsafe', guard: 'unconfirmed' })
  })
  await vi.advanceTimersByTimeAsync(1_000)
  bybitSays(socket, symbol, prices)
}

function quoteAt(exchange: ExchangeId, asset: 'BTC' | 'USDT') {
  return quotes.quote({
    billing: amountOf('KZT', 1_250_000n),
    exchange,
    asset,
    step: 1n,
    spreadBasisPoints: 50,
    feeBasisPoints: 100,
  })
}

test('prices of two exchanges become quotes, each from its own books', async () => {
  const { bybit, binance } = await start()
  expect(quoteAt(BYBIT, 'BTC')).toEqual({ ok: false, reason: 'rate_unavailable' })
  bybitSays(bybit, 'BTCUSDT', ['90000.5', '90001'])
  bybitSays(bybit, 'USDTKZT', ['474.20', '474.40'])
  binanceSays(binance, 'BTCUSDT', ['90010.00000000', '90011.00000000'])
  binanceSays(binance, 'USDTKZT', ['474.10000000', '474.30000000'])
  await soon(() => {
    expect(quoteAt(BYBIT, 'BTC')).toMatchObject({ ok: true, value: { bid: '42678237.1' } })
    expect(quoteAt(BINANCE, 'BTC')).toMatchObject({ ok: true, value: { bid: '42673741' } })
  })
  expect(service.readiness().ready).toBe(true)
  expect(service.readiness().reasons).toContain('no safe rate for USDC at bybit')
  const page = (await metrics.expose()).text
  expect(page).toContain('tolem_rate_feed_state{exchange="bybit",state="live",service="rates"} 1')
  expect(page).toMatch(/tolem_rates_published_total\{exchange="bybit",asset="BTC",state="safe"/)
})

test('a price that jumps is unsafe until it has lasted, and the two exchanges must agree', async () => {
  const { bybit, binance } = await start()
  await bybitGoesOnSaying(bybit, 'USDTKZT', ['474.20', '474.40'])
  await soon(() => expect(quoteAt(BYBIT, 'USDT').ok).toBe(true))
  bybitSays(bybit, 'USDTKZT', ['600.00', '600.20'])
  await soon(() => {
    expect(quoteAt(BYBIT, 'USDT')).toEqual({ ok: false, reason: 'rate_unsafe' })
  })
  await vi.advanceTimersByTimeAsync(1_000)
  bybitSays(bybit, 'USDTKZT', ['600.00', '600.20'])
  await soon(() => expect(quoteAt(BYBIT, 'USDT').ok).toBe(true))
  binanceSays(binance, 'USDTKZT', ['474.10', '474.30'])
  await soon(() => {
    expect(quoteAt(BYBIT, 'USDT')).toEqual({ ok: false, reason: 'rate_unsafe' })
    expect(quoteAt(BINANCE, 'USDT')).toEqual({ ok: false, reason: 'rate_unsafe' })
  })
  expect(logged.filter((line) => line.includes('"guard":"spike"'))).toHaveLength(1)
  expect((await metrics.expose()).text).toMatch(/tolem_rate_ticks_refused_total\{.*guard="spike"/)
})

test('a feed that falls silent leaves no quote after the maximum age, and one word of it restores them', async () => {
  const { bybit } = await start()
  await bybitGoesOnSaying(bybit, 'USDTKZT', ['474.20', '474.40'])
  await soon(() => expect(quoteAt(BYBIT, 'USDT').ok).toBe(true))
  await vi.advanceTimersByTimeAsync(4_500)
  expect(quoteAt(BYBIT, 'USDT').ok).toBe(true)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(quoteAt(BYBIT, 'USDT')).toEqual({ ok: false, reason: 'rate_unavailable' })
  await soon(() => {
    expect(mirror.latest(BYBIT, 'USDT')).toMatchObject({ state: 'unsafe', guard: 'silent' })
  })
  bybitSays(bybit, 'USDTKZT', ['474.20', '474.40'])
  await soon(() => expect(quoteAt(BYBIT, 'USDT').ok).toBe(true))
})

test('a bus that fails is told once, survived, and told once when it is back', async () => {
  const { bybit } = await start()
  await bybitGoesOnSaying(bybit, 'USDTKZT', ['474.20', '474.40'])
  await soon(() => expect(quoteAt(BYBIT, 'USDT').ok).toBe(true))
  isBusBroken = true
  for (let seconds = 0; seconds < 6; seconds++) {
    bybitSays(bybit, 'USDTKZT', ['474.20', '474.40'])
    await soon(() => expect(service.readiness().ready).toBe(true))
    await vi.advanceTimersByTimeAsync(1_000)
  }
  expect(quoteAt(BYBIT, 'USDT').ok).toBe(false)
  isBusBroken = false
  await vi.advanceTimersByTimeAsync(1_000)
  await soon(() => expect(quoteAt(BYBIT, 'USDT').ok).toBe(true))
  const times = (text: string) => logged.filter((line) => line.includes(text)).length
  await soon(() => expect(times('the bus takes rates again')).toBe(1))
  expect(times('the bus takes no rates')).toBe(1)
})

import { type RawData, WebSocket } from 'ws'
import { type PriceProtocol, type StreamEvent, symbolOf } from './price-protocol.ts'
import type { FeedState, PriceFeed, PriceFeedOptions } from './prices.ts'

/**
 * The part of following prices that all exchanges share: one socket, reconnected for ever with capped, jittered
 * backoff; heartbeats; the silence rule; and the promise that nothing an exchange sends can throw. It uses `ws`, not
 * the built-in WebSocket, because that one has no message size cap of its own, no handshake limit and no way to cut a
 * connection without the peer's consent.
 */

/** A top of book is under 300 bytes; a list of refusals may be longer. More than this is not for us. */
const LARGEST_MESSAGE_BYTES = 65_536

/** Longer than any handshake that we would want to trade behind. */
const HANDSHAKE_MS = 5_000

/** 0.25 s, doubling to 10 s: at worst 30 attempts in 5 minutes, a tenth of what Binance allows one address. */
const FIRST_BACKOFF_MS = 250
const LONGEST_BACKOFF_MS = 10_000

/** A connection that lived this long was a good one: what ends it is no reason to wait longer than at first. */
const STEADY_MS = 30_000

/** How often silence is looked for: small against the 3 s in which the quickest exchange repeats itself. */
const WATCH_EVERY_MS = 500

type Stream = {
  readonly protocol: PriceProtocol
  readonly options: PriceFeedOptions
  readonly pairBySymbol: ReadonlyMap<string, string>
  /** When each symbol was last heard or asked for on the present connection. */
  readonly heardAt: Map<string, number>
  socket: WebSocket | undefined
  heartbeat: NodeJS.Timeout | undefined
  reconnection: NodeJS.Timeout | undefined
  state: FeedState | undefined
  openedAt: number | undefined
  /** When the present connection last gave a price, or opened. */
  signAt: number | undefined
  failures: number
  lastError: string
  isClosed: boolean
}

/** Starts to follow `options.pairs`; see {@link PriceFeedOptions} for what is told to whom. */
export function createPriceStream(protocol: PriceProtocol, options: PriceFeedOptions): PriceFeed {
  const stream: Stream = {
    protocol,
    options,
    pairBySymbol: new Map(options.pairs.map((pair) => [symbolOf(pair), pair])),
    heardAt: new Map(),
    socket: undefined,
    heartbeat: undefined,
    reconnection: undefined,
    state: undefined,
    openedAt: undefined,
    signAt: undefined,
    failures: 0,
    lastError: '',
    isClosed: false,
  }
  connect(stream)
  const watch = setInterval(() => watchSilence(stream), WATCH_EVERY_MS)
  return {
    exchange: options.exchange,
    close: async () => {
      clearInterval(watch)
      await end(stream)
    },
  }
}

function connect(stream: Stream): void {
  const { protocol, options, pairBySymbol } = stream
  enter(stream, 'connecting', options.url)
  const socket = new WebSocket(protocol.urlOf(options.url, [...pairBySymbol.keys()]), {
    maxPayload: LARGEST_MESSAGE_BYTES,
    handshakeTimeout: HANDSHAKE_MS,
    perMessageDeflate: false,
    followRedirects: false,
  })
  stream.socket = socket
  stream.lastError = ''
  socket.on('open', () => onOpen(stream, socket))
  socket.on('message', (data, isBinary) => onMessage(stream, data, isBinary))
  socket.on('error', (error) => {
    stream.lastError = error.message
  })
  socket.on('close', (code) => onClose(stream, code))
}

function onOpen(stream: Stream, socket: WebSocket): void {
  const { protocol, options, pairBySymbol } = stream
  const openedAt = options.now()
  stream.openedAt = openedAt
  stream.signAt = openedAt
  for (const symbol of pairBySymbol.keys()) stream.heardAt.set(symbol, openedAt)
  for (const text of protocol.subscriptions([...pairBySymbol.keys()])) socket.send(text)
  const { heartbeat } = protocol
  if (heartbeat === undefined) return
  stream.heartbeat = setInterval(() => sendIfOpen(socket, heartbeat.text), heartbeat.everyMs)
}

function onMessage(stream: Stream, data: RawData, isBinary: boolean): void {
  try {
    const isText = !isBinary && Buffer.isBuffer(data)
    const event = isText ? readText(stream.protocol, data) : flaw('a binary message')
    if (event.kind === 'top') onTop(stream, event)
    if (event.kind === 'flaw') stream.options.onFlaw(event.detail)
    if (event.kind === 'leaving') stream.socket?.close()
  } catch (error) {
    // A listener that throws must not end the process from inside a socket: the price is lost, and the loss is told.
    stream.options.onFlaw(`a listener failed: ${String(error)}`)
  }
}

function readText(protocol: PriceProtocol, data: Buffer): StreamEvent {
  let message: unknown
  try {
    message = JSON.parse(data.toString('utf8'))
  } catch {
    // Not JSON is an answer like any other that the documents do not know: it is told, and nothing follows from it.
    return flaw('not JSON')
  }
  return protocol.read(message)
}

function onTop(stream: Stream, top: StreamEvent & { kind: 'top' }): void {
  const { options } = stream
  const pair = stream.pairBySymbol.get(top.symbol)
  if (pair === undefined) return options.onFlaw(`not asked for: ${top.symbol.slice(0, 32)}`)
  const receivedAt = options.now()
  stream.signAt = receivedAt
  stream.heardAt.set(top.symbol, receivedAt)
  enter(stream, 'live', options.url)
  options.onTop({ exchange: options.exchange, pair, bid: top.bid, ask: top.ask, receivedAt })
}

/** A socket that is open and gives no price is cut; one silent book among others is asked for again. */
function watchSilence(stream: Stream): void {
  const { options, protocol, socket } = stream
  if (socket?.readyState !== WebSocket.OPEN || stream.signAt === undefined) return
  const oldestAllowed = options.now() - options.silenceMs
  if (stream.signAt < oldestAllowed) {
    enter(stream, 'stale', `no price for ${options.silenceMs} ms`)
    return socket.terminate()
  }
  if (!protocol.repeatsWhenIdle) return
  for (const [symbol, heardAt] of stream.heardAt) {
    if (heardAt >= oldestAllowed) continue
    stream.heardAt.set(symbol, options.now())
    options.onFlaw(`silent: ${symbol}`)
    for (const text of protocol.subscriptions([symbol])) socket.send(text)
  }
}

function onClose(stream: Stream, code: number): void {
  clearInterval(stream.heartbeat)
  const livedMs = stream.openedAt === undefined ? 0 : stream.options.now() - stream.openedAt
  if (livedMs >= STEADY_MS) stream.failures = 0
  stream.openedAt = undefined
  stream.signAt = undefined
  if (stream.isClosed) return
  enter(stream, 'down', stream.lastError || `closed with code ${code}`)
  const longest = Math.min(FIRST_BACKOFF_MS * 2 ** stream.failures, LONGEST_BACKOFF_MS)
  stream.failures = Math.min(stream.failures + 1, 16)
  // Between half and all of it, so that followers that fell together do not come back together.
  const waitMs = longest * (0.5 + stream.options.random() / 2)
  stream.reconnection = setTimeout(() => connect(stream), waitMs)
}

async function end(stream: Stream): Promise<void> {
  stream.isClosed = true
  clearTimeout(stream.reconnection)
  const { socket } = stream
  if (socket === undefined || socket.readyState === WebSocket.CLOSED) return
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
    socket.terminate()
  })
}

function enter(stream: Stream, state: FeedState, detail: string): void {
  if (stream.state === state) return
  stream.state = state
  stream.options.onState(state, detail)
}

function sendIfOpen(socket: WebSocket, text: string): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(text)
}

function flaw(detail: string): StreamEvent {
  return { kind: 'flaw', detail }
}

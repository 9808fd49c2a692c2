import { z } from 'zod'
import type { PriceProtocol, StreamEvent } from '../price-protocol.ts'
import { createPriceStream } from '../price-stream.ts'
import type { BookTop, PriceFeed, PriceFeedOptions } from '../prices.ts'
import { createBookCheck } from './book-check.ts'

/**
 * Binance's combined stream of `SYMBOL@bookTicker`. It speaks only when a book changes, and the one tenge book,
 * USDTKZT, may rest for minutes with a price that is still true. So where `restUrl` is given, a book that has not been
 * heard for a while is read by HTTP, which is a sign of life of its own; that also gives the first price after
 * connecting, and the price while the socket cannot be opened.
 *
 * A stream that is open and silent altogether is another matter: then the exchange's market data has stalled, HTTP
 * reads the same data, and no answer of it is believed until the stream speaks again.
 */
export function createBinancePriceFeed(options: PriceFeedOptions): PriceFeed {
  const heardAt = new Map<string, number>()
  let isStalled = false
  const tell = (top: BookTop) => {
    heardAt.set(top.pair, top.receivedAt)
    options.onTop(top)
  }
  const stream = createPriceStream(PROTOCOL, {
    ...options,
    onTop: (top) => {
      isStalled = false
      tell(top)
    },
    onState: (state, detail) => {
      if (state === 'stale') isStalled = true
      options.onState(state, detail)
    },
  })
  if (options.restUrl === undefined) return stream

  const check = createBookCheck({
    restUrl: options.restUrl,
    now: options.now,
    onFlaw: options.onFlaw,
    quietPairs: (before) =>
      isStalled ? [] : options.pairs.filter((pair) => (heardAt.get(pair) ?? 0) < before),
    onTop: (pair, top, askedAt) => {
      const isOvertaken = (heardAt.get(pair) ?? 0) >= askedAt
      if (isStalled || isOvertaken) return
      tell({ exchange: options.exchange, pair, ...top, receivedAt: askedAt })
    },
  })
  return {
    exchange: options.exchange,
    close: async () => {
      await Promise.all([stream.close(), check.close()])
    },
  }
}

const price = z.string().max(64)
const ticker = z.object({ s: z.string(), b: price, a: price })
const combined = z.object({ stream: z.string(), data: ticker })
const farewell = z.object({ e: z.literal('serverShutdown') })
const shutdown = z.union([farewell, z.object({ data: farewell })])

const PROTOCOL: PriceProtocol = {
  urlOf: (url, symbols) => {
    const streams = symbols.map((symbol) => `${symbol.toLowerCase()}@bookTicker`)
    return `${url.replace(/\/$/, '')}/stream?streams=${streams.join('/')}`
  },
  subscriptions: () => [],
  repeatsWhenIdle: false,
  read,
}

function read(message: unknown): StreamEvent {
  const book = combined.safeParse(message)
  if (book.success) return readBook(book.data)
  if (shutdown.safeParse(message).success) return { kind: 'leaving' }
  return { kind: 'flaw', detail: 'not a message of this stream' }
}

function readBook({ stream, data }: z.output<typeof combined>): StreamEvent {
  if (stream !== `${data.s.toLowerCase()}@bookTicker`)
    return { kind: 'flaw', detail: 'stream and symbol differ' }
  return { kind: 'top', symbol: data.s, bid: data.b, ask: data.a }
}

import { z } from 'zod'
import type { BooksProtocol } from '../price-books.ts'
import { createPriceFeed } from '../price-feed.ts'
import type { PriceProtocol, StreamEvent } from '../price-protocol.ts'
import type { PriceFeed, PriceFeedOptions } from '../prices.ts'
import { binanceProtection } from './protection.ts'

/**
 * Binance's combined stream of `SYMBOL@bookTicker`. It speaks only when a book changes, and the one tenge book,
 * USDTKZT, may rest for minutes with a price that is still true; that price is read by HTTP meanwhile, which has no
 * time of its own and is stamped with when it was asked for.
 */
export function createBinancePriceFeed(options: PriceFeedOptions): PriceFeed {
  const life = { quietMs: QUIET_MS, aliveMs: options.silenceMs }
  return createPriceFeed({ stream: STREAM, books: BOOKS, ...life }, options)
}

/** Well inside the 5 s that a rate may be old. */
const QUIET_MS = 1_500

const price = z.string().max(64)
const ticker = z.object({ s: z.string(), b: price, a: price })
const combined = z.object({ stream: z.string(), data: ticker })
const farewell = z.object({ e: z.literal('serverShutdown') })
const shutdown = z.union([farewell, z.object({ data: farewell })])

const STREAM: PriceProtocol = {
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

const bookTicker = z.object({ symbol: z.string(), bidPrice: price, askPrice: price })
const bookTickers = z.union([z.array(bookTicker), bookTicker.transform((one) => [one])])

const BOOKS: BooksProtocol = {
  paths: (symbols, how) => {
    const path = '/api/v3/ticker/bookTicker'
    if (how === 'apart' || symbols.length === 1)
      return symbols.map((symbol) => `${path}?symbol=${symbol}`)
    return [`${path}?symbols=${encodeURIComponent(JSON.stringify(symbols))}`]
  },
  read: (answer) =>
    bookTickers
      .safeParse(answer)
      .data?.map(({ symbol, bidPrice: bid, askPrice: ask }) => ({ symbol, bid, ask })),
  pauseMsOf: (one) => Math.max(binanceProtection.pauseMsOf(one), binanceProtection.banMsOf(one)),
}

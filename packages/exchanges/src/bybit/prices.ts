import { z } from 'zod'
import { retryAfterMs } from '../http/retry-after.ts'
import type { BooksProtocol } from '../price-books.ts'
import { createPriceFeed } from '../price-feed.ts'
import type { PriceProtocol, StreamEvent } from '../price-protocol.ts'
import type { PriceFeed, PriceFeedOptions } from '../prices.ts'
import { bybitProtection } from './protection.ts'

/**
 * Bybit's public spot stream: `orderbook.1.SYMBOL`, because spot tickers carry no bid and ask. Level 1 sends snapshots
 * only, on each change and again after 3 s without one, with the same `u`: so a book that is silent for longer is dead,
 * and a repeat is as good a sign of life as a change. By HTTP the same prices stand in the spot tickers, which do carry
 * them there.
 */
export function createBybitPriceFeed(options: PriceFeedOptions): PriceFeed {
  return createPriceFeed({ stream: STREAM, books: BOOKS, ...LIFE }, options)
}

/** A book that has not come again half a second after it was due is read by HTTP, inside the 5 s of a rate's age. */
const LIFE = { quietMs: 3_500, aliveMs: 3_500 } as const

const TOPIC = 'orderbook.1.'

const level = z.tuple([z.string().max(64), z.string()])

const snapshot = z.object({
  topic: z.string().startsWith(TOPIC),
  type: z.literal('snapshot'),
  data: z.object({ s: z.string(), b: z.array(level).max(1), a: z.array(level).max(1) }),
})

/** The answer to `subscribe` and `ping`. */
const answer = z.object({ success: z.boolean(), ret_msg: z.string().optional(), op: z.string() })

const STREAM: PriceProtocol = {
  urlOf: (url) => url,
  // One request for each book: a list with one unknown symbol would be refused whole.
  subscriptions: (symbols) =>
    symbols.map((symbol) => JSON.stringify({ op: 'subscribe', args: [TOPIC + symbol] })),
  heartbeat: { text: JSON.stringify({ op: 'ping' }), everyMs: 20_000 },
  repeatsWhenIdle: true,
  read,
}

function read(message: unknown): StreamEvent {
  const book = snapshot.safeParse(message)
  if (book.success) return readBook(book.data)
  const said = answer.safeParse(message)
  if (!said.success) return { kind: 'flaw', detail: 'not a message of this stream' }
  if (said.data.success) return { kind: 'ignored' }
  const detail = `${said.data.op} refused: ${said.data.ret_msg ?? ''}`.slice(0, 200)
  return { kind: 'flaw', detail }
}

function readBook({ topic, data }: z.output<typeof snapshot>): StreamEvent {
  if (topic !== TOPIC + data.s) return { kind: 'flaw', detail: 'topic and symbol differ' }
  return { kind: 'top', symbol: data.s, bid: data.b[0]?.[0] ?? '', ask: data.a[0]?.[0] ?? '' }
}

/** Too many calls, 10006 or a bare 429, are over within their window (Bybit V5, Rate Limit Rules). */
const RATE_WINDOW_MS = 5_000

const price = z.string().max(64)

const tickers = z.object({
  retCode: z.literal(0),
  result: z.object({
    list: z.array(z.object({ symbol: z.string(), bid1Price: price, ask1Price: price })),
  }),
})

const BOOKS: BooksProtocol = {
  // Without a symbol it tells of all, several hundred: a call each is less, and one unknown symbol harms no other.
  paths: (symbols) => symbols.map((symbol) => `/v5/market/tickers?category=spot&symbol=${symbol}`),
  read: (answer) =>
    tickers
      .safeParse(answer)
      .data?.result.list.map(({ symbol, bid1Price: bid, ask1Price: ask }) => ({
        symbol,
        bid,
        ask,
      })),
  pauseMsOf: (one) => {
    const isOver = one.status === 429 || /"retCode":\s*10006\b/.test(one.body)
    const windowMs = isOver ? retryAfterMs(one, RATE_WINDOW_MS) : 0
    return Math.max(windowMs, bybitProtection.pauseMsOf(one), bybitProtection.banMsOf(one))
  },
}

import { type BooksProtocol, createBookReader, type RestTop } from './price-books.ts'
import type { PriceProtocol } from './price-protocol.ts'
import { createPriceStream } from './price-stream.ts'
import type { BookTop, PriceFeed, PriceFeedOptions } from './prices.ts'

/** How an exchange's prices are followed. */
export type FeedProtocol = {
  readonly stream: PriceProtocol
  readonly books: BooksProtocol
  /** While the stream gives prices, a single book is read by HTTP when it has not been heard for this long. */
  readonly quietMs: number
  /** For how long the stream's last price proves that the exchange's market data live. */
  readonly aliveMs: number
}

/**
 * While the stream gives none, HTTP is believed for this long after any price changed, over either way: an exchange
 * whose market data stand still answers HTTP with the last of them for ever, each time as if they were new.
 */
const STALLED_MS = 3_000

/** While the stream gives no prices every book is read in each round; rounds are a second apart. */
const FALLBACK_QUIET_MS = 500

type Feed = {
  readonly protocol: FeedProtocol
  readonly options: PriceFeedOptions
  readonly heardAt: Map<string, number>
  readonly known: Map<string, string>
  changedAt: number
  streamedAt: number
}

/**
 * Follows the books over the exchange's stream and, where `restUrl` is given, reads them by HTTP: each book that is
 * quiet on a stream that lives, and all of them while the stream is down or silent. The stream's next price ends that.
 * Of two receipts of one book the newest counts: an answer is stamped with when it was asked for, and dropped when the
 * stream has spoken since.
 */
export function createPriceFeed(protocol: FeedProtocol, options: PriceFeedOptions): PriceFeed {
  const feed: Feed = {
    protocol,
    options,
    heardAt: new Map(),
    known: new Map(),
    changedAt: Number.NEGATIVE_INFINITY,
    streamedAt: Number.NEGATIVE_INFINITY,
  }
  const stream = createPriceStream(protocol.stream, {
    ...options,
    onTop: (top) => {
      feed.streamedAt = top.receivedAt
      learn(feed, top)
      tell(feed, top)
    },
  })
  if (options.restUrl === undefined) return stream
  const reader = createBookReader(protocol.books, {
    restUrl: options.restUrl,
    now: options.now,
    bannedUntil: options.bannedUntil,
    pairsToRead: () => pairsToRead(feed),
    onBooks: (books, askedAt) => take(feed, books, askedAt),
    onFlaw: options.onFlaw,
  })
  return {
    exchange: options.exchange,
    close: async () => {
      await Promise.all([stream.close(), reader.close()])
    },
  }
}

function pairsToRead(feed: Feed): readonly string[] {
  const { options, protocol, heardAt } = feed
  const now = options.now()
  const quietMs = isStreaming(feed, now) ? protocol.quietMs : FALLBACK_QUIET_MS
  return options.pairs.filter(
    (pair) => (heardAt.get(pair) ?? Number.NEGATIVE_INFINITY) < now - quietMs,
  )
}

function take(feed: Feed, books: ReadonlyMap<string, RestTop>, askedAt: number): void {
  const { options, heardAt } = feed
  const tops = [...books].map(
    ([pair, { bid, ask }]): BookTop => ({
      exchange: options.exchange,
      pair,
      bid,
      ask,
      receivedAt: askedAt,
      via: 'rest',
    }),
  )
  const timely = tops.filter(
    ({ pair }) => (heardAt.get(pair) ?? Number.NEGATIVE_INFINITY) < askedAt,
  )
  for (const top of timely) learn(feed, top)
  const isLiving = isStreaming(feed, askedAt) || askedAt - feed.changedAt <= STALLED_MS
  if (isLiving) for (const top of timely) tell(feed, top)
}

function isStreaming({ streamedAt, protocol }: Feed, now: number): boolean {
  return now - streamedAt <= protocol.aliveMs
}

function learn(feed: Feed, { pair, bid, ask, receivedAt }: BookTop): void {
  const price = `${bid} ${ask}`
  if (feed.known.get(pair) === price) return
  feed.known.set(pair, price)
  feed.changedAt = receivedAt
}

function tell(feed: Feed, top: BookTop): void {
  feed.heardAt.set(top.pair, top.receivedAt)
  feed.options.onTop(top)
}

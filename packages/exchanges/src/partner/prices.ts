import { z } from 'zod'
import { type BooksProtocol, createBookReader } from '../price-books.ts'
import type { FeedState, PriceFeed, PriceFeedOptions } from '../prices.ts'
import { partnerProtection } from './protection.ts'

/** Pairs have no slash inside the feeds; the protocol writes one. */
const pairOf = (symbol: string) => symbol.replace(/(USDT|KZT)$/, '/$1')

const answer = z.object({
  books: z.array(
    z.object({ pair: z.string(), bid: z.string(), ask: z.string(), at: z.number().int() }),
  ),
})

/** How often silence is looked for. */
const WATCH_EVERY_MS = 500

/**
 * Follows a partner's books (partner protocol, `GET /v1/books`, unsigned): once a second, all pairs in one call. A book
 * says itself of when it is; one that is older than the silence rule allows is dropped, as if it had not come.
 *
 * @throws {Error} when the programme names no host for them.
 */
export function createPartnerPriceFeed(options: PriceFeedOptions): PriceFeed {
  const { restUrl, now, silenceMs, pairs, exchange } = options
  if (restUrl === undefined)
    throw new Error(`${exchange} tells prices by HTTP alone: name feed.rest`)
  let heardAt = now()
  let state: FeedState | undefined
  const enter = (next: FeedState, detail: string) => {
    if (state === next) return
    state = next
    options.onState(next, detail)
  }
  enter('connecting', restUrl)
  const reader = createBookReader(booksOf(options), {
    restUrl,
    now,
    bannedUntil: options.bannedUntil,
    pairsToRead: () => pairs,
    onFlaw: options.onFlaw,
    onBooks(books, askedAt) {
      heardAt = askedAt
      enter('live', restUrl)
      for (const [pair, { bid, ask }] of books)
        options.onTop({ exchange, pair, bid, ask, receivedAt: askedAt, via: 'rest' })
    },
  })
  const watch = setInterval(() => {
    if (now() - heardAt > silenceMs) enter('stale', `no price for ${silenceMs} ms`)
  }, WATCH_EVERY_MS)
  return {
    exchange,
    close: async () => {
      clearInterval(watch)
      await reader.close()
    },
  }
}

function booksOf({ now, silenceMs }: PriceFeedOptions): BooksProtocol {
  return {
    paths: (symbols) => [`/v1/books?pairs=${symbols.map(pairOf).join(',')}`],
    read: (told) => {
      const { data } = answer.safeParse(told)
      return data?.books
        .filter(({ at }) => at >= now() - silenceMs)
        .map(({ pair, bid, ask }) => ({ symbol: pair.replace('/', ''), bid, ask }))
    },
    pauseMsOf: (one) => Math.max(partnerProtection.pauseMsOf(one), partnerProtection.banMsOf(one)),
  }
}

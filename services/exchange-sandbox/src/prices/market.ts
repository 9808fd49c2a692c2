import type { Exchange } from '../coins.ts'
import { createRandom, type Random } from '../random.ts'
import { type MarketSymbol, SYMBOLS } from './symbols.ts'

/** The top of one order book. Prices and sizes are decimal strings with the listing's decimals. */
export type Top = {
  readonly symbol: MarketSymbol
  readonly bid: string
  readonly bidSize: string
  readonly ask: string
  readonly askSize: string
  /** Grows by one with each change; a re-push keeps it. */
  readonly update: number
  readonly changedAt: number
}

/** Bid and ask as someone pinned them, and their sizes if those too: they need make no sense. */
export type Pin = Pick<Top, 'bid' | 'ask'> & Partial<Pick<Top, 'bidSize' | 'askSize'>>

/** Prices at all exchanges, which follow one walk per symbol, so that they agree but for step and depth. */
export type Market = {
  top(exchange: Exchange, symbol: string): Top | undefined
  tops(exchange: Exchange): readonly Top[]
  /** Moves every book once. An exchange for which `isFrozen` holds stands still. */
  step(isFrozen: (exchange: Exchange) => boolean): void
  pin(exchange: Exchange, symbol: string, pin: Pin): void
  unpin(exchange: Exchange, symbol: string): void
  /** Calls `listener` for each book that changed, until what it gives is called. */
  onChange(listener: (exchange: Exchange, top: Top) => void): () => void
}

const EXCHANGES: readonly Exchange[] = ['binance', 'bybit', 'partner']

/** How strongly each step draws the walk back to its level: it forgets in about two hours of half-second steps. */
const REVERSION = 0.0001

type Book = {
  readonly exchange: Exchange
  readonly symbol: MarketSymbol
  readonly random: Random
  top: Top
  pin?: Pin
}

type Walk = { readonly symbol: MarketSymbol; readonly random: Random; position: number }

/** A seeded random walk: the same seed and number of steps give the same prices. */
export function createMarket(deps: { seed: number; now: () => number }): Market {
  const { seed, now } = deps
  const walks = SYMBOLS.map((symbol): Walk => {
    return { symbol, random: createRandom(seed, symbol.symbol), position: 0 }
  })
  const books = new Map<string, Book>()
  const listeners = new Set<(exchange: Exchange, top: Top) => void>()
  for (const { symbol } of walks) {
    for (const exchange of EXCHANGES) {
      const random = createRandom(seed, `${exchange}/${symbol.symbol}`)
      const quoted = quote({ symbol, exchange, random, price: symbol.level })
      const top = { ...quoted, update: 1_000, changedAt: now() }
      books.set(`${exchange} ${symbol.symbol}`, { exchange, symbol, random, top })
    }
  }

  const change = (book: Book, next: Omit<Top, 'update' | 'changedAt'>) => {
    book.top = { ...next, update: book.top.update + 1, changedAt: now() }
    for (const listener of listeners) listener(book.exchange, book.top)
  }
  const find = (exchange: Exchange, symbol: string) => books.get(`${exchange} ${symbol}`)
  const follow = (walk: Walk, exchange: Exchange, isFrozen: (exchange: Exchange) => boolean) => {
    const book = find(exchange, walk.symbol.symbol)
    if (book === undefined) return
    // Drawn even when it is not used: what stands still must not change the path of what follows.
    const next = quote({ ...book, price: walk.symbol.level * Math.exp(walk.position) })
    if (book.pin === undefined && !isFrozen(exchange)) change(book, next)
  }

  return {
    top: (exchange, symbol) => find(exchange, symbol)?.top,
    tops: (exchange) =>
      [...books.values()].filter((book) => book.exchange === exchange).map(({ top }) => top),
    step: (isFrozen) => {
      for (const walk of walks.filter(advance)) {
        for (const exchange of EXCHANGES) follow(walk, exchange, isFrozen)
      }
    },
    pin: (exchange, symbol, pin) => {
      const book = find(exchange, symbol)
      if (book === undefined) return
      book.pin = pin
      change(book, { ...book.top, ...pin })
    },
    unpin: (exchange, symbol) => {
      delete find(exchange, symbol)?.pin
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** Moves the walk, or lets it rest. Draws the same number of random numbers either way. */
function advance(walk: Walk): boolean {
  const { random, symbol } = walk
  const isActive = random() < symbol.activity
  // The sum of four uniform numbers is close enough to a bell; its standard deviation is 1/sqrt(3).
  const bell = (random() + random() + random() + random() - 2) * Math.sqrt(3)
  if (!isActive) return false
  walk.position += bell * symbol.volatility - walk.position * REVERSION
  return true
}

/** The best prices around `price`, on the listing's ticks: the bid is always below the ask. */
function quote(options: {
  symbol: MarketSymbol
  exchange: Exchange
  random: Random
  price: number
}): Omit<Top, 'update' | 'changedAt'> {
  const { symbol, exchange, random, price } = options
  const { tickDecimals, sizeDecimals, size } = symbol.listings[exchange]
  const ticks = price * 10 ** tickDecimals
  const bid = Math.floor(ticks * (1 - symbol.halfSpread))
  const ask = Math.max(bid + 1, Math.ceil(ticks * (1 + symbol.halfSpread)))
  const sizeAround = () => (size * (0.2 + 1.6 * random())).toFixed(sizeDecimals)
  return {
    symbol,
    bid: (bid / 10 ** tickDecimals).toFixed(tickDecimals),
    bidSize: sizeAround(),
    ask: (ask / 10 ** tickDecimals).toFixed(tickDecimals),
    askSize: sizeAround(),
  }
}

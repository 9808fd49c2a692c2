import { Pool } from 'undici'
import { type Answered, LARGEST_BODY_BYTES, sendOnce } from './http/send.ts'
import { symbolOf } from './price-protocol.ts'

/** One book as an exchange's HTTP answer tells it; texts as they came. */
export type RestTop = { readonly symbol: string; readonly bid: string; readonly ask: string }

/** How an exchange tells its order books by HTTP. */
export type BooksProtocol = {
  /** The calls that together tell of these symbols: all in one where that is possible, or one by one. */
  paths(symbols: readonly string[], how: 'together' | 'apart'): readonly string[]
  /** @param answer any JSON value. Nothing where it is not an answer of these calls. */
  read(answer: unknown): readonly RestTop[] | undefined
  /** How long an answer asks us to stay away, in milliseconds; 0 when it does not. */
  pauseMsOf(answer: Answered): number
}

/** What is read for whom. */
export type BookReading = {
  readonly restUrl: string
  readonly now: () => number
  readonly bannedUntil?: (() => number) | undefined
  /** Which pairs are to be read now; asked once a second. */
  readonly pairsToRead: () => readonly string[]
  /** One round's books by pair. `askedAt` is when the first request left: the prices were true then or later. */
  readonly onBooks: (books: ReadonlyMap<string, RestTop>, askedAt: number) => void
  readonly onFlaw: (detail: string) => void
}

/**
 * How often books are read. At Binance all books are one call of weight 4: 240 of the 6,000 weights that an address has
 * a minute. At Bybit each book is a call: with six books 30 of the 600 calls that an address has in five seconds.
 */
const READ_EVERY_MS = 1_000

const CALL_MS = 2_000
const CONNECTIONS = 4

type Reader = {
  readonly protocol: BooksProtocol
  readonly reading: BookReading
  readonly pool: Pool
  pausedUntil: number
  how: 'together' | 'apart'
}

/** Reads books by HTTP until closed: one round at a time, and none while the exchange asks us to stay away. */
export function createBookReader(
  protocol: BooksProtocol,
  reading: BookReading,
): { close(): Promise<void> } {
  const pool = new Pool(reading.restUrl, {
    connections: CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: CALL_MS },
    maxResponseSize: LARGEST_BODY_BYTES,
  })
  const reader: Reader = { protocol, reading, pool, pausedUntil: 0, how: 'together' }
  let underWay: Promise<void> | undefined
  const timer = setInterval(() => {
    if (underWay !== undefined) return
    underWay = readRound(reader).finally(() => {
      underWay = undefined
    })
  }, READ_EVERY_MS)
  return {
    close: async () => {
      clearInterval(timer)
      await pool.destroy()
      await underWay
    },
  }
}

async function readRound(reader: Reader): Promise<void> {
  const { reading, protocol, how } = reader
  const askedAt = reading.now()
  const bannedUntil = reading.bannedUntil?.() ?? 0
  if (askedAt < Math.max(reader.pausedUntil, bannedUntil)) return
  const pairBySymbol = new Map(reading.pairsToRead().map((pair) => [symbolOf(pair), pair]))
  if (pairBySymbol.size === 0) return
  const paths = protocol.paths([...pairBySymbol.keys()], how)
  const read = await Promise.all(paths.map((path) => readOne(reader, path, askedAt)))
  const books = new Map<string, RestTop>()
  for (const top of read.flat()) {
    const pair = pairBySymbol.get(top.symbol)
    if (pair === undefined) reading.onFlaw(`book of ${top.symbol.slice(0, 32)}: not asked for`)
    else books.set(pair, top)
  }
  if (books.size > 0) reading.onBooks(books, askedAt)
}

async function readOne(reader: Reader, path: string, askedAt: number): Promise<readonly RestTop[]> {
  const { reading, protocol, pool } = reader
  const failed = (detail: string) => {
    // Without an answer the books simply grow old; the next round asks again.
    reading.onFlaw(`books by HTTP: ${detail}`)
    return []
  }
  const answer = await sendOnce(pool, { method: 'GET', path, headers: {} }, CALL_MS)
  if (answer.kind !== 'answered') return failed(answer.detail)
  const pauseMs = protocol.pauseMsOf(answer)
  if (pauseMs > 0) reader.pausedUntil = Math.max(reader.pausedUntil, askedAt + pauseMs)
  // A list with one symbol that the exchange does not know is refused whole.
  if (answer.status === 400) reader.how = 'apart'
  if (answer.status !== 200) return failed(`HTTP ${answer.status}`)
  return protocol.read(parse(answer.body)) ?? failed('not books')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON is an answer like any other that the documents do not know.
    return undefined
  }
}

import type { ExchangeId } from '@tolem/domain/ids'
import type { BookTop } from '@tolem/exchanges/prices'
import { createRandom } from '@tolem/testing/random'

/** What is wrong with a tick, or with all ticks of a book for a while. */
export type Fault =
  | 'zero'
  | 'negative'
  | 'not_a_number'
  | 'empty'
  | 'exponent'
  | 'crossed'
  | 'inverted'
  | 'wrong_scale'
  | 'spiked'
  | 'nudged'
  | 'out_of_order'
  | 'lying'
  | 'lying_together'
  | 'stale'
  | 'silent'

/** Everything that was played, and what the prices truly were. */
export type Tape = {
  /** The next tick, about ten milliseconds after the last; nothing where a book that is silent would have spoken. */
  next(): BookTop | undefined
  /** Milliseconds since the epoch. */
  now(): number
  /** The lowest and the highest true price of a pair since a time at most ten seconds ago. */
  truth(pair: string, since: number): { readonly lowest: number; readonly highest: number }
  readonly faults: ReadonlyMap<Fault, number>
}

/** The largest error of a single tick that no guard has to find, and the noise of honest ones: parts of the price. */
export const LARGEST_NUDGE = 0.01
export const NOISE = 0.0004

const START = Date.UTC(2026, 10, 22, 12)
const EXCHANGES = ['bybit' as ExchangeId, 'binance' as ExchangeId]
const REMEMBERED_MS = 10_000

/** A pair's level, its move in a square root of a second, and how strongly it is drawn back to its level in one. */
const PAIRS = [
  { pair: 'USDT/KZT', level: 474.2, perSecond: 0.0001, decimals: 3, reversion: 0.01 },
  { pair: 'USDC/USDT', level: 1, perSecond: 0.00001, decimals: 5, reversion: 0.01 },
  { pair: 'BTC/USDT', level: 90_000, perSecond: 0.0002, decimals: 2, reversion: 0.001 },
] as const

type Market = (typeof PAIRS)[number] & {
  position: number
  movedAt: number
  jumpedAt: number
  readonly past: { readonly at: number; readonly price: number }[]
}

/** An illness of a book: until when, and for a liar by which factor, for a stale one at which price. */
type Illness = {
  readonly kind: 'lying' | 'lying_together' | 'stale' | 'silent'
  readonly until: number
  readonly factor: number
  readonly price: number
}

type Book = {
  readonly exchange: ExchangeId
  readonly market: Market
  illness: Illness | undefined
  wasSpiked: boolean
}

/**
 * Two exchanges with three books each, from a seed. Of one pair at most one book at a time lies or is stale, while the
 * other speaks honestly, and at most one is silent: without one honest witness nobody could tell. Both lie together
 * about the tenge alone, which has the National Bank for a witness. Single bad ticks come at any time; between two that
 * are spiked stands an honest one, and none is spiked right after the price has truly jumped.
 */
export function createTape(seed: number): Tape {
  const random = createRandom(seed)
  const faults = new Map<Fault, number>()
  let now = START
  const markets = PAIRS.map((pair): Market => {
    return {
      ...pair,
      position: 0,
      movedAt: now,
      jumpedAt: 0,
      past: [{ at: now, price: pair.level }],
    }
  })
  const books = markets.flatMap((market) =>
    EXCHANGES.map((exchange): Book => {
      return { exchange, market, illness: undefined, wasSpiked: false }
    }),
  )
  const note = (fault: Fault) => faults.set(fault, (faults.get(fault) ?? 0) + 1)
  return {
    faults,
    now: () => now,
    next: () => {
      now += 5 + Math.floor(random() * 11)
      const book = pick(books, random)
      move(book.market, now, random)
      fallIll(book, books, { now, random })
      return speak(book, { now, random, note })
    },
    truth: (pair, since) => {
      const prices = (markets.find((market) => market.pair === pair)?.past ?? [])
        .filter(({ at }, index, past) => (past[index + 1]?.at ?? now) >= since || at >= since)
        .map(({ price }) => price)
      return { lowest: Math.min(...prices), highest: Math.max(...prices) }
    },
  }
}

type At = { readonly now: number; readonly random: () => number }

/** A walk about its level, and a true jump of four to eight parts in a hundred every quarter of an hour or so. */
function move(market: Market, now: number, random: () => number): void {
  const seconds = (now - market.movedAt) / 1_000
  const bell = (random() + random() + random() + random() - 2) * Math.sqrt(3)
  market.position += bell * market.perSecond * Math.sqrt(seconds)
  market.position -= market.position * market.reversion * seconds
  market.movedAt = now
  if (market.pair === 'BTC/USDT' && random() < seconds / 900) {
    market.position += (random() < 0.5 ? -1 : 1) * (0.04 + random() * 0.04)
    market.jumpedAt = now
  }
  market.past.push({ at: now, price: priceOf(market) })
  while ((market.past[1]?.at ?? now) < now - REMEMBERED_MS) market.past.shift()
}

function fallIll(book: Book, books: readonly Book[], { now, random }: At): void {
  if (book.illness !== undefined && book.illness.until < now) book.illness = undefined
  const others = books.filter((one) => one !== book && one.market === book.market)
  const areOthersWell = others.every(({ illness }) => (illness?.until ?? 0) < now)
  // About every twenty seconds for each book.
  if (book.illness !== undefined || !areOthersWell || random() > 0.003) return
  const kind = pick(['lying', 'stale', 'silent', 'lying_together'] as const, random)
  if (kind === 'lying_together' && book.market.pair !== 'USDT/KZT') return
  // Together they lie by more than the National Bank's band, alone by anything.
  const least = kind === 'lying_together' ? 0.08 : 0.005
  const factor = 1 + (random() < 0.5 ? -1 : 1) * (least + random() * 0.3)
  const until = now + 2_000 + random() * 15_000
  const illness: Illness = { kind, until, factor, price: priceOf(book.market) }
  for (const ill of kind === 'lying_together' ? [book, ...others] : [book]) ill.illness = illness
}

function speak(
  book: Book,
  { now, random, note }: At & { readonly note: (fault: Fault) => void },
): BookTop | undefined {
  const { illness, market, exchange } = book
  if (illness !== undefined) note(illness.kind)
  if (illness?.kind === 'silent') return undefined
  const base = illness?.kind === 'stale' ? illness.price : priceOf(market) * (illness?.factor ?? 1)
  const price = base * (1 + (random() - 0.5) * NOISE)
  const text = (value: number) => value.toFixed(market.decimals)
  const honest: BookTop = {
    exchange,
    pair: market.pair,
    bid: text(price * (1 - NOISE / 4)),
    ask: text(price * (1 + NOISE / 4)),
    receivedAt: now,
  }
  const fault = faultOf(book, { now, random })
  book.wasSpiked = fault !== undefined && JUMPS.has(fault)
  if (fault === undefined) return honest
  note(fault)
  return { ...honest, ...spoil(fault, { price, text, now, random }) }
}

/** What is wrong with this one tick; mostly nothing. */
function faultOf(book: Book, { now, random }: At): TickFault | undefined {
  const { illness, market, wasSpiked } = book
  // An ill book is seldom ill in two ways: what is refused at once would never last as long as a spike must.
  if (random() > (illness === undefined ? 0.1 : 0.02)) return undefined
  const fault = pick(TICK_FAULTS, random)
  if (JUMPS.has(fault) && (wasSpiked || now - market.jumpedAt < 3_000)) return undefined
  // Nudges are rare, or volatility would let nothing through; a liar nudges nothing, it lies.
  if (fault === 'nudged' && (illness !== undefined || random() > 0.3)) return undefined
  return fault
}

const TICK_FAULTS = [
  'zero',
  'negative',
  'not_a_number',
  'empty',
  'exponent',
  'crossed',
  'inverted',
  'wrong_scale',
  'spiked',
  'nudged',
  'out_of_order',
] as const
type TickFault = (typeof TICK_FAULTS)[number]

/** What could be taken for the next price by itself. */
const JUMPS: ReadonlySet<Fault> = new Set(['spiked', 'wrong_scale', 'nudged'])

function spoil(
  fault: TickFault,
  {
    price,
    text,
    now,
    random,
  }: At & { readonly price: number; readonly text: (of: number) => string },
): Partial<BookTop> {
  const both = (value: number) => ({ bid: text(value), ask: text(value * (1 + NOISE / 2)) })
  const sign = random() < 0.5 ? -1 : 1
  switch (fault) {
    case 'zero':
      return pick([{ bid: '0' }, { bid: '0.00000000', ask: '0' }], random)
    case 'negative':
      return { bid: `-${text(price)}` }
    case 'not_a_number':
      return pick([{ bid: 'NaN', ask: 'NaN' }, { bid: 'Infinity' }, { ask: 'null' }], random)
    case 'empty':
      return pick([{ bid: '' }, { ask: '' }], random)
    case 'exponent':
      return { bid: price.toExponential() }
    case 'crossed':
      return { bid: text(price * (1.001 + random() * 0.1)), ask: text(price) }
    case 'inverted':
      return { bid: (1 / price).toFixed(12), ask: (1 / price).toFixed(12) }
    case 'wrong_scale':
      return both(price * 10 ** pick([-4, -3, -2, -1, 1, 2, 3, 4], random))
    case 'spiked':
      return both(price * (1 + sign * (0.08 + random() * 0.6)))
    case 'nudged':
      return both(price * (1 + sign * random() * LARGEST_NUDGE))
    case 'out_of_order':
      return {
        ...both(price * (1 + sign * random() * 0.3)),
        receivedAt: now - 1 - Math.floor(random() * 4_000),
      }
  }
}

function priceOf({ level, position }: Market): number {
  return level * Math.exp(position)
}

function pick<T>(from: readonly T[], random: () => number): T {
  return from[Math.floor(random() * from.length)] as T
}

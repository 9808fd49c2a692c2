import type { Rail } from '@tolem/domain/card'
import type { ExchangeId } from '@tolem/domain/ids'
import type { DebitOrder, MovementCapabilities } from '@tolem/domain/movement'
import type { Scheduler } from '../machine/scheduler.ts'

/** One movement in an exchange's own books. */
export type Booking = {
  readonly exchange: ExchangeId
  readonly rail: Rail
  readonly kind: 'debit' | 'credit'
  readonly order: DebitOrder
  /** When it happened, and from when on look-ups find it. */
  readonly at: number
  readonly visibleAt: number
}

/** One rail of one exchange, seen from the exchange. */
export type ExchangeRail = {
  readonly exchange: ExchangeId
  readonly rail: Rail
  readonly capabilities: MovementCapabilities
  /** Moves, once for each reference where the exchange knows references again. */
  readonly execute: (
    kind: Booking['kind'],
    order: DebitOrder,
    visibleAt: number,
  ) => 'moved' | 'short'
  readonly find: (kind: Booking['kind'], order: DebitOrder) => Booking | undefined
  readonly balanceOf: (order: Pick<DebitOrder, 'wallet'>, asset: string) => bigint
}

/** All exchanges' books. */
export type Exchanges = {
  readonly rails: readonly ExchangeRail[]
  readonly bookings: readonly Booking[]
  /** What is wrong in the books by themselves, as soon as it is. */
  readonly wrongs: readonly string[]
  /** Fills a wallet up to an amount of each asset. */
  readonly fill: (walletId: string, assets: readonly string[], amount: bigint) => void
}

/** For how long a rail that documents nothing shows nothing: less than the real ones', so that doubts end sooner. */
export const FINAL_AFTER_MS = 3_000

const RAILS = [
  { exchange: 'bybit', rail: 'bybit-pay', reference: { kind: 'for_ever' } },
  { exchange: 'bybit', rail: 'bybit-subaccount', reference: { kind: 'undocumented' } },
  { exchange: 'binance', rail: 'binance-subaccount', reference: { kind: 'undocumented' } },
  { exchange: 'binance', rail: 'binance-pay', reference: { kind: 'for_ever' } },
] as const

export function createExchanges(scheduler: Scheduler): Exchanges {
  const books: Books = { bookings: [], wrongs: [], held: new Map(), scheduler }
  return {
    rails: RAILS.map((named) => openRail(books, named)),
    bookings: books.bookings,
    wrongs: books.wrongs,
    fill(walletId, assets, amount) {
      for (const asset of assets) {
        const key = `${walletId}/${asset}`
        if ((books.held.get(key) ?? 0n) < amount) books.held.set(key, amount)
      }
    },
  }
}

type Books = {
  readonly scheduler: Scheduler
  readonly bookings: Booking[]
  readonly wrongs: string[]
  readonly held: Map<string, bigint>
}

function openRail(
  { scheduler, bookings, wrongs, held }: Books,
  { exchange: id, rail, reference }: (typeof RAILS)[number],
): ExchangeRail {
  const exchange = id as ExchangeId
  const mine = new Map<string, Booking>()
  return {
    exchange,
    rail,
    capabilities: { reference, hasValidityWindow: true, notFoundIsFinalAfterMs: FINAL_AFTER_MS },
    execute(kind, order, visibleAt) {
      const name = `${kind} ${order.reference}`
      const isKnown = mine.has(name)
      if (isKnown && reference.kind === 'for_ever') return 'moved'
      const key = `${order.wallet.walletId}/${order.asset}`
      const balance = held.get(key) ?? 0n
      if (kind === 'debit' && balance < order.amount) return 'short'
      if (isKnown) wrongs.push(`${name} moved twice at ${rail}`)
      held.set(key, kind === 'debit' ? balance - order.amount : balance + order.amount)
      const booking = { exchange, rail, kind, order, at: scheduler.now(), visibleAt }
      mine.set(name, booking)
      bookings.push(booking)
      scheduler.note(`${rail} moved ${name} ${order.amount} ${order.asset}`)
      return 'moved'
    },
    find(kind, order) {
      const booking = mine.get(`${kind} ${order.reference}`)
      return booking && booking.visibleAt <= scheduler.now() ? booking : undefined
    },
    balanceOf: ({ wallet }, asset) => held.get(`${wallet.walletId}/${asset}`) ?? 0n,
  }
}

import type { Book } from '../book.ts'
import type { Operation } from '../entries.ts'
import { PAY_PARTY } from './deps.ts'
import { isUnderWay } from './orders.ts'

/** How often an order may be refunded. */
const ATTEMPTS = 10

/** The refunds of each order: how many attempts they leave. */
export type Refunds = {
  find(refundRequestId: string): Operation | undefined
  /** How many refunds of the order are still allowed. */
  attemptsLeft(order: Operation): number
  /** Counts a refund that was posted; gives what it left. */
  count(refund: Operation): void
  areUnderWay(order: Operation): boolean
}

export function createRefunds(deps: { book: Book; now: () => number }): Refunds {
  const { book, now } = deps
  const byOrder = new Map<string, Operation[]>()
  const count = (refund: Operation) => {
    const order = refund.originalReference ?? ''
    byOrder.set(order, [...(byOrder.get(order) ?? []), refund])
  }
  for (const each of book.operations()) {
    if (each.party === PAY_PARTY && each.kind === 'credit') count(each)
  }
  const of = (order: Operation) => byOrder.get(order.reference) ?? []
  return {
    find: (reference) =>
      book.find({ exchange: 'binance', kind: 'credit', party: PAY_PARTY, reference }),
    attemptsLeft: (order) => ATTEMPTS - of(order).length,
    count,
    areUnderWay: (order) => of(order).some((refund) => isUnderWay(refund, now())),
  }
}

import type { Book } from '../book.ts'
import type { Market } from '../prices/market.ts'
import type { Accounts } from './accounts.ts'
import type { Gate } from './gate.ts'

/** What the partner's endpoints share. */
export type PartnerDeps = {
  readonly book: Book
  readonly accounts: Accounts
  readonly market: Market
  readonly gate: Gate
  readonly now: () => number
}

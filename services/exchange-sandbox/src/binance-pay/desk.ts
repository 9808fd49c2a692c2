import type { Book } from '../book.ts'
import type { Cabinet } from '../cabinet.ts'
import type { Courier } from '../notices/courier.ts'
import { type Cardholder, createCardholder } from './cardholder.ts'
import { type Contracts, createContracts } from './contracts.ts'
import { createPayNotices, type PayNotices } from './notices.ts'

/** What both the merchant's calls and the cardholder's side of Binance Pay work on. */
export type PayDesk = {
  readonly contracts: Contracts
  readonly notices: PayNotices
  readonly cardholder: Cardholder
}

/** Joins it over the exchange's book, on the exchange's clock. */
export function createPayDesk(deps: {
  book: Book
  cabinet: Cabinet
  courier: Courier
  now: () => number
}): PayDesk {
  const contracts = createContracts(deps)
  const notices = createPayNotices(deps)
  return { contracts, notices, cardholder: createCardholder({ ...deps, contracts, notices }) }
}

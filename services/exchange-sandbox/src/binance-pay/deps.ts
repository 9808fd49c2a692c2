import type { Book } from '../book.ts'
import type { SandboxConfig } from '../config.ts'
import type { Contracts } from './contracts.ts'
import type { PayGate } from './gate.ts'
import type { PayNotices } from './notices.ts'

/** What the Binance Pay endpoints share. */
export type PayDeps = {
  readonly config: SandboxConfig
  readonly book: Book
  readonly contracts: Contracts
  readonly gate: PayGate
  readonly notices: PayNotices
  readonly now: () => number
}

/** The merchant's number at Binance Pay. */
export const MERCHANT_ID = '98765987'

/** Within whose references Binance Pay's orders and refunds are unique: transfers have none. */
export const PAY_PARTY = 'binance-pay'

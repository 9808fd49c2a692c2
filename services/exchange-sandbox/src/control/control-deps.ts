import { z } from 'zod'
import type { PayDesk } from '../binance-pay/desk.ts'
import type { Book } from '../book.ts'
import type { Cabinet } from '../cabinet.ts'
import type { CallCounts } from '../call-counts.ts'
import type { Clock } from '../clock.ts'
import type { Credentials } from '../credentials.ts'
import type { Faults } from '../faults.ts'
import type { OfficialDays } from '../national-bank/days.ts'
import type { Courier } from '../notices/courier.ts'
import type { SigningKeys } from '../notices/signing-keys.ts'
import type { Accounts } from '../partner/accounts.ts'
import type { Market } from '../prices/market.ts'
import type { TapePlayer } from '../prices/tape.ts'

/** What the control interface steers. */
export type ControlDeps = {
  readonly book: Book
  readonly cabinet: Cabinet
  readonly credentials: Credentials
  readonly faults: Faults
  readonly market: Market
  readonly tapes: TapePlayer
  readonly days: OfficialDays
  readonly counts: CallCounts
  readonly courier: Courier
  readonly signingKeys: SigningKeys
  readonly clock: Clock
  readonly binancePay: PayDesk
  readonly accounts: Accounts
  readonly isLoopbackOnly: boolean
}

/** The exchanges, as a path or body names them. */
export const exchangeName = z.enum(['binance', 'bybit', 'partner'])

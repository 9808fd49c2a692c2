import { z } from 'zod'
import type { Book } from '../book.ts'
import type { Credentials } from '../credentials.ts'
import type { Faults } from '../faults.ts'
import type { Market } from '../prices/market.ts'

/** What the control interface steers. */
export type ControlDeps = {
  readonly book: Book
  readonly credentials: Credentials
  readonly faults: Faults
  readonly market: Market
  readonly isLoopbackOnly: boolean
}

/** The exchanges, as a path or body names them. */
export const exchangeName = z.enum(['binance', 'bybit'])

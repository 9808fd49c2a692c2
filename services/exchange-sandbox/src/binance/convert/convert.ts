import type { Book } from '../../book.ts'
import type { Answer, ExchangeRequest } from '../../call.ts'
import type { SandboxConfig } from '../../config.ts'
import type { Conversion } from '../../entries.ts'
import type { Market } from '../../prices/market.ts'
import { binanceError } from '../answers.ts'
import type { Admitted, Gate } from '../gate.ts'
import type { Quotes } from './quotes.ts'

/** What the endpoints of Convert share. */
export type ConvertDeps = {
  readonly config: SandboxConfig
  readonly book: Book
  readonly market: Market
  readonly gate: Gate
  readonly quotes: Quotes
  readonly now: () => number
}

export const CONVERT = '/sapi/v1/convert'

/** Ids of orders are eighteen digits, beyond 2^53. */
const FIRST_ORDER_ID = 933_256_278_426_274_000n

/** Convert "must be applied for separately": a key without trading is not authorized. */
export function admit(
  { gate }: ConvertDeps,
  request: ExchangeRequest,
  cost: { path: string; weight: number },
): Admitted | Answer {
  const admitted = gate.signed(request, { ...cost, by: 'uid' })
  if ('status' in admitted) return admitted
  if (admitted.key.restrictions['enableSpotAndMarginTrading'] !== false) return admitted
  return binanceError(401, -1002, 'You are not authorized to execute this request.')
}

/** PROCESS, then SUCCESS or FAIL. */
export function statusOf(order: Conversion, time: number): string {
  if (time < order.settlesAt) return order.interim
  return order.failure ?? 'SUCCESS'
}

/** The order's id. */
export function orderIdOf({ number }: Conversion): string {
  return String(FIRST_ORDER_ID + BigInt(number))
}

/** The number of the conversion with this order id, if it can be one. */
export function numberOf(orderId: string): number {
  return Number(BigInt(orderId) - FIRST_ORDER_ID)
}

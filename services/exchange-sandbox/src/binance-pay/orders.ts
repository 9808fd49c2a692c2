import type { Book } from '../book.ts'
import { formatCoinsShort } from '../coins.ts'
import type { Operation } from '../entries.ts'
import { type Fault, isPending, PENDING_MS } from '../faults.ts'
import { PAY_PARTY } from './deps.ts'
import { PAY_SCALE } from './fields.ts'

/** An order is a debit under a contract; prepay and order ids are eighteen digits. */
const FIRST_PREPAY_ID = 383_729_303_000_000_000n
const FIRST_ORDER_ID = 283_729_303_000_000_000n
const FIRST_REFUND_ID = 483_729_303_000_000_000n

/** What names an order; the trade number is ignored where a prepay id is given. */
export type OrderName = {
  readonly prepayId?: string | undefined
  readonly merchantTradeNo?: string | undefined
}

/** The id by which an order is refunded. */
export function prepayIdOf({ number }: Operation): string {
  return String(FIRST_PREPAY_ID + BigInt(number))
}

/** Binance Pay's other number for the same order. */
export function orderIdOf({ number }: Operation): string {
  return String(FIRST_ORDER_ID + BigInt(number))
}

/** A refund's id, which newer copies of the documents show. */
export function refundIdOf({ number }: Operation): string {
  return String(FIRST_REFUND_ID + BigInt(number))
}

/** The order of this name. That the trade number is the debit's merchantRequestId is not documented. */
export function findOrder(
  book: Book,
  { prepayId, merchantTradeNo }: OrderName,
): Operation | undefined {
  if (prepayId === undefined) {
    const reference = merchantTradeNo ?? ''
    return book.find({ exchange: 'binance', kind: 'debit', party: PAY_PARTY, reference })
  }
  const found = book.byNumber(Number(BigInt(prepayId) - FIRST_PREPAY_ID))
  const isOrder = found?.party === PAY_PARTY && found.kind === 'debit'
  return isOrder ? found : undefined
}

/** Is the exchange still at it? */
export function isUnderWay(operation: Operation, time: number): boolean {
  return time < operation.settlesAt
}

/** When the operation came to its end. */
export function doneAt({ at, settlesAt }: Operation): number {
  return Math.max(at, settlesAt)
}

/** What a fault does to an order or refund: when it settles, how it ends, how often it moves money. */
export function effectOf(fault: Fault | undefined, time: number, processingMs: number) {
  const takesMs = isPending(fault) ? fault.delayMs || PENDING_MS : processingMs
  return {
    settlesAt: takesMs === 0 ? 0 : time + takesMs,
    interim: 'PROCESSING',
    executions: fault?.kind === 'execute_twice' ? 2 : 1,
    ...(fault?.kind === 'pending_then_failed' ? { failure: 'FAILED' } : {}),
  }
}

/** Units of an order as a decimal string without trailing zeros. */
export function coins(units: bigint): string {
  return formatCoinsShort(units, PAY_SCALE)
}

/** "Issued once the payment is successful." */
export function transactionIdOf({ number }: Operation): string {
  return `P_${FIRST_ORDER_ID + BigInt(number)}`
}

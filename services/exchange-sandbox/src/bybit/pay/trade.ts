import type { Book } from '../../book.ts'
import { MASTER, type Operation } from '../../entries.ts'
import { type Fault, isPending, PENDING_MS } from '../../faults.ts'
import { writeAmount } from './amount.ts'

/** The merchant that collects at Bybit Pay: the programme, so that it can sell what it collected. */
export const MERCHANT = MASTER

/** Bybit's status word for a payment or refund at this time. */
export function statusOf(operation: Operation, time: number): string {
  if (time < operation.settlesAt) return operation.interim
  return operation.failure === undefined ? 'SUCCESS' : 'FAILED'
}

/** Bybit's number for a payment (`PAY…`), an order (`ORD…`) or a refund (`RF…`): day and running number. */
export function numberOf(prefix: 'PAY' | 'ORD' | 'RF', operation: Operation): string {
  return `${prefix}${dayText(operation.at)}${String(operation.number).padStart(4, '0')}`
}

/** The day in UTC, as Bybit's numbers begin: 20260107. */
export function dayText(time: number): string {
  return new Date(time).toISOString().slice(0, 10).replaceAll('-', '')
}

/** Finds a merchant's payment by its own number or by Bybit's. */
export function findTrade(
  book: Book,
  merchantId: string,
  numbers: { outTradeNo: string; tradeNo: string },
): Operation | undefined {
  const { outTradeNo, tradeNo } = numbers
  const found =
    outTradeNo === ''
      ? book.byNumber(Number(/^PAY\d{8}(\d{4,15})$/.exec(tradeNo)?.[1] ?? 0))
      : book.find({ exchange: 'bybit', kind: 'debit', party: merchantId, reference: outTradeNo })
  const isTheirs =
    found?.exchange === 'bybit' && found.kind === 'debit' && found.party === merchantId
  return isTheirs ? found : undefined
}

/** Finds a merchant's refund by its own number or by Bybit's. */
export function findRefund(
  book: Book,
  merchantId: string,
  numbers: { outRefundNo: string; refundNo: string },
): Operation | undefined {
  const { outRefundNo: reference, refundNo } = numbers
  const found =
    reference === ''
      ? book.byNumber(Number(/^RF\d{8}(\d{4,15})$/.exec(refundNo)?.[1] ?? 0))
      : book.find({ exchange: 'bybit', kind: 'credit', party: merchantId, reference })
  const isTheirs =
    found?.exchange === 'bybit' && found.kind === 'credit' && found.party === merchantId
  return isTheirs ? found : undefined
}

/** Seconds of UTC, as `pay_time` and `refund_time` are written. */
export function timeText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}

/** The operation's amount as an answer states it: one unit too much under `wrong_echo`. */
export function amountOf(operation: Operation, fault: Fault | undefined) {
  const units = operation.units + (fault?.kind === 'wrong_echo' ? 1n : 0n)
  return writeAmount(operation.asset, units, operation.echo)
}

/** The fields that depend on the outcome: a reason when failed, a time when done. */
export function outcomeOf(operation: Operation, timeField: string, time: number) {
  const status = statusOf(operation, time)
  if (status === 'FAILED') return { failure_reason: operation.failure }
  const doneAt = Math.max(operation.at, operation.settlesAt)
  return status === 'SUCCESS' ? { [timeField]: timeText(doneAt) } : {}
}

/** What a fault does to an operation: when it settles, and how it ends. */
export function effectOf(fault: Fault | undefined, time: number) {
  return {
    settlesAt: isPending(fault) ? time + (fault.delayMs || PENDING_MS) : 0,
    interim: 'PROCESSING',
    executions: fault?.kind === 'execute_twice' ? 2 : 1,
    ...(fault?.kind === 'pending_then_failed' ? { failure: 'SYSTEM_ERROR' } : {}),
    ...(fault?.kind === 'insufficient' ? { failure: 'BALANCE_NOT_ENOUGH' } : {}),
  }
}

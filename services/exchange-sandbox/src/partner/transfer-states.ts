import type { Book } from '../book.ts'
import { formatCoinsShort, scaleOf } from '../coins.ts'
import { MASTER, type Operation } from '../entries.ts'
import { type Fault, isPending, PENDING_MS } from '../faults.ts'

/** A reference on the wire, ours or a debit's. */
export const REFERENCE = /^[A-Za-z0-9]{1,32}$/

/** The transfer with this reference, whichever way it went: all keys have one owner. */
export function findTransfer(book: Book, reference: string): Operation | undefined {
  return book.find({ exchange: 'partner', kind: 'debit', party: '', reference })
}

/** The customer's side of a transfer. */
export function accountOf({ from, to }: Operation): string {
  return from === MASTER ? to : from
}

/** Is it executed by now, refused, or pending still? */
export function statusOf(operation: Operation, time: number): string {
  if (time < operation.settlesAt) return operation.interim
  return operation.failure === undefined ? 'executed' : 'refused'
}

/** The transfer as answers tell it: one unit too much under `wrong_echo`. */
export function describeTransfer(operation: Operation, fault: Fault | undefined, time: number) {
  const units = operation.units + (fault?.kind === 'wrong_echo' ? 1n : 0n)
  const status = statusOf(operation, time)
  return {
    transfer: {
      id: `t-${operation.number}`,
      reference: operation.reference,
      kind: operation.kind,
      account: accountOf(operation),
      asset: operation.asset,
      amount: formatCoinsShort(units, scaleOf('partner', operation.asset) ?? 0),
      ...(operation.kind === 'credit' ? { debitReference: operation.originalReference } : {}),
      status,
      ...(status === 'refused' ? { reason: operation.failure } : {}),
      at: operation.at,
    },
  }
}

/** What a fault does to a transfer: when it settles, and how it ends. */
export function effectOf(fault: Fault | undefined, time: number) {
  return {
    settlesAt: isPending(fault) ? time + (fault.delayMs || PENDING_MS) : 0,
    interim: 'pending',
    executions: fault?.kind === 'execute_twice' ? 2 : 1,
    ...(fault?.kind === 'pending_then_failed' ? { failure: 'insufficient_funds' } : {}),
  }
}

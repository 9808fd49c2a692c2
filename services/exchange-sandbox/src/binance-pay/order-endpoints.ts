import { z } from 'zod'
import type { Answer, Endpoint } from '../call.ts'
import type { Operation } from '../entries.ts'
import { type Fault, isHidden } from '../faults.ts'
import { bareNumber } from '../raw-json.ts'
import { whenSaved } from '../when-saved.ts'
import { payAnswer, payRefusal } from './answers.ts'
import { MERCHANT_ID, type PayDeps } from './deps.ts'
import { alphanumeric, long } from './fields.ts'
import { coins, doneAt, findOrder, isUnderWay, prepayIdOf, transactionIdOf } from './orders.ts'
import type { Refunds } from './refunds.ts'

const named = z
  .object({ prepayId: long.optional(), merchantTradeNo: alphanumeric(32).optional() })
  .refine(({ prepayId, merchantTradeNo }) => prepayId ?? merchantTradeNo, { path: ['prepayId'] })

/** Orders that were closed before they were paid, by number. Not kept over a restart: such an order then says ERROR. */
export type Closed = Set<number>

type OrderDeps = PayDeps & { readonly refunds: Refunds; readonly closed: Closed }

/** POST /v2/order/query: what became of a debit, by prepay id or by the merchant's number. */
export function orderQueryEndpoint(deps: OrderDeps): Endpoint {
  return (received) => {
    const admitted = deps.gate.admit(received, named)
    if ('status' in admitted) return admitted
    const order = findOrder(deps.book, admitted.asked)
    return {
      operation: 'look_up',
      ...(order === undefined ? {} : { wallet: order.from }),
      headers: {},
      run: (fault) =>
        order === undefined || isHidden(order.at, fault, deps.now())
          ? payRefusal('order')
          : whenSaved(order, payAnswer(describe(order, deps, fault))),
    }
  }
}

/**
 * POST /order/close: takes back an order "without any prior payment activities". Here that is one which is under way
 * and will fail: it says CANCELED instead of ERROR then, and a notice tells.
 */
export function orderCloseEndpoint(deps: OrderDeps): Endpoint {
  return (received) => {
    const admitted = deps.gate.admit(received, named)
    if ('status' in admitted) return admitted
    const order = findOrder(deps.book, admitted.asked)
    if (order === undefined) return payRefusal('order')
    return { operation: 'mandate', wallet: order.from, headers: {}, run: () => close(deps, order) }
  }
}

function close({ closed, notices, now }: OrderDeps, order: Operation): Answer {
  if (order.failure === undefined || !isUnderWay(order, now())) return payRefusal('account')
  closed.add(order.number)
  notices.orderClosed(order)
  return payAnswer(true)
}

function describe(order: Operation, deps: OrderDeps, fault: Fault | undefined) {
  const status = statusOf(order, deps)
  const hasPaid = !['PENDING', 'ERROR', 'CANCELED'].includes(status)
  const units = order.units + (fault?.kind === 'wrong_echo' ? 1n : 0n)
  return {
    merchantId: bareNumber(MERCHANT_ID),
    prepayId: prepayIdOf(order),
    ...(hasPaid ? { transactionId: transactionIdOf(order) } : {}),
    merchantTradeNo: order.reference,
    status,
    currency: order.asset,
    orderAmount: coins(units),
    openUserId: order.echo['openUserId'],
    ...(hasPaid ? { commission: '0', transactTime: doneAt(order) } : {}),
    createTime: order.at,
  }
}

function statusOf(order: Operation, { now, closed, refunds }: OrderDeps): string {
  if (isUnderWay(order, now())) return 'PENDING'
  if (order.failure !== undefined) return closed.has(order.number) ? 'CANCELED' : 'ERROR'
  if (order.credited === 0n) return 'PAID'
  if (refunds.areUnderWay(order)) return 'REFUNDING'
  return order.credited === order.units ? 'FULL_REFUNDED' : 'REFUNDED'
}

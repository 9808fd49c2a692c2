import { z } from 'zod'
import type { Answer, Endpoint } from '../call.ts'
import { MASTER, type Operation } from '../entries.ts'
import { type Fault, isHidden } from '../faults.ts'
import { bareNumber } from '../raw-json.ts'
import { whenSaved } from '../when-saved.ts'
import { payAnswer, payRefusal } from './answers.ts'
import { PAY_PARTY, type PayDeps } from './deps.ts'
import { amount, long, text, webhookUrl } from './fields.ts'
import { coins, effectOf, findOrder, isUnderWay, prepayIdOf, refundIdOf } from './orders.ts'
import type { Refunds } from './refunds.ts'

const application = z.object({
  refundRequestId: text(64),
  prepayId: long,
  refundAmount: amount,
  // Documented samples send it empty.
  refundReason: z.string().max(256).optional(),
  webhookUrl,
})

type Application = z.output<typeof application>
type RefundDeps = PayDeps & { readonly refunds: Refunds }

/** POST /order/refund: gives back all or part of a paid order. A repeat gets the first refund, marked as repeated. */
export function refundEndpoint(deps: RefundDeps): Endpoint {
  return (received) => {
    const admitted = deps.gate.admit(received, application)
    if ('status' in admitted) return admitted
    const { asked } = admitted
    return {
      operation: 'credit',
      wallet: findOrder(deps.book, asked)?.from ?? '',
      headers: {},
      run: (fault) => refund(deps, asked, fault),
    }
  }
}

/** POST /order/refund/query: what became of a refund. */
export function refundQueryEndpoint(deps: RefundDeps): Endpoint {
  const asked = z.object({ refundRequestId: text(64) })
  return (received) => {
    const admitted = deps.gate.admit(received, asked)
    if ('status' in admitted) return admitted
    const found = deps.refunds.find(admitted.asked.refundRequestId)
    return {
      operation: 'look_up',
      ...(found === undefined ? {} : { wallet: found.to }),
      headers: {},
      run: (fault) =>
        found === undefined || isHidden(found.at, fault, deps.now())
          ? payRefusal('order')
          : whenSaved(found, payAnswer(describeFound(deps, found, fault))),
    }
  }
}

function refund(deps: RefundDeps, asked: Application, fault: Fault | undefined) {
  const { book, refunds, now } = deps
  const first = refunds.find(asked.refundRequestId)
  if (first !== undefined) return answerTo(deps, { made: first, duplicateRequest: 'Y' }, fault)
  if (fault?.kind === 'duplicate_code' && !fault.executes) return payRefusal('trade_no')
  const order = findOrder(book, asked)
  if (order === undefined) return payRefusal('order')
  const units = unitsOf(order, asked, refunds)
  const refusal = checkRefundable(deps, order, units)
  if (refusal !== undefined || fault?.kind === 'insufficient') {
    return refusal ?? payRefusal('account')
  }
  const made = book.post({
    exchange: 'binance',
    kind: 'credit',
    party: PAY_PARTY,
    reference: asked.refundRequestId,
    originalReference: order.reference,
    from: MASTER,
    to: order.from,
    asset: order.asset,
    units,
    echo: {
      webhookUrl: asked.webhookUrl ?? '',
      remainingAttempts: String(refunds.attemptsLeft(order) - 1),
      refundedUnits: String(order.credited + units),
    },
    ...effectOf(fault, now(), 0),
  })
  refunds.count(made)
  deps.notices.refundEnded(made, order, describe(made, order))
  if (fault?.kind === 'duplicate_code') return whenSaved(made, payRefusal('trade_no'))
  return answerTo(deps, { made, duplicateRequest: 'N' }, fault)
}

/** With one attempt left "the amount is ignored and everything left is refunded". */
function unitsOf(order: Operation, asked: Application, refunds: Refunds): bigint {
  return refunds.attemptsLeft(order) === 1 ? order.units - order.credited : asked.refundAmount
}

function checkRefundable(deps: RefundDeps, order: Operation, units: bigint): Answer | undefined {
  const { book, refunds, now } = deps
  if (order.failure !== undefined || isUnderWay(order, now())) return payRefusal('account')
  const isTooMuch = units === 0n || order.credited + units > order.units
  if (refunds.attemptsLeft(order) < 1 || isTooMuch) return payRefusal('value', 'refundAmount')
  const isCovered = book.covers('binance', MASTER, { asset: order.asset, units })
  return isCovered ? undefined : payRefusal('account')
}

function answerTo(
  deps: RefundDeps,
  { made, duplicateRequest }: { made: Operation; duplicateRequest: 'Y' | 'N' },
  fault: Fault | undefined,
) {
  const data = { ...describe(made, orderOf(deps, made), fault), duplicateRequest }
  return whenSaved(made, payAnswer(data))
}

function describeFound(deps: RefundDeps, made: Operation, fault: Fault | undefined) {
  const ended = made.failure === undefined ? 'REFUND_SUCCESS' : 'REFUND_FAIL'
  const refundStatus = isUnderWay(made, deps.now()) ? 'REFUND_PENDING' : ended
  return { ...describe(made, orderOf(deps, made), fault), refundStatus }
}

/** All amounts are strings. Under `wrong_echo` the refund is one unit larger. */
function describe(made: Operation, order: Operation | undefined, fault?: Fault) {
  const extra = fault?.kind === 'wrong_echo' ? 1n : 0n
  return {
    refundId: bareNumber(refundIdOf(made)),
    refundRequestId: made.reference,
    prepayId: order === undefined ? '' : prepayIdOf(order),
    orderAmount: coins(order?.units ?? 0n),
    refundedAmount: coins(BigInt(made.echo['refundedUnits'] ?? 0)),
    refundAmount: coins(made.units + extra),
    remainingAttempts: Number(made.echo['remainingAttempts']),
    payerOpenId: order?.echo['openUserId'] ?? '',
  }
}

function orderOf({ book }: RefundDeps, made: Operation): Operation | undefined {
  return findOrder(book, { merchantTradeNo: made.originalReference })
}

import type { Book } from '../../book.ts'
import type { Answer, Endpoint } from '../../call.ts'
import type { Operation } from '../../entries.ts'
import type { Fault } from '../../faults.ts'
import { isPlainText, PLAIN_TEXT } from '../../plain-text.ts'
import { createRateWindow } from '../../rate-windows.ts'
import { whenSaved } from '../../when-saved.ts'
import { type PayRefusal, payAnswer, payRefusal } from '../answers.ts'
import { checkSigned, type Fields, readBody, spendOne, text } from '../gate.ts'
import { type PayAmount, readAmount } from './amount.ts'
import type { PayDeps } from './pay.ts'
import { tellOutcome } from './pay-notices.ts'
import { amountOf, effectOf, findTrade, MERCHANT, numberOf, outcomeOf, statusOf } from './trade.ts'

type RefundRequest = {
  readonly merchantId: string
  readonly outTradeNo: string
  readonly tradeNo: string
  readonly outRefundNo: string
  readonly notifyUrl: string
  readonly amount: PayAmount
}

/**
 * POST /v5/bybitpay/agreement/refund: gives back all or part of a successful payment, several times up to its amount.
 * Idempotent by (merchant_id, out_refund_no): a repeat gets the first result.
 */
export function refundEndpoint(deps: PayDeps): Endpoint {
  const limit = deps.config.SANDBOX_BYBIT_REFUND_PER_SECOND
  const byMerchant = createRateWindow({ limit, windowMs: 1_000, now: deps.now })
  return (request) => {
    const unsigned = checkSigned(request, deps)
    if (unsigned !== undefined) return unsigned
    const asked = readRefund(readBody(request.body))
    if (typeof asked === 'string') return payRefusal(asked)
    const { refusal, headers } = spendOne(byMerchant, asked.merchantId)
    if (refusal !== undefined) return refusal
    return {
      operation: 'credit',
      wallet: findTrade(deps.book, asked.merchantId, asked)?.from ?? '',
      headers,
      run: (fault) => refund(deps, asked, fault),
    }
  }
}

/** A refund as its answer and its look-up tell it. */
export function describeRefund(operation: Operation, fault: Fault | undefined, time: number) {
  return {
    refund_no: numberOf('RF', operation),
    out_refund_no: operation.reference,
    trade_no: operation.echo['trade_no'],
    status: statusOf(operation, time),
    refund_amount: amountOf(operation, fault),
    ...outcomeOf(operation, 'refund_time', time),
  }
}

function refund(deps: PayDeps, asked: RefundRequest, fault: Fault | undefined) {
  const { book, now } = deps
  const { merchantId: party, outRefundNo: reference, amount } = asked
  const key = { exchange: 'bybit', kind: 'credit', party, reference } as const
  const first = book.find(key)
  if (first !== undefined) return whenSaved(first, answerTo(first, fault, now()))
  if (fault?.kind === 'duplicate_code' && !fault.executes) return payRefusal('duplicate')
  const trade = findTrade(book, party, asked)
  if (trade === undefined) return payRefusal('trade_not_exist')
  const refusal = checkRefundable(trade, amount, now())
  if (refusal !== undefined) return payRefusal(refusal)
  if (isRefunding(book, trade, now())) return payRefusal('refund_processing')
  const operation = book.post({
    ...key,
    originalReference: trade.reference,
    from: MERCHANT,
    to: trade.from,
    asset: amount.asset,
    units: amount.units,
    echo: { ...amount.echo, trade_no: numberOf('PAY', trade) },
    ...effectOf(fault, now()),
    ...(book.covers('bybit', MERCHANT, amount) ? {} : { failure: 'BALANCE_NOT_ENOUGH' }),
  })
  tellOutcome(deps.courier, { operation, trade, url: asked.notifyUrl })
  if (fault?.kind === 'duplicate_code') return whenSaved(operation, payRefusal('duplicate'))
  return whenSaved(operation, answerTo(operation, fault, now()))
}

function answerTo(operation: Operation, fault: Fault | undefined, time: number): Answer {
  return payAnswer(describeRefund(operation, fault, time))
}

/** Refunds of one payment go one after the other. What is in progress is recent: nothing takes more than an hour. */
function isRefunding(book: Book, trade: Operation, time: number): boolean {
  if (trade.credited === 0n) return false
  for (let number = book.operations().length; number > trade.number; number--) {
    const each = book.byNumber(number)
    if (each === undefined || each.at < time - 3_600_000) return false
    const isOfTrade = each.originalReference === trade.reference && each.party === trade.party
    if (isOfTrade && time < each.settlesAt) return true
  }
  return false
}

function checkRefundable(
  trade: Operation,
  amount: PayAmount,
  time: number,
): PayRefusal | undefined {
  const status = statusOf(trade, time)
  if (status === 'FAILED') return 'refund_not_allowed'
  if (status !== 'SUCCESS') return 'trade_processing'
  if (amount.asset !== trade.asset) return 'currency'
  return trade.credited + amount.units > trade.units ? 'refund_amount' : undefined
}

function readRefund(fields: Fields | undefined): RefundRequest | PayRefusal {
  if (fields === undefined) return 'parameter'
  const merchantId = text(fields, 'merchant_id')
  const outTradeNo = text(fields, 'out_trade_no')
  const tradeNo = text(fields, 'trade_no')
  const outRefundNo = text(fields, 'out_refund_no')
  const notifyUrl = text(fields, 'notify_url')
  if (notifyUrl === '' || text(fields, 'user_id') === '') return 'parameter'
  if (!PLAIN_TEXT.test(notifyUrl)) return 'parameter'
  if (merchantId === '' || !isPlainText(outRefundNo, 64)) return 'parameter'
  if (outTradeNo + tradeNo === '') return 'parameter'
  const amount = readAmount(fields['refund_amount'])
  if (typeof amount === 'string') return amount
  return { merchantId, outTradeNo, tradeNo, outRefundNo, notifyUrl, amount }
}

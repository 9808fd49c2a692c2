import type { Answer, Endpoint } from '../call.ts'
import type { Operation } from '../entries.ts'
import type { Fault } from '../faults.ts'
import { createRateWindow } from '../rate-windows.ts'
import { writeAmount } from './amount.ts'
import { payAnswer, payRefusal } from './answers.ts'
import { checkSigned, spendOne } from './gate.ts'
import { type PayDeps, whenSaved } from './pay.ts'
import { describeRefund } from './refund.ts'
import { amountOf, findTrade, numberOf, outcomeOf, statusOf } from './trade.ts'

/**
 * GET /v5/bybitpay/agreement/pay/query: a payment by out_trade_no or trade_no (record_type=PAY) or a refund by
 * out_refund_no (record_type=REFUND). The REFUND form is our assumption: the documents show PAY only.
 */
export function payQueryEndpoint(deps: PayDeps): Endpoint {
  const { config, now } = deps
  const limit = config.SANDBOX_BYBIT_QUERY_PER_SECOND
  const byMerchant = createRateWindow({ limit, windowMs: 1_000, now })
  return (request) => {
    const unsigned = checkSigned(request, deps)
    if (unsigned !== undefined) return unsigned
    const params = new URLSearchParams(request.query)
    const merchantId = params.get('merchant_id') ?? ''
    const isComplete = ['merchant_id', 'user_id', 'agreement_type'].every((name) =>
      params.get(name),
    )
    const found = isComplete ? find(deps, params) : 'unclear'
    if (found === 'unclear') return payRefusal('parameter')
    const { refusal, headers } = spendOne(byMerchant, merchantId)
    if (refusal !== undefined) return refusal
    return {
      operation: 'look_up',
      wallet: found === undefined ? '' : walletOf(found),
      headers,
      // Found again at run time: a delay lies between, and the payment may have arrived meanwhile.
      run: (fault) => answer(deps, find(deps, params), fault),
    }
  }
}

function find({ book }: PayDeps, params: URLSearchParams): Operation | undefined | 'unclear' {
  const party = params.get('merchant_id') ?? ''
  const reference = params.get('out_refund_no') ?? ''
  const outTradeNo = params.get('out_trade_no') ?? ''
  const tradeNo = params.get('trade_no') ?? ''
  const type = params.get('record_type')
  if (type === 'PAY' && outTradeNo + tradeNo !== '') {
    return findTrade(book, party, { outTradeNo, tradeNo })
  }
  if (type === 'REFUND' && reference !== '') {
    return book.find({ exchange: 'bybit', kind: 'credit', party, reference })
  }
  return 'unclear'
}

function walletOf(operation: Operation): string {
  return operation.kind === 'debit' ? operation.from : operation.to
}

function answer(
  { now }: PayDeps,
  found: Operation | undefined | 'unclear',
  fault: Fault | undefined,
): Answer | Promise<Answer> {
  if (found === undefined || found === 'unclear') return payRefusal('trade_not_exist')
  const isHidden = fault?.kind === 'not_found_yet' && now() < found.at + fault.delayMs
  if (isHidden) return payRefusal('trade_not_exist')
  const result =
    found.kind === 'credit'
      ? describeRefund(found, fault, now())
      : describeTrade(found, fault, now())
  return whenSaved(found, payAnswer(result))
}

function describeTrade(operation: Operation, fault: Fault | undefined, time: number) {
  return {
    trade_no: numberOf('PAY', operation),
    out_trade_no: operation.reference,
    status: statusOf(operation, time),
    amount: amountOf(operation, fault),
    ...outcomeOf(operation, 'pay_time', time),
    refund_amount: writeAmount(operation.asset, operation.credited, operation.echo),
  }
}

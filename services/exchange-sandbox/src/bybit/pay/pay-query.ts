import type { Answer, Endpoint } from '../../call.ts'
import type { Operation } from '../../entries.ts'
import { type Fault, isHidden } from '../../faults.ts'
import { createRateWindow } from '../../rate-windows.ts'
import { whenSaved } from '../../when-saved.ts'
import { payAnswer, payRefusal } from '../answers.ts'
import { checkSigned, spendOne } from '../gate.ts'
import { writeAmount } from './amount.ts'
import type { PayDeps } from './pay.ts'
import { describeRefund } from './refund.ts'
import { amountOf, findRefund, findTrade, numberOf, outcomeOf, statusOf } from './trade.ts'

/**
 * GET /v5/bybitpay/agreement/pay/query: a payment by out_trade_no or trade_no (record_type=PAY, or none) or a refund by
 * out_refund_no or refund_no (record_type=REFUND).
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
    const isRefund = params.get('record_type') === 'REFUND'
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
      run: (fault) => answer(deps, { found: find(deps, params), isRefund }, fault),
    }
  }
}

function find({ book }: PayDeps, params: URLSearchParams): Operation | undefined | 'unclear' {
  const party = params.get('merchant_id') ?? ''
  const type = params.get('record_type') ?? 'PAY'
  const [ours, theirs] = NUMBERS_BY_TYPE[type] ?? ['', '']
  const outNo = params.get(ours) ?? ''
  const no = params.get(theirs) ?? ''
  if (outNo + no === '') return 'unclear'
  if (type === 'PAY') return findTrade(book, party, { outTradeNo: outNo, tradeNo: no })
  return findRefund(book, party, { outRefundNo: outNo, refundNo: no })
}

const NUMBERS_BY_TYPE: Readonly<Record<string, readonly [ours: string, theirs: string]>> = {
  PAY: ['out_trade_no', 'trade_no'],
  REFUND: ['out_refund_no', 'refund_no'],
}

function walletOf(operation: Operation): string {
  return operation.kind === 'debit' ? operation.from : operation.to
}

function answer(
  { now }: PayDeps,
  { found, isRefund }: { found: Operation | undefined | 'unclear'; isRefund: boolean },
  fault: Fault | undefined,
): Answer | Promise<Answer> {
  const notFound = isRefund ? 'refund_not_exist' : 'trade_not_exist'
  if (found === undefined || found === 'unclear') return payRefusal(notFound)
  if (isHidden(found.at, fault, now())) return payRefusal(notFound)
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

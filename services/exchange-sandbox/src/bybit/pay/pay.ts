import type { Book } from '../../book.ts'
import type { Cabinet } from '../../cabinet.ts'
import type { Answer, Endpoint } from '../../call.ts'
import type { SandboxConfig } from '../../config.ts'
import type { Credentials } from '../../credentials.ts'
import type { Agreement, Operation, Wallet } from '../../entries.ts'
import type { Fault } from '../../faults.ts'
import type { Courier } from '../../notices/courier.ts'
import { isPlainText, PLAIN_TEXT } from '../../plain-text.ts'
import { createRateWindow } from '../../rate-windows.ts'
import { whenSaved } from '../../when-saved.ts'
import { type PayRefusal, payAnswer, payRefusal } from '../answers.ts'
import { checkSigned, type Fields, isFields, readBody, spendOne, text } from '../gate.ts'
import { findAgreement } from './agreement.ts'
import { unsignAgreement } from './agreement-changes.ts'
import { type PayAmount, readAmount } from './amount.ts'
import { tellOutcome } from './pay-notices.ts'
import { startOf, usedSince } from './periods.ts'
import { amountOf, effectOf, MERCHANT, numberOf, outcomeOf, statusOf } from './trade.ts'

/** What the Bybit Pay endpoints share. */
export type PayDeps = {
  readonly config: SandboxConfig
  readonly book: Book
  readonly cabinet: Cabinet
  readonly credentials: Credentials
  readonly courier: Courier
  readonly now: () => number
}

type Payment = {
  readonly merchantId: string
  readonly userId: string
  readonly agreementType: string
  readonly agreementNo: string
  readonly outTradeNo: string
  readonly notifyUrl: string
  readonly amount: PayAmount
}

/**
 * POST /v5/bybitpay/agreement/pay: debits the customer's own wallet under a mandate. Idempotent by (merchant_id,
 * out_trade_no): a repeat gets the first result, whatever else it says. A request that is refused before it becomes a
 * trade (agreement, quota, parameter) leaves its out_trade_no free; a FAILED trade does not.
 */
export function payEndpoint(deps: PayDeps): Endpoint {
  const { config, now } = deps
  const perSecond = (limit: number) => createRateWindow({ limit, windowMs: 1_000, now })
  const byMerchant = perSecond(config.SANDBOX_BYBIT_PAY_PER_SECOND)
  const byAgreement = perSecond(config.SANDBOX_BYBIT_PAY_PER_AGREEMENT_PER_SECOND)
  return (request) => {
    const unsigned = checkSigned(request, deps)
    if (unsigned !== undefined) return unsigned
    const payment = readPayment(readBody(request.body))
    if (typeof payment === 'string') return payRefusal(payment)
    const { refusal, headers } = spendOne(byMerchant, payment.merchantId)
    if (refusal !== undefined) return refusal
    const agreement = spendOne(byAgreement, payment.agreementNo)
    if (agreement.refusal !== undefined) return agreement.refusal
    return {
      operation: 'debit',
      wallet: payment.agreementNo,
      headers,
      run: (fault) => pay(deps, payment, fault),
    }
  }
}

function pay(deps: PayDeps, payment: Payment, fault: Fault | undefined) {
  const { book, now } = deps
  const { merchantId: party, outTradeNo: reference, amount } = payment
  const key = { exchange: 'bybit', kind: 'debit', party, reference } as const
  const first = book.find(key)
  if (first !== undefined) return whenSaved(first, answerTo(first, fault, now()))
  if (fault?.kind === 'duplicate_code' && !fault.executes) return payRefusal('duplicate')
  const wallet = book.wallet('bybit', payment.agreementNo)
  const refusal = checkAgreement(deps, payment, wallet)
  if (refusal !== undefined) return payRefusal(refusal)
  const operation = book.post({
    ...key,
    from: payment.agreementNo,
    to: MERCHANT,
    asset: amount.asset,
    units: amount.units,
    echo: amount.echo,
    ...effectOf(fault, now()),
    ...(wallet?.agreement?.magic ? magicEffect(amount.units, deps) : {}),
    ...(book.covers('bybit', payment.agreementNo, amount) ? {} : { failure: 'BALANCE_NOT_ENOUGH' }),
  })
  tellOutcome(deps.courier, { operation, trade: operation, url: payment.notifyUrl })
  const answer =
    fault?.kind === 'duplicate_code' ? payRefusal('duplicate') : answerTo(operation, fault, now())
  const saved = whenSaved(operation, answer)
  const isSpent = operation.failure === undefined && payment.agreementType === 'SINGLE'
  return isSpent ? endSingle(deps, payment.agreementNo, saved) : saved
}

/** A SINGLE agreement is over with its first deduction. */
async function endSingle(deps: PayDeps, agreementNo: string, answer: Answer | Promise<Answer>) {
  const agreed = findAgreement(deps, { agreementNo, externalAgreementNo: '' })
  if (agreed !== undefined) await unsignAgreement(deps, agreed, 'SYSTEM')
  return answer
}

function answerTo(operation: Operation, fault: Fault | undefined, time: number): Answer {
  return payAnswer({
    order_no: numberOf('ORD', operation),
    trade_no: numberOf('PAY', operation),
    out_trade_no: operation.reference,
    status: statusOf(operation, time),
    amount: amountOf(operation, fault),
    ...outcomeOf(operation, 'pay_time', time),
  })
}

/** In the documented order: the agreement, its single limit, its period limits. Balance and risk come after. */
function checkAgreement(
  { book, now }: PayDeps,
  payment: Payment,
  wallet: Wallet | undefined,
): PayRefusal | undefined {
  const agreement = wallet?.agreement
  if (agreement === undefined) return 'agreement_not_exist'
  const mismatch = checkParties(payment, agreement)
  if (mismatch !== undefined) return mismatch
  if (agreement.state !== 'signed') return `agreement_${agreement.state}`
  if (now() >= (agreement.validUntil ?? Infinity)) return 'agreement_expired'
  const { asset, units } = payment.amount
  const limit = agreement.singleLimit[asset]
  if (limit !== undefined && units > limit) return 'single_limit'
  const isOver = agreement.periodLimits?.some((each) => {
    if (each.asset !== asset) return false
    const from = startOf(each.period, now())
    return usedSince(book, payment.agreementNo, { asset, from }) + units > BigInt(each.units)
  })
  return isOver === true ? 'period_limit' : undefined
}

function checkParties(payment: Payment, agreement: Agreement): PayRefusal | undefined {
  if (agreement.merchantId !== payment.merchantId) return 'merchant_mismatch'
  if (agreement.userId !== payment.userId) return 'user_mismatch'
  return agreement.agreementType === payment.agreementType ? undefined : 'type_mismatch'
}

/** The outcomes of Bybit's own test environment, by the amount's last two digits. */
function magicEffect(units: bigint, { config, now }: PayDeps) {
  const settlesAt = now() + config.SANDBOX_MAGIC_PENDING_MS
  switch (units % 100n) {
    case 2n:
      return { settlesAt, interim: 'PROCESSING' }
    case 3n:
      return { failure: 'BALANCE_NOT_ENOUGH' }
    case 4n:
      return { settlesAt, interim: 'TIMEOUT' }
    case 99n:
      return { failure: 'RISK_REJECT' }
    default:
      return {}
  }
}

function readPayment(fields: Fields | undefined): Payment | PayRefusal {
  if (fields === undefined) return 'parameter'
  const payment = {
    merchantId: text(fields, 'merchant_id'),
    userId: text(fields, 'user_id'),
    agreementType: text(fields, 'agreement_type'),
    agreementNo: text(fields, 'agreement_no'),
    outTradeNo: text(fields, 'out_trade_no'),
    notifyUrl: text(fields, 'notify_url'),
  }
  if (Object.values(payment).includes('') || !isPlainText(payment.outTradeNo, 64)) {
    return 'parameter'
  }
  if (!PLAIN_TEXT.test(payment.notifyUrl)) return 'parameter'
  const order = fields['order_info']
  if (!isFields(order) || text(order, 'order_title') === '') return 'parameter'
  if (text(fields, 'scene_code') === '') return 'parameter'
  const amount = readAmount(fields['amount'])
  return typeof amount === 'string' ? amount : { ...payment, amount }
}

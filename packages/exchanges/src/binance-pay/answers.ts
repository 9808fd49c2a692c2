import type { CreditOrder, DebitOrder, LookUpResult } from '@tolem/domain/movement'
import { z } from 'zod'
import { readCoins } from '../coins.ts'
import type { Answer } from '../http/send.ts'
import type { UnpublishedCodes } from '../settings.ts'
import { toUnknown, type Verdict, verdictOf } from '../verdict.ts'
import { readPayAnswer } from './call.ts'
import { isNotFound, meaningOf, type PayEndpoint } from './codes.ts'

/** At most nineteen letters or digits (Binance Pay, Query Order); a bare number is read as its digits. */
const prepayId = z.string().regex(/^[0-9A-Za-z]{1,32}$/)
const decimal = z.string().max(64)

/** The debit's answer echoes our reference alone; amount and currency are compared where they are told. */
const applied = z.object({
  prepayId,
  merchantRequestId: z.string(),
  status: z.string(),
  amount: decimal.nullish(),
  currency: z.string().nullish(),
})

const order = z.object({
  prepayId,
  merchantTradeNo: z.string(),
  status: z.string(),
  currency: z.string(),
  orderAmount: decimal,
  openUserId: z.string().nullish(),
  transactionId: z.string().nullish(),
})

const refund = z.object({
  refundId: z.string().max(64).nullish(),
  refundRequestId: z.string().max(64),
  prepayId,
  refundAmount: decimal,
  refundStatus: z.string().nullish(),
})

/** A debit that Binance Pay has taken and has not ended yet. */
export type UnderWay = {
  readonly kind: 'under_way'
  readonly prepayId: string
  readonly status: string
}

/** What the answer to a debit says of it: done only for SUCCESS under our reference. */
export function judgeApplied(
  answer: Answer,
  ordered: DebitOrder,
  unpublished: UnpublishedCodes,
): Verdict | UnderWay {
  const read = readData(answer, applied, { endpoint: 'apply', unpublished })
  if (read.kind !== 'record') return read
  const { record } = read
  const flaw =
    record.merchantRequestId === ordered.reference ? appliedFlaw(record, ordered) : 'reference'
  if (flaw) return { kind: 'in_doubt', detail: `the answer is about another ${flaw}` }
  switch (record.status) {
    case 'SUCCESS':
      return { kind: 'done', exchangeReference: record.prepayId }
    case 'FAILED':
      return verdictOf('refused', 'FAILED')
    case 'INIT':
    case 'PROCESSING':
      return { kind: 'under_way', prepayId: record.prepayId, status: record.status }
    default:
      return { kind: 'in_doubt', detail: statusDetail(record.status) }
  }
}

/**
 * What the answer to a refund says of it. It says that the refund was taken, and its end comes later (Binance Pay,
 * Refund Order Notification): without a final status of its own it stays in doubt until its query tells.
 */
export function judgeRefunded(
  answer: Answer,
  ordered: CreditOrder,
  unpublished: UnpublishedCodes,
): Verdict {
  const read = readData(answer, refund, { endpoint: 'refund', unpublished })
  if (read.kind !== 'record') return read
  const { record } = read
  const flaw =
    record.refundRequestId === ordered.reference ? refundFlaw(record, ordered) : 'reference'
  if (flaw) return { kind: 'in_doubt', detail: `the answer is about another ${flaw}` }
  if (record.refundStatus === 'REFUND_SUCCESS')
    return { kind: 'done', exchangeReference: refundName(record) }
  return { kind: 'in_doubt', detail: statusDetail(record.refundStatus ?? 'taken') }
}

/** What Binance Pay's record of an order says about our debit: the one of this prepay id, or else of our reference. */
export function judgeOrder(
  answer: Answer,
  ordered: DebitOrder,
  named: { readonly prepayId: string } | { readonly unpublished: UnpublishedCodes },
): LookUpResult {
  const read = readPayAnswer(answer)
  if (read.kind === 'code')
    return judgeCode(read.code, 'order', 'unpublished' in named ? named.unpublished : {})
  if (read.kind !== 'data') return toUnknown(read)
  const parsed = order.safeParse(read.data)
  if (!parsed.success) return NO_RECORD
  const record = parsed.data
  const isNamed =
    'prepayId' in named
      ? record.prepayId === named.prepayId
      : record.merchantTradeNo === ordered.reference
  if (!isNamed) return ANOTHER
  const flaw = orderFlaw(record, ordered)
  if (flaw) return { kind: 'contradicted', detail: `the order has another ${flaw}` }
  return byOrderStatus(record)
}

/** What Binance Pay's record of a refund says about our credit. */
export function judgeRefund(
  answer: Answer,
  ordered: CreditOrder,
  unpublished: UnpublishedCodes,
): LookUpResult {
  const read = readPayAnswer(answer)
  if (read.kind === 'code') return judgeCode(read.code, 'refund', unpublished)
  if (read.kind !== 'data') return toUnknown(read)
  const parsed = refund.safeParse(read.data)
  if (!parsed.success) return NO_RECORD
  const record = parsed.data
  if (record.refundRequestId !== ordered.reference) return ANOTHER
  const flaw = refundFlaw(record, ordered)
  if (flaw) return { kind: 'contradicted', detail: `the refund has another ${flaw}` }
  const status = record.refundStatus ?? 'none'
  switch (status) {
    case 'REFUND_SUCCESS':
      return { kind: 'executed', exchangeReference: refundName(record) }
    case 'REFUND_FAIL':
      return { kind: 'refused', detail: 'status REFUND_FAIL' }
    default:
      return { kind: 'unknown', detail: statusDetail(status) }
  }
}

const NO_RECORD: LookUpResult = { kind: 'unknown', detail: 'success without a record' }
const ANOTHER: LookUpResult = { kind: 'unknown', detail: 'the answer is about another reference' }

function readData<Schema extends z.ZodType>(
  answer: Answer,
  schema: Schema,
  about: { readonly endpoint: PayEndpoint; readonly unpublished: UnpublishedCodes },
): { readonly kind: 'record'; readonly record: z.output<Schema> } | Verdict {
  const read = readPayAnswer(answer)
  if (read.kind === 'code') {
    const { meaning, label } = meaningOf(read.code, about.endpoint, about.unpublished)
    return verdictOf(meaning, label)
  }
  if (read.kind !== 'data') return read
  const parsed = schema.safeParse(read.data)
  return parsed.success
    ? { kind: 'record', record: parsed.data }
    : { kind: 'in_doubt', detail: 'success without a record' }
}

function judgeCode(
  code: string,
  what: 'order' | 'refund',
  unpublished: UnpublishedCodes,
): LookUpResult {
  return isNotFound(code, what, unpublished)
    ? { kind: 'not_found' }
    : { kind: 'unknown', detail: `code ${code}` }
}

/**
 * A payment that was made stays made, whatever was given back since. Without one, an order that has ended in any other
 * way took nothing: a transaction's id is "issued once the payment is successful" (Binance Pay, Query Order).
 */
function byOrderStatus(record: z.output<typeof order>): LookUpResult {
  switch (record.status) {
    case 'PAID':
    case 'REFUNDING':
    case 'REFUNDED':
    case 'FULL_REFUNDED':
      return { kind: 'executed', exchangeReference: record.prepayId }
    case 'CANCELED':
    case 'ERROR':
    case 'EXPIRED':
      return record.transactionId
        ? { kind: 'unknown', detail: `${statusDetail(record.status)} with a payment` }
        : { kind: 'refused', detail: statusDetail(record.status) }
    default:
      return { kind: 'unknown', detail: statusDetail(record.status) }
  }
}

function appliedFlaw(record: z.output<typeof applied>, ordered: DebitOrder): string | undefined {
  const { currency, amount } = record
  if (currency && currency !== ordered.asset) return 'asset'
  return amount && readCoins(ordered.asset, amount) !== ordered.amount ? 'amount' : undefined
}

function orderFlaw(record: z.output<typeof order>, ordered: DebitOrder): string | undefined {
  if (record.currency !== ordered.asset) return 'asset'
  if (readCoins(ordered.asset, record.orderAmount) !== ordered.amount) return 'amount'
  const { userId } = ordered.wallet
  return userId && record.openUserId && record.openUserId !== userId ? 'customer' : undefined
}

/** A refund names no asset: it is that of the order which it gives back. */
function refundFlaw(record: z.output<typeof refund>, ordered: CreditOrder): string | undefined {
  if (readCoins(ordered.asset, record.refundAmount) !== ordered.amount) return 'amount'
  const debit = ordered.debitExchangeReference
  return debit !== undefined && record.prepayId !== debit ? 'debit' : undefined
}

/** Newer answers carry an id of Binance Pay's own; without one the refund has our name only. */
function refundName({ refundId, refundRequestId }: z.output<typeof refund>): string {
  return refundId ?? refundRequestId
}

function statusDetail(status: string): string {
  return `status ${status.slice(0, 20)}`
}

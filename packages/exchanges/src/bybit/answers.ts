import type { DebitOrder, LookUpResult } from '@tolem/domain/movement'
import { z } from 'zod'
import type { Answer } from '../http/send.ts'
import { toUnknown, type Verdict, verdictOf } from '../verdict.ts'
import { type BybitPayEndpoint, failureMeaningOf, isNotFound, meaningOf } from './codes.ts'
import { readEnvelope } from './envelope.ts'
import type { PayStep } from './units.ts'

/** An amount in Bybit Pay's minor units: an integer, at most 32 digits (pay-docs, field lengths). */
const amount = z.object({
  total: z.string().regex(/^(0|[1-9][0-9]{0,31})$/),
  currency: z.string(),
  currency_type: z.literal('CRYPTO'),
})
const platformNumber = z.string().min(1).max(64)

/** One movement as the mandate's calls tell it, in the answer to the order and in the answer to a query alike. */
type MovementRecord = {
  readonly reference: string
  readonly exchangeReference: string
  readonly status: string
  readonly amount: z.output<typeof amount>
  readonly failure: string
}

const payRecord = z
  .object({
    trade_no: platformNumber,
    out_trade_no: z.string(),
    status: z.string(),
    amount,
    failure_reason: z.string().nullish(),
  })
  .transform(
    (record): MovementRecord => ({
      reference: record.out_trade_no,
      exchangeReference: record.trade_no,
      status: record.status,
      amount: record.amount,
      failure: record.failure_reason ?? '',
    }),
  )

const refundRecord = z
  .object({
    refund_no: platformNumber,
    out_refund_no: z.string(),
    status: z.string(),
    refund_amount: amount,
    failure_reason: z.string().nullish(),
  })
  .transform(
    (record): MovementRecord => ({
      reference: record.out_refund_no,
      exchangeReference: record.refund_no,
      status: record.status,
      amount: record.refund_amount,
      failure: record.failure_reason ?? '',
    }),
  )

const RECORDS = { pay: payRecord, refund: refundRecord } as const

/** What was asked for, and in which units. */
export type AskedMovement = {
  readonly order: DebitOrder
  readonly endpoint: BybitPayEndpoint
  readonly stepOf: PayStep
}

/** What the answer to a payment or a refund says of it: done only for SUCCESS with our reference and exact amount. */
export function judgeMovement(answer: Answer, asked: AskedMovement): Verdict {
  const { order, endpoint } = asked
  const read = readRecord(answer, endpoint)
  if (read.kind === 'code') {
    const { meaning, label } = meaningOf(read.code, endpoint)
    return verdictOf(meaning, label)
  }
  if (read.kind !== 'record') return read
  const { record } = read
  const flaw = record.reference === order.reference ? flawOf(record, asked) : 'another reference'
  if (flaw) return { kind: 'in_doubt', detail: `the answer is about ${flaw}` }
  if (record.status === 'SUCCESS')
    return { kind: 'done', exchangeReference: record.exchangeReference }
  if (record.status !== 'FAILED') return { kind: 'in_doubt', detail: statusDetail(record) }
  const { meaning, label } = failureMeaningOf(record.failure, endpoint)
  return verdictOf(meaning, `FAILED, ${label}`)
}

/** What the exchange's record says about an order. A FAILED record is final whatever its reason. */
export function judgeRecord(answer: Answer, asked: AskedMovement): LookUpResult {
  const { order, endpoint } = asked
  const read = readRecord(answer, endpoint)
  if (read.kind === 'code')
    return isNotFound(read.code, endpoint)
      ? { kind: 'not_found' }
      : { kind: 'unknown', detail: meaningOf(read.code, endpoint).label }
  if (read.kind !== 'record') return toUnknown(read)
  const { record } = read
  if (record.reference !== order.reference)
    return { kind: 'unknown', detail: 'the answer is about another reference' }
  const flaw = flawOf(record, asked)
  if (flaw) return { kind: 'contradicted', detail: `the record is about ${flaw}` }
  if (record.status === 'SUCCESS')
    return { kind: 'executed', exchangeReference: record.exchangeReference }
  if (record.status === 'FAILED')
    return { kind: 'refused', detail: failureMeaningOf(record.failure, endpoint).label }
  return { kind: 'unknown', detail: statusDetail(record) }
}

function readRecord(answer: Answer, endpoint: BybitPayEndpoint) {
  const read = readEnvelope(answer, '20000')
  if (read.kind !== 'result') return read
  const record = RECORDS[endpoint].safeParse(read.result)
  if (!record.success) return { kind: 'in_doubt', detail: 'success without a record' } as const
  return { kind: 'record', record: record.data } as const
}

/** What makes a record another movement than the ordered one. Its chain is not compared: nothing moves on a chain. */
function flawOf(record: MovementRecord, { order, stepOf }: AskedMovement): string | undefined {
  if (record.amount.currency !== order.asset) return 'another asset'
  const units = BigInt(record.amount.total) * stepOf(order.asset)
  return units === order.amount ? undefined : 'another amount'
}

function statusDetail(record: MovementRecord): string {
  return `status ${record.status.slice(0, 20)}`
}

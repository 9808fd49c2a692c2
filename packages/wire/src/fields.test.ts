import type { BankId } from '@tolem/domain/ids'
import { anAuthorizationBody, aReversalBody } from '@tolem/testing/bodies'
import { expect, test } from 'vitest'
import { parseAdvice } from './advice.ts'
import { parseClearing } from './clearing.ts'
import { parseRefund } from './refund.ts'
import { parseAuthorization } from './request.ts'
import { parseReversal } from './reversal.ts'

const HALYK = 'halyk' as BankId

const { original: _, reason: __, ...key } = aReversalBody()

const PRESENTMENT = { ...key, cardToken: 'ct_halyk_0001' }

const CALLS = [
  ['/transactionAmount', parseAuthorization, anAuthorizationBody()],
  ['/billingAmount', parseAuthorization, anAuthorizationBody()],
  ['/cashbackAmount', parseAuthorization, anAuthorizationBody({ type: 'purchase_with_cashback' })],
  ['/billingAmount', parseAdvice, anAuthorizationBody({ decision: 'approved' })],
  ['/clearingAmount', parseClearing, PRESENTMENT],
  ['/refundAmount', parseRefund, PRESENTMENT],
  ['/replacementAmount', parseReversal, aReversalBody()],
] as const

const WRONG = [
  [{ value: 'x', currency: 'KZT' }, '/value'],
  [{ value: '1.234', currency: 'KZT' }, '/value'],
  [{ value: '-1', currency: 'KZT' }, '/value'],
  [{ value: '1.2345', currency: 'usd' }, '/currency'],
] as const

test.each(CALLS)('what is no amount in %s is a field error, never a mistake of ours', (...call) => {
  const [pointer, parse, body] = call
  for (const [amount, where] of WRONG) {
    const sent = { ...body, [pointer.slice(1)]: amount }
    const parsed = parse(HALYK, Buffer.from(JSON.stringify(sent)))
    if (parsed.ok) return expect.unreachable(`took ${amount.value} ${amount.currency}`)
    const { errors } = JSON.parse(parsed.answer.body)
    expect(parsed.answer.status).toBe(422)
    expect(errors).toContainEqual({ pointer: pointer + where, detail: expect.any(String) })
  }
})

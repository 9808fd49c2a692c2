import { toApprovalCode } from '@tolem/domain/approval-code'
import type { DebitRefusal } from '@tolem/domain/movement'
import { amountOf } from '@tolem/money/amount'
import { aNewAuthorization, anAuthorizationId } from '@tolem/testing/builders'
import { RESPONSE_CODES } from '@tolem/testing/response-codes'
import { authorizationAnswer } from '@tolem/wire/authorization'
import { responseCodeTable } from '@tolem/wire/response-codes'
import { expect, test } from 'vitest'
import type { Caller } from './callers.ts'
import { concludeDebit, concludeDecline } from './conclusion.ts'

const { id, plan } = aNewAuthorization()
const caller: Caller = {
  id: 'halyk' as Caller['id'],
  responseBudgetMs: 1_000,
  spreadBasisPoints: 50,
  feeBasisPoints: 100,
  holdPeriods: { days: 7, preauthorizationDays: 30, byMerchantCategory: {} },
  codes: responseCodeTable(RESPONSE_CODES, { exchange_in_doubt: '06' }),
}
const accepted = { id, caller, plan, approvalNumber: 7n, isFinal: false }

function answerIn(body: string) {
  return authorizationAnswer.parse(JSON.parse(body))
}

test('a debit that happened approves, with its journal', () => {
  const { debit, decision } = concludeDebit(accepted, { kind: 'debited', exchangeReference: 'x1' })
  if (decision.kind !== 'approve') return expect.unreachable()
  expect(debit?.reference).toBe(plan.debit.reference)
  expect(answerIn(decision.body)).toMatchObject({
    authorizationId: id,
    decision: 'approved',
    approvalCode: decision.approvalCode,
    approvedAmount: { value: '12500.00', currency: 'KZT' },
  })
  expect(decision.journal.map(({ asset, amount }) => [asset, amount])).toEqual([
    ['USDT', plan.quote.debit],
    ['KZT', plan.quote.billing],
    ['KZT', plan.quote.spread],
    ['KZT', plan.quote.fee],
  ])
})

test('what the exchange paid for is approved, in the codes of the bank, when that is less', () => {
  const billing = amountOf('KZT', 700_000n)
  const less = {
    ...plan,
    outcome: 'partially_approved',
    quote: { ...plan.quote, billing },
  } as const
  const debited = { kind: 'debited', exchangeReference: 'x1' } as const
  const { decision } = concludeDebit({ ...accepted, plan: less }, debited)
  if (decision.kind !== 'approve') return expect.unreachable()
  expect(decision.outcome).toBe('partially_approved')
  expect(answerIn(decision.body)).toMatchObject({
    decision: 'partially_approved',
    responseCode: '10',
    approvedAmount: { value: '7000.00', currency: 'KZT' },
  })
  expect(decision.journal[1]).toMatchObject({ asset: 'KZT', amount: billing })
})

test('the money of a final authorization is owed to the bank at once', () => {
  const debited = { kind: 'debited', exchangeReference: 'x1' } as const
  const accounts = [true, false].map((isFinal) => {
    const { decision } = concludeDebit({ ...accepted, isFinal }, debited)
    return decision.kind === 'approve' && decision.journal[1]?.creditAccount
  })
  expect(accounts).toEqual(['owed_to_bank/halyk', 'held_for_authorizations/halyk'])
})

test('an increment is concluded under the authorization that it raises', () => {
  const parent = anAuthorizationId()
  const debited = { kind: 'debited', exchangeReference: 'x1' } as const
  expect(concludeDebit({ ...accepted, parent }, debited)).toMatchObject({ id, parent })
})

const REFUSALS: readonly DebitRefusal[] = [
  'insufficient_funds',
  'exchange_refused',
  'exchange_unavailable',
  'deadline_exceeded',
]

test.each(REFUSALS)('a debit that was rejected for %s declines with that reason', (reason) => {
  const result = { kind: 'rejected', reason, detail: 'secret of the exchange' } as const
  const { debit, decision } = concludeDebit(accepted, result)
  expect(decision).toMatchObject({ kind: 'decline', reason })
  expect(debit).toEqual({ reference: plan.debit.reference, result })
  expect(decision.body).not.toContain('secret')
})

test('a debit in doubt never approves, and declines in the codes of the bank', () => {
  const { decision } = concludeDebit(accepted, { kind: 'in_doubt', detail: 'silence' })
  expect(decision).toMatchObject({ kind: 'decline', reason: 'exchange_in_doubt' })
  expect(answerIn(decision.body)).toMatchObject({ responseCode: '06' })
})

test('a decline that ACCEPT made touches no debit', () => {
  const conclusion = concludeDecline(id, 'count_limit_exceeded', caller)
  expect(conclusion.debit).toBeUndefined()
  expect(answerIn(conclusion.decision.body)).toMatchObject({ responseCode: '65' })
})

test('approval codes are six letters or digits and unique over 100,000 numbers anywhere', () => {
  for (const start of [0n, 1n, 2_176_700_000n, 2n ** 40n]) {
    const codes = new Set<string>()
    for (let number = start; number < start + 100_000n; number += 1n)
      codes.add(toApprovalCode(number))
    expect(codes.size).toBe(100_000)
    for (const code of codes) if (!/^[0-9A-Z]{6}$/.test(code)) expect.unreachable(code)
  }
})

test('every code comes before one comes again', () => {
  expect(toApprovalCode(36n ** 6n + 5n)).toBe(toApprovalCode(5n))
  const stride = 1_500_450_271n
  expect(stride % 2n).not.toBe(0n)
  expect(stride % 3n).not.toBe(0n)
})

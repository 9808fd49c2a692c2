import type { PlannedDebits } from '@tolem/authorizations/accept'
import { type DeclineReason, toApprovalCode } from '@tolem/domain/decision'
import { movementReference } from '@tolem/domain/ids'
import type { DebitRefusal, DebitResult } from '@tolem/domain/movement'
import { amountOf } from '@tolem/money/amount'
import { aNewAuthorization, anAuthorizationId } from '@tolem/testing/builders'
import { RESPONSE_CODES } from '@tolem/testing/response-codes'
import { authorizationAnswer } from '@tolem/wire/authorization'
import { responseCodeTable } from '@tolem/wire/response-codes'
import { expect, test } from 'vitest'
import type { Caller } from './callers.ts'
import { concludeDebits, concludeDecline } from './conclusion.ts'

const { id, plan } = aNewAuthorization()
const [{ order, quote }] = plan.debits
const DEBITED = { kind: 'debited', exchangeReference: 'x1' } as const
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
  const { debits, decision } = concludeDebits(accepted, [DEBITED])
  if (decision.kind !== 'approve') return expect.unreachable()
  expect(debits).toEqual([{ reference: order.reference, result: DEBITED }])
  expect(answerIn(decision.body)).toMatchObject({
    authorizationId: id,
    decision: 'approved',
    approvalCode: decision.approvalCode,
    approvedAmount: { value: '12500.00', currency: 'KZT' },
  })
  expect(decision.journal.map(({ asset, amount }) => [asset, amount])).toEqual([
    ['USDT', quote.debit],
    ['KZT', quote.billing],
    ['KZT', quote.spread],
    ['KZT', quote.fee],
  ])
})

test('what the exchange paid for is approved, in the codes of the bank, when that is less', () => {
  const billing = amountOf('KZT', 700_000n)
  const less = {
    ...plan,
    outcome: 'partially_approved',
    billing,
    debits: [{ order, quote: { ...quote, billing } }],
  } as const
  const { decision } = concludeDebits({ ...accepted, plan: less }, [DEBITED])
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
  const accounts = [true, false].map((isFinal) => {
    const { decision } = concludeDebits({ ...accepted, isFinal }, [DEBITED])
    return decision.kind === 'approve' && decision.journal[1]?.creditAccount
  })
  expect(accounts).toEqual(['owed_to_bank/halyk', 'held_for_authorizations/halyk'])
})

test('an increment is concluded under the authorization that it raises', () => {
  const parent = anAuthorizationId()
  expect(concludeDebits({ ...accepted, parent }, [DEBITED])).toMatchObject({ id, parent })
})

const REFUSALS: readonly DebitRefusal[] = [
  'insufficient_funds',
  'exchange_refused',
  'exchange_unavailable',
  'deadline_exceeded',
]

test.each(REFUSALS)('a debit that was rejected for %s declines with that reason', (reason) => {
  const result = { kind: 'rejected', reason, detail: 'secret of the exchange' } as const
  const { debits, decision } = concludeDebits(accepted, [result])
  expect(decision).toMatchObject({ kind: 'decline', reason })
  expect(debits).toEqual([{ reference: order.reference, result }])
  expect(decision.body).not.toContain('secret')
})

test('a debit in doubt never approves, and declines in the codes of the bank', () => {
  const { decision } = concludeDebits(accepted, [{ kind: 'in_doubt', detail: 'silence' }])
  expect(decision).toMatchObject({ kind: 'decline', reason: 'exchange_in_doubt' })
  expect(answerIn(decision.body)).toMatchObject({ responseCode: '06' })
})

/** Three debits of other assets that pay for 12,500 tenge together. */
const THREE = (['USDT', 'USDC', 'BTC'] as const).map((asset, index) => ({
  order: { ...order, reference: movementReference(id, 'debit', index + 1), asset },
  quote: { ...quote, asset, billing: amountOf('KZT', [400_000n, 500_000n, 350_000n][index] ?? 0n) },
}))
const ofThree = {
  ...accepted,
  plan: { ...plan, debits: THREE as unknown as PlannedDebits },
}

test('several debits approve together, each with its part, its quote and its journal', () => {
  const { debits, decision } = concludeDebits(ofThree, [DEBITED, DEBITED, DEBITED])
  if (decision.kind !== 'approve') return expect.unreachable()
  expect(debits?.map(({ reference }) => reference)).toEqual(THREE.map((one) => one.order.reference))
  const answer = answerIn(decision.body)
  expect(answer.approvedAmount?.value).toBe('12500.00')
  expect(answer.funding?.map(({ asset, billingAmount }) => [asset, billingAmount.value])).toEqual([
    ['USDT', '4000.00'],
    ['USDC', '5000.00'],
    ['BTC', '3500.00'],
  ])
  expect([...new Set(decision.journal.map(({ journalId }) => journalId))]).toEqual(
    THREE.map((one) => `approval/${one.order.reference}`),
  )
  const held = decision.journal.filter(({ creditAccount }) => creditAccount.startsWith('held_for'))
  expect(held.map(({ amount }) => amount)).toEqual([400_000n, 500_000n, 350_000n])
})

const IN_DOUBT = { kind: 'in_doubt', detail: 'silence' } as const
const rejected = (reason: DebitRefusal) => ({ kind: 'rejected', reason, detail: 'no' }) as const

test.each<[DeclineReason, readonly DebitResult[]]>([
  ['insufficient_funds', [DEBITED, DEBITED, rejected('insufficient_funds')]],
  ['insufficient_funds', [IN_DOUBT, DEBITED, rejected('insufficient_funds')]],
  ['exchange_refused', [rejected('deadline_exceeded'), rejected('exchange_refused'), IN_DOUBT]],
  ['exchange_unavailable', [IN_DOUBT, rejected('exchange_unavailable'), DEBITED]],
  ['exchange_in_doubt', [DEBITED, IN_DOUBT, rejected('deadline_exceeded')]],
  ['exchange_in_doubt', [DEBITED, DEBITED]],
])('one debit of several that did not happen declines: %s', (reason, results) => {
  const { debits, decision } = concludeDebits(ofThree, results)
  expect(decision).toMatchObject({ kind: 'decline', reason })
  expect(debits).toHaveLength(3)
})

test('a decline that ACCEPT made touches no debit', () => {
  const conclusion = concludeDecline(id, 'count_limit_exceeded', caller)
  expect(conclusion.debits).toBeUndefined()
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

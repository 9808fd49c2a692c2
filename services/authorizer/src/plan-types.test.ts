import type { Original } from '@tolem/authorizations/original'
import {
  AUTHORIZATION_TYPES,
  type AuthorizationRequest,
  type AuthorizationType,
} from '@tolem/domain/authorization'
import { amountOf } from '@tolem/money/amount'
import { anAuthorizationId, NOON } from '@tolem/testing/builders'
import { authorizationAnswer } from '@tolem/wire/authorization'
import { expect, test } from 'vitest'
import { feeOf } from './plan.ts'
import {
  caller,
  GOOD,
  inProgramme,
  ORIGINAL,
  onCard,
  pilot,
  planOf,
  reasonOf,
  type Scene,
} from './testing/plan-scene.ts'

/** A first request of a type, with what that needs. */
function first(type: AuthorizationType, request: Partial<AuthorizationRequest> = {}): Scene {
  const programme = { ...pilot, authorizationTypes: [...AUTHORIZATION_TYPES] }
  return {
    ...GOOD,
    type,
    programme,
    original: undefined,
    request: { kind: 'authorization', ...request },
  }
}

const CASHBACK = { cashback: amountOf('KZT', 250_000n), isPartialApprovalSupported: true } as const

test.each([
  ['another card', { ...ORIGINAL, cardToken: 'ct_other' as Original['cardToken'] }],
  ['a cash withdrawal', { ...ORIGINAL, type: 'cash_withdrawal' as const }],
])('an increment of %s is declined with original_closed', (_name, original) => {
  expect(reasonOf({ ...GOOD, original })).toBe('original_closed')
})

test('a purchase cannot be raised by cash', () => {
  expect(reasonOf({ ...GOOD, type: 'cash_withdrawal' })).toBe('original_closed')
})

test.each([
  ['purchase', 12_500n],
  ['purchase_with_cashback', 12_500n],
  ['cash_withdrawal', 18_750n],
  ['quasi_cash', 18_750n],
] as const)('a %s is charged a fee of its own', (type, fee) => {
  const plan = planOf(first(type))
  if (plan.kind !== 'intend') return expect.unreachable(plan.kind)
  expect(plan.outcome).toBe('approved')
  expect(plan.debits[0].quote.fee).toBe(fee)
})

test('cash costs as much as a purchase at a bank that says nothing else', () => {
  const { cashFeeBasisPoints: _, ...plain } = caller
  expect(feeOf(plain, { type: 'cash_withdrawal' })).toBe(100)
})

test('a purchase with cashback is planned whole, and without the cash when that was refused', () => {
  const scene = first('purchase_with_cashback', CASHBACK)
  const [whole, rest] = [planOf(scene), planOf({ ...scene, isCashDropped: true })]
  if (whole.kind !== 'intend' || rest.kind !== 'intend') return expect.unreachable()
  expect(whole).toMatchObject({ outcome: 'approved', mayDropCash: true })
  expect(whole.billing).toBe(1_250_000n)
  expect(rest).toMatchObject({ outcome: 'approved_without_cashback', mayDropCash: false })
  expect(rest.billing).toBe(1_000_000n)
})

/** The cash at the till, of which no more than 2,000 tenge may be handed out. */
const limited = inProgramme(() => ({
  controls: {
    limits: [
      { types: ['cash'], window: { kind: 'transaction' }, amount: amountOf('KZT', 200_000n) },
      { types: ['cash'], window: { kind: 'day' }, amount: amountOf('KZT', 100_000n) },
    ],
  },
}))

test('cash that the controls do not permit is left out where the terminal can do that', () => {
  const plan = planOf(limited(first('purchase_with_cashback', CASHBACK)))
  if (plan.kind !== 'intend') return expect.unreachable(plan.kind)
  expect(plan).toMatchObject({ outcome: 'approved_without_cashback', mayDropCash: false })
  expect(plan.billing).toBe(1_000_000n)
  const whole = { ...CASHBACK, isPartialApprovalSupported: false }
  const scene = limited(first('purchase_with_cashback', whole))
  expect(reasonOf(scene)).toBe('amount_limit_exceeded')
  expect(reasonOf({ ...scene, billing: amountOf('KZT', 0n) })).toBe('invalid_amount')
})

test('what is to be asked under lock goes with the plan', () => {
  const cash = limited({ ...first('cash_withdrawal'), billing: amountOf('KZT', 200_000n) })
  expect(planOf(cash)).toMatchObject({ asks: { count: 1, limits: [{ span: 'day' }] } })
})

test.each([
  ['takes the whole or nothing', { ...CASHBACK, isPartialApprovalSupported: false }],
  ['is a cash machine', { ...CASHBACK, terminalType: 'atm' as const }],
])('the cash is not left out at a terminal that %s', (_name, request) => {
  expect(planOf(first('purchase_with_cashback', request))).toMatchObject({ mayDropCash: false })
})

test('a verification is approved at once: nothing is quoted and nothing moves', () => {
  const id = anAuthorizationId()
  const nothing = { ...first('account_verification'), billing: amountOf('KZT', 0n) }
  const plan = planOf({ ...nothing, rate: 'missing' }, id)
  if (plan.kind !== 'verify') return expect.unreachable(plan.kind)
  expect(plan.approvalCode).toMatch(/^[0-9A-Z]{6}$/)
  expect(authorizationAnswer.parse(JSON.parse(plan.body))).toMatchObject({
    authorizationId: id,
    decision: 'approved',
    responseCode: '85',
    approvalCode: plan.approvalCode,
    approvedAmount: { value: '0.00', currency: 'KZT' },
  })
})

test('a verification of an amount is declined, and so is one of a card that does not pay', () => {
  const scene = first('account_verification')
  expect(reasonOf(scene)).toBe('invalid_amount')
  const nothing = { ...scene, billing: amountOf('KZT', 0n) }
  expect(reasonOf(onCard({ status: 'frozen' })(nothing))).toBe('card_frozen')
})

test('a first request is held until its period ends; an increment by its parent, a final one never', () => {
  const until = (scene: Scene) => {
    const plan = planOf(scene)
    return plan.kind === 'intend' && plan.holdUntil
  }
  expect(until(first('purchase'))).toBe(NOON + 7 * 86_400_000)
  expect(until(first('purchase', { isPreauthorization: true }))).toBe(NOON + 30 * 86_400_000)
  expect(until(first('purchase', { isFinal: true }))).toBeUndefined()
  expect(until(GOOD)).toBeUndefined()
})

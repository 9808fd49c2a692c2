import type { FallBack } from '@tolem/authorizations/fall-back'
import type { AuthorizationRequest } from '@tolem/domain/authorization'
import { movementReference } from '@tolem/domain/ids'
import type { DebitOrder, DebitResult } from '@tolem/domain/movement'
import { amountOf } from '@tolem/money/amount'
import { aNewAuthorization } from '@tolem/testing/builders'
import { expect, test } from 'vitest'
import { type Balance, fallBack } from './fall-back.ts'
import { caller } from './testing/plan-scene.ts'

const SHORT = { kind: 'rejected', reason: 'insufficient_funds', detail: 'too little' } as const
const DEBITED = { kind: 'debited', exchangeReference: 'x2' } as const
const NO_TIME = undefined
const UNTOLD: Balance = { step: 100n, available: undefined }
/** Ten USDT pay for 4,671.57 tenge: see the tests of `affordableBilling`. */
const TEN: Balance = { step: 100n, available: amountOf('USDT', 1_000_000_000n) }

const takesLess = { isPartialApprovalSupported: true } as const
const cashback = {
  ...takesLess,
  type: 'purchase_with_cashback',
  cashback: amountOf('KZT', 850_000n),
} as const

/** Falls back from a debit of 12,500 tenge, and says what the exchange and the record were asked. */
async function fallBackOn(
  request: Partial<AuthorizationRequest>,
  balance: Balance | undefined,
  more: { readonly result?: DebitResult; readonly isDurable?: boolean } = {},
) {
  const item = aNewAuthorization({ request })
  const first = { plan: item.plan, result: more.result ?? SHORT }
  const asked: { readonly balances: DebitOrder[]; lowered: FallBack[]; debits: DebitOrder[] } = {
    balances: [],
    lowered: [],
    debits: [],
  }
  const ports = {
    balance: (order: DebitOrder) => {
      asked.balances.push(order)
      return Promise.resolve(balance)
    },
    fallBack: (lowered: FallBack) => {
      asked.lowered.push(lowered)
      return Promise.resolve(more.isDurable ?? true)
    },
    debit: (order: DebitOrder) => {
      asked.debits.push(order)
      return Promise.resolve(DEBITED)
    },
  }
  const deadline = { at: 1_000, windowEndsAt: 1_000 }
  const last = await fallBack(ports, first, { item, caller, deadline })
  return { item, first, last, asked }
}

test('as much is debited as the wallet pays for, under a reference of its own, once it is durable', async () => {
  const { item, first, last, asked } = await fallBackOn(takesLess, TEN)
  expect(last.result).toBe(DEBITED)
  expect(last.plan).toMatchObject({ outcome: 'partially_approved' })
  expect(last.plan.quote.billing).toBe(467_157n)
  expect(last.plan.quote.id).toBe(first.plan.quote.id)
  expect(last.plan.debit).toEqual({
    ...first.plan.debit,
    reference: movementReference(item.id, 'debit', 2),
    amount: last.plan.quote.debit,
  })
  expect(last.plan.debit.amount).toBeLessThanOrEqual(1_000_000_000n)
  expect(asked.debits).toEqual([last.plan.debit])
  expect(asked.lowered).toEqual([
    {
      id: item.id,
      refused: { reference: first.plan.debit.reference, detail: 'too little' },
      plan: last.plan,
      cash: 0n,
    },
  ])
})

test.each([
  ['told', TEN],
  ['not told', UNTOLD],
])('the cash of a purchase goes first when the balance is %s', async (_name, balance) => {
  const { last } = await fallBackOn(cashback, balance)
  expect(last.plan.outcome).toBe('approved_without_cashback')
  expect(last.plan.quote.billing).toBe(400_000n)
})

test('where not even the purchase is covered, a part of it is approved without the cash', async () => {
  const less = { ...cashback, cashback: amountOf('KZT', 50_000n) }
  const { last } = await fallBackOn(less, TEN)
  expect(last.plan.outcome).toBe('partially_approved')
  expect(last.plan.quote.billing).toBe(467_157n)
})

test('an exchange that says the wallet holds enough is not asked for the same again', async () => {
  const available = amountOf('USDT', 100_000_000_000n)
  const { first, last, asked } = await fallBackOn(takesLess, { step: 100n, available })
  expect(last).toBe(first)
  expect(asked.lowered).toEqual([])
})

test.each([
  ['the balance is not told', takesLess, UNTOLD],
  ['the wallet is empty', takesLess, { step: 100n, available: amountOf('USDT', 99n) }],
  ['too little time is left', takesLess, NO_TIME],
])('nothing more is debited when %s', async (_name, request, balance) => {
  const { first, last, asked } = await fallBackOn(request, balance)
  expect(last).toBe(first)
  expect(asked.debits).toEqual([])
})

test.each([
  ['takes the whole or nothing', { isPartialApprovalSupported: false }],
  ['hands out notes', { ...takesLess, terminalType: 'atm' as const }],
  ['hands out cash', { ...takesLess, type: 'cash_withdrawal' as const }],
  ['sells what is as good as cash', { ...takesLess, type: 'quasi_cash' as const }],
])('the exchange is asked nothing more for a terminal that %s', async (_name, request) => {
  const { first, last, asked } = await fallBackOn(request, TEN)
  expect(last).toBe(first)
  expect(asked.balances).toEqual([])
})

test.each<DebitResult>([
  DEBITED,
  { kind: 'in_doubt', detail: 'silence' },
  { kind: 'rejected', reason: 'exchange_refused', detail: 'no' },
])('only a wallet that is certainly short is asked for less: $kind', async (result) => {
  const { first, last, asked } = await fallBackOn(takesLess, TEN, { result })
  expect(last).toBe(first)
  expect(asked.balances).toEqual([])
})

test('what could not be made durable is never debited', async () => {
  const { first, last, asked } = await fallBackOn(takesLess, TEN, { isDurable: false })
  expect(last).toBe(first)
  expect(asked.debits).toEqual([])
})

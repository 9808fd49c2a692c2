import type { AuthorizationRequest } from '@tolem/domain/authorization'
import type { Controls } from '@tolem/domain/controls'
import type { BankId, ExchangeId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { PILOT_PROGRAMME_FILE, readProgramme } from '@tolem/programme'
import type { Programme } from '@tolem/programme/schema'
import { aCard, anAuthorizationRequest, NOON } from '@tolem/testing/builders'
import { expect, test } from 'vitest'
import { createPermit, type PermitInput } from './permit.ts'

const PILOT = readProgramme(PILOT_PROGRAMME_FILE)
const tenge = (tiyn: bigint) => amountOf('KZT', tiyn)

/** The pilot, open to all types, without controls and caps of its own. */
const OPEN: Programme = {
  ...PILOT,
  authorizationTypes: [
    'purchase',
    'cash_withdrawal',
    'purchase_with_cashback',
    'account_verification',
    'quasi_cash',
  ],
  controls: {},
  caps: {},
  banks: PILOT.banks.map((bank) => ({ ...bank, controls: {}, caps: {} })),
}

function inBank(change: Partial<Programme['banks'][number]>): Programme {
  return {
    ...OPEN,
    banks: OPEN.banks.map((bank) => (bank.id === 'halyk' ? { ...bank, ...change } : bank)),
  }
}

type Scene = {
  readonly programme?: Programme
  readonly controls?: Controls
  readonly request?: Partial<AuthorizationRequest>
} & Partial<Pick<PermitInput, 'withCash'>>

function permitted({ programme = OPEN, controls = {}, request = {}, withCash = true }: Scene) {
  return createPermit(programme)({
    request: anAuthorizationRequest(request),
    card: aCard({ controls }),
    exchange: 'bybit' as ExchangeId,
    now: NOON,
    withCash,
  })
}

const asksOf = (scene: Scene) => {
  const found = permitted(scene)
  return found.ok ? found.value.asks : found.reason
}

test('nothing is asked under lock where no limit and no cap concerns the request', () => {
  expect(asksOf({})).toBeNull()
  const cash = { types: ['cash'], window: { kind: 'day' }, amount: tenge(1n) } as const
  expect(asksOf({ controls: { limits: [cash] } })).toBeNull()
  expect(
    asksOf({
      programme: { ...OPEN, caps: { dayAmount: tenge(1n) } },
      request: { billing: undefined },
    }),
  ).toBeNull()
})

const DENY_GROCERIES: Controls = { merchantCategories: { deny: ['5400-5499'] } }

test.each([
  ['the programme', { programme: { ...OPEN, controls: DENY_GROCERIES } }],
  ['the bank', { programme: inBank({ controls: DENY_GROCERIES }) }],
  ['the card', { controls: DENY_GROCERIES }],
])('what %s denies is refused', (_name, scene: Scene) => {
  expect(permitted(scene)).toEqual({ ok: false, reason: 'merchant_category_not_permitted' })
  expect(permitted({ ...scene, request: { merchantCategoryCode: '5500' } }).ok).toBe(true)
})

test('what one bank denies another bank’s cards may do', () => {
  const request = { bank: 'forte' as BankId }
  expect(permitted({ programme: inBank({ controls: DENY_GROCERIES }), request }).ok).toBe(true)
})

test('a type that the programme does not take is refused before channel and category', () => {
  const programme = { ...OPEN, authorizationTypes: ['purchase' as const] }
  const controls: Controls = { ...DENY_GROCERIES, channels: { allow: ['atm'] } }
  const request = { type: 'quasi_cash' } as const
  expect(permitted({ programme, controls, request })).toEqual({
    ok: false,
    reason: 'transaction_type_not_permitted',
  })
  expect(permitted({ programme, controls })).toEqual({ ok: false, reason: 'channel_not_permitted' })
})

test('the lists judge also a request without an amount', () => {
  expect(permitted({ controls: DENY_GROCERIES, request: { billing: undefined } }).ok).toBe(false)
})

test('of a purchase with cashback the cash is refused alone, and the rest is permitted without it', () => {
  const limits = [
    { types: ['cash'], window: { kind: 'transaction' }, amount: tenge(999n) },
  ] as const
  const request = {
    type: 'purchase_with_cashback',
    billing: tenge(5_000n),
    cashback: tenge(1_000n),
  } as const
  expect(permitted({ controls: { limits }, request })).toEqual({
    ok: false,
    reason: 'cash_limit_exceeded',
  })
  expect(permitted({ controls: { limits }, request, withCash: false }).ok).toBe(true)
  const whole = [...limits, { window: { kind: 'transaction' }, amount: tenge(4_000n) }] as const
  expect(permitted({ controls: { limits: whole }, request })).toEqual({
    ok: false,
    reason: 'amount_limit_exceeded',
  })
  expect(permitted({ controls: { limits: whole }, request, withCash: false }).ok).toBe(true)
})

test('every counted limit of all levels is asked, with its selectors and where its window begins', () => {
  const asks = asksOf({
    programme: {
      ...inBank({
        controls: { limits: [{ channels: ['pos'], window: { kind: 'month' }, count: 9 }] },
        caps: { monthAmount: tenge(8n) },
      }),
      controls: { limits: [{ types: ['cash'], window: { kind: 'day' }, amount: tenge(700n) }] },
      caps: { dayAmount: tenge(9n) },
    },
    controls: {
      limits: [
        { window: { kind: 'rolling', hours: 24 }, amount: tenge(9_007_199_254_740_993n) },
        { channels: ['atm'], window: { kind: 'day' }, count: 1 },
      ],
    },
    request: { type: 'purchase_with_cashback', cashback: tenge(300n) },
  })
  expect(asks).toEqual({
    count: 1,
    cash: '300',
    limits: [
      {
        span: 'day',
        types: ['cash_withdrawal', 'quasi_cash'],
        with_cash: true,
        part: 'cash',
        amount: '700',
      },
      { span: 'month', with_cash: false, channels: ['pos'], part: 'whole', count: 9 },
      {
        span: 'rolling',
        since: '2026-11-21T10:00:00.000Z',
        with_cash: false,
        part: 'whole',
        amount: '9007199254740993',
      },
    ],
    caps: [
      { scope: 'bank/halyk', monthAmount: '8' },
      { scope: 'programme', dayAmount: '9' },
    ],
  })
})

test('an increment counts its amount and is no authorization of its own', () => {
  const limits = [{ window: { kind: 'day' }, count: 1 }] as const
  expect(asksOf({ controls: { limits }, request: { kind: 'increment' } })).toMatchObject({
    count: 0,
  })
})

test('an account verification is counted only by limits that name it, and by no cap', () => {
  const request = { type: 'account_verification', billing: tenge(0n) } as const
  const programme = { ...OPEN, caps: { dayAmount: tenge(9n) } }
  const any = { window: { kind: 'day' }, count: 3 } as const
  expect(asksOf({ programme, controls: { limits: [any] }, request })).toBeNull()
  const named = { ...any, types: ['account_verification'] } as const
  expect(asksOf({ programme, controls: { limits: [named] }, request })).toMatchObject({
    limits: [{ types: ['account_verification'], count: 3 }],
  })
})

test('the pilot asks of a purchase only its caps, and of cash also the day’s limit', () => {
  const programme = { ...PILOT, authorizationTypes: OPEN.authorizationTypes }
  const caps = [{ scope: 'bank/halyk', dayAmount: '500000000000' }, { scope: 'programme' }]
  expect(asksOf({ programme })).toMatchObject({ count: 1, cash: '0', caps })
  expect(asksOf({ programme })).not.toHaveProperty('limits')
  const request = { type: 'cash_withdrawal', billing: tenge(20_000_000n) } as const
  expect(asksOf({ programme, request })).toMatchObject({
    caps,
    limits: [{ span: 'day', part: 'whole', amount: '50000000' }],
  })
  expect(asksOf({ programme, request: { ...request, billing: tenge(20_000_001n) } })).toBe(
    'amount_limit_exceeded',
  )
  expect(permitted({ programme: PILOT, request: { merchantCategoryCode: '7801' } })).toEqual({
    ok: false,
    reason: 'merchant_category_not_permitted',
  })
})

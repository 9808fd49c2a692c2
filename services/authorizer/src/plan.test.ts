import type { Original } from '@tolem/authorizations/original'
import {
  AUTHORIZATION_TYPES,
  type AuthorizationRequest,
  type AuthorizationType,
} from '@tolem/domain/authorization'
import type { Card } from '@tolem/domain/card'
import { DECLINE_REASONS, type DeclineReason } from '@tolem/domain/decision'
import { movementReference, type QuoteId } from '@tolem/domain/ids'
import type { RailPort } from '@tolem/exchanges/port'
import { type Amount, amountOf } from '@tolem/money/amount'
import type { Rate } from '@tolem/money/rate'
import { PILOT_PROGRAMME_FILE, readProgramme } from '@tolem/programme'
import type { Programme } from '@tolem/programme/schema'
import { createQuotes } from '@tolem/quotes/quotes'
import { aCard, anAuthorizationId, anAuthorizationRequest, NOON } from '@tolem/testing/builders'
import { RESPONSE_CODES } from '@tolem/testing/response-codes'
import { authorizationAnswer } from '@tolem/wire/authorization'
import { responseCodeTable } from '@tolem/wire/response-codes'
import { expect, test } from 'vitest'
import type { Caller } from './callers.ts'
import { createPlanner, feeOf } from './plan.ts'
import { createRules } from './rules.ts'

const pilot = readProgramme(PILOT_PROGRAMME_FILE)
const STEP = 100n

/** Everything that a plan looks at; as it stands, an increment that may go ahead. */
type Scene = {
  readonly card: Card | undefined
  readonly billing: Amount<'KZT'> | undefined
  readonly type: AuthorizationType
  readonly request: Partial<AuthorizationRequest>
  readonly original: Original | undefined
  readonly isCashDropped: boolean
  readonly programme: Programme
  readonly rate: 'safe' | 'unsafe' | 'stale' | 'missing'
  readonly now: number
}

const ORIGINAL: Original = {
  id: anAuthorizationId(),
  cardToken: aCard().token,
  type: 'purchase',
  isOpen: true,
}

const ALL_BUT_QUASI_CASH = AUTHORIZATION_TYPES.filter((type) => type !== 'quasi_cash')

/** An increment: everything that can speak against a first request can speak against it. */
const GOOD: Scene = {
  card: aCard(),
  billing: amountOf('KZT', 1_250_000n),
  type: 'purchase',
  request: { kind: 'increment' },
  original: ORIGINAL,
  isCashDropped: false,
  programme: { ...pilot, authorizationTypes: ALL_BUT_QUASI_CASH },
  rate: 'safe',
  now: NOON,
}

const caller: Caller = {
  id: GOOD.card?.bank as Caller['id'],
  responseBudgetMs: 1_000,
  spreadBasisPoints: 50,
  feeBasisPoints: 100,
  cashFeeBasisPoints: 150,
  holdPeriods: { days: 7, preauthorizationDays: 30, byMerchantCategory: {} },
  codes: responseCodeTable(RESPONSE_CODES, { card_frozen: '57' }),
}

function publishedRate({ rate, now }: Scene) {
  const observedAt = rate === 'stale' ? now - 5_001 : now - 100
  const prices = { bid: '474.2' as Rate, ask: '474.4' as Rate, observedAt }
  const of = { exchange: 'bybit', asset: 'USDT' } as const
  if (rate === 'missing') return undefined
  if (rate === 'unsafe') return { state: 'unsafe', ...of, guard: 'spike', observedAt } as const
  const sources = [{ exchange: 'bybit', pair: 'USDT/KZT', ...prices }]
  return { state: 'safe', ...of, ...prices, sources } as const
}

function planOf(scene: Scene, id = anAuthorizationId()) {
  const quotes = createQuotes({
    mirror: { latest: () => publishedRate(scene), all: () => [] },
    maximumAgeMs: 5_000,
    now: () => scene.now,
    newQuoteId: () => 'qte_1' as QuoteId,
  })
  const rail = { stepOf: () => STEP } as Partial<RailPort> as RailPort
  const rules = createRules(scene.programme, () => rail)
  const { card, billing, type, now, original, isCashDropped } = scene
  const request = anAuthorizationRequest({ billing, type, ...scene.request })
  const plan = createPlanner(rules, quotes)
  return plan({ id, request, caller, card, now, original, isCashDropped })
}

function reasonOf(scene: Scene): string {
  const plan = planOf(scene)
  return plan.kind === 'decline' ? plan.reason : plan.kind
}

function onCard(change: Partial<Card>): (scene: Scene) => Scene {
  return (scene) => ({ ...scene, card: scene.card && { ...scene.card, ...change } })
}

function inProgramme(change: (programme: Programme) => Partial<Programme>) {
  return (scene: Scene): Scene => ({
    ...scene,
    programme: { ...scene.programme, ...change(scene.programme) },
  })
}

/** What makes a purchase be declined, by reason; two with one `of` change the same thing and exclude each other. */
const FLAWS: readonly {
  readonly reason: DeclineReason
  readonly of: string
  readonly apply: (scene: Scene) => Scene
}[] = [
  { reason: 'unknown_card', of: 'card', apply: (scene) => ({ ...scene, card: undefined }) },
  { reason: 'card_expired', of: 'expiry', apply: onCard({ expiresOn: '2026-10' }) },
  { reason: 'card_lost', of: 'status', apply: onCard({ status: 'lost' }) },
  { reason: 'card_stolen', of: 'status', apply: onCard({ status: 'stolen' }) },
  { reason: 'card_frozen', of: 'status', apply: onCard({ status: 'frozen' }) },
  { reason: 'card_closed', of: 'status', apply: onCard({ status: 'closed' }) },
  { reason: 'card_not_activated', of: 'status', apply: onCard({ status: 'not_activated' }) },
  {
    reason: 'wallet_not_linked',
    of: 'wallet',
    apply: (scene) => {
      const { walletLink: _, ...card } = scene.card ?? aCard()
      return { ...scene, card: scene.card && card }
    },
  },
  {
    reason: 'exchange_not_licensed',
    of: 'licence',
    apply: inProgramme(({ exchanges }) => ({
      exchanges: exchanges.map((exchange) => ({
        ...exchange,
        licence: { ...exchange.licence, validTo: '2026-11-21' },
      })),
    })),
  },
  {
    reason: 'transaction_type_not_permitted',
    of: 'type',
    apply: (scene) => ({ ...scene, type: 'quasi_cash' }),
  },
  {
    reason: 'currency_not_supported',
    of: 'billing',
    apply: (scene) => ({ ...scene, billing: undefined }),
  },
  {
    reason: 'invalid_amount',
    of: 'billing',
    apply: (scene) => ({ ...scene, billing: amountOf('KZT', 0n) }),
  },
  {
    reason: 'original_not_found',
    of: 'original',
    apply: (scene) => ({ ...scene, original: undefined }),
  },
  {
    reason: 'original_closed',
    of: 'original',
    apply: (scene) => ({ ...scene, original: { ...ORIGINAL, isOpen: false } }),
  },
  {
    reason: 'amount_limit_exceeded',
    of: 'billing',
    apply: (scene) => ({ ...scene, billing: amountOf('KZT', 50_000_001n) }),
  },
  {
    reason: 'asset_suspended',
    of: 'asset',
    apply: inProgramme(({ assets }) => ({
      assets: assets.map((asset) => ({ ...asset, isAllowed: false })),
    })),
  },
  { reason: 'rate_unavailable', of: 'rate', apply: (scene) => ({ ...scene, rate: 'missing' }) },
  { reason: 'rate_unavailable', of: 'rate', apply: (scene) => ({ ...scene, rate: 'stale' }) },
  { reason: 'rate_unsafe', of: 'rate', apply: (scene) => ({ ...scene, rate: 'unsafe' }) },
]

test('an increment that nothing speaks against is planned with its quote and its debit', () => {
  const id = anAuthorizationId()
  const plan = planOf(GOOD, id)
  if (plan.kind !== 'intend') return expect.unreachable(plan.kind)
  expect(plan).toMatchObject({
    card: GOOD.card,
    day: '2026-11-22',
    validForMs: 1_000,
    decidedWithinMs: 2_000,
    debit: {
      reference: movementReference(id, 'debit', 1),
      wallet: GOOD.card?.walletLink,
      asset: 'USDT',
      amount: plan.quote.debit,
    },
  })
  expect(plan.quote.billing).toBe(GOOD.billing)
  expect(plan.quote.debit % STEP).toBe(0n)
})

test.each(FLAWS)('declines with $reason', ({ reason, apply }) => {
  expect(reasonOf(apply(GOOD))).toBe(reason)
})

test('the flaws above are in order of precedence', () => {
  const places = FLAWS.map(({ reason }) => DECLINE_REASONS.indexOf(reason))
  expect(places).toEqual(places.toSorted((left, right) => left - right))
})

const PAIRS = FLAWS.flatMap((first, index) =>
  FLAWS.slice(index + 1)
    .filter(({ of }) => of !== first.of)
    .map((second) => ({ first, second })),
)

test.each(PAIRS)(
  'of $first.reason and $second.reason the first is answered',
  ({ first, second }) => {
    expect(reasonOf(first.apply(second.apply(GOOD)))).toBe(first.reason)
  },
)

test('of all reasons at once the first in precedence is answered', () => {
  for (const [index, first] of FLAWS.entries()) {
    const others = FLAWS.slice(index + 1).filter(({ of }) => of !== first.of)
    const scene = others.reduce((worse, { apply }) => apply(worse), GOOD)
    expect(reasonOf(first.apply(scene))).toBe(first.reason)
  }
})

test.each([
  ['the card’s own cap', { limits: { perTransaction: amountOf('KZT', 1_250_000n) } }, 1_250_001n],
  ['the programme’s cap', {}, 50_000_001n],
])('%s may be used up to the tiyn', (_name, change, tooMuch) => {
  const scene = onCard(change)(GOOD)
  expect(reasonOf({ ...scene, billing: amountOf('KZT', tooMuch - 1n) })).toBe('intend')
  expect(reasonOf({ ...scene, billing: amountOf('KZT', tooMuch) })).toBe('amount_limit_exceeded')
})

test('months and licences end at midnight in Almaty', () => {
  const lastMoment = Date.UTC(2026, 10, 30, 18, 59, 59, 999)
  const november = onCard({ expiresOn: '2026-11' })(GOOD)
  expect(reasonOf({ ...november, now: lastMoment })).toBe('intend')
  expect(reasonOf({ ...november, now: lastMoment + 1 })).toBe('card_expired')
  const licensed = inProgramme(({ exchanges }) => ({
    exchanges: exchanges.map((exchange) => ({
      ...exchange,
      licence: { ...exchange.licence, validFrom: '2026-11-01', validTo: '2026-11-30' },
    })),
  }))(GOOD)
  expect(reasonOf({ ...licensed, now: lastMoment })).toBe('intend')
  expect(reasonOf({ ...licensed, now: lastMoment + 1 })).toBe('exchange_not_licensed')
})

test('the first asset of the cardholder’s order is debited', () => {
  const { walletLink } = aCard()
  if (!walletLink) return expect.unreachable()
  const plan = planOf(onCard({ walletLink: { ...walletLink, assets: ['BTC', 'USDT'] } })(GOOD))
  expect(plan.kind === 'intend' && plan.debit.asset).toBe('BTC')
})

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

test('only purchases can be raised', () => {
  expect(reasonOf({ ...GOOD, type: 'cash_withdrawal' })).toBe('transaction_type_not_permitted')
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
  expect(plan.quote.fee).toBe(fee)
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
  expect(whole.quote.billing).toBe(1_250_000n)
  expect(rest).toMatchObject({ outcome: 'approved_without_cashback', mayDropCash: false })
  expect(rest.quote.billing).toBe(1_000_000n)
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

test('a decline carries its bytes, in the codes of the bank', () => {
  const id = anAuthorizationId()
  const plan = planOf(onCard({ status: 'frozen' })(GOOD), id)
  if (plan.kind !== 'decline') return expect.unreachable()
  expect(authorizationAnswer.parse(JSON.parse(plan.body))).toMatchObject({
    authorizationId: id,
    decision: 'declined',
    reason: 'card_frozen',
    responseCode: '57',
  })
})

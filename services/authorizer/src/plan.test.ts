import type { AuthorizationType } from '@tolem/domain/authorization'
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
import { createPlanner } from './plan.ts'
import { createRules } from './rules.ts'

const pilot = readProgramme(PILOT_PROGRAMME_FILE)
const STEP = 100n

/** Everything that a plan looks at; as it stands, a purchase that may go ahead. */
type Scene = {
  readonly card: Card | undefined
  readonly billing: Amount<'KZT'> | undefined
  readonly type: AuthorizationType
  readonly programme: Programme
  readonly rate: 'safe' | 'unsafe' | 'stale' | 'missing'
  readonly now: number
}

const GOOD: Scene = {
  card: aCard(),
  billing: amountOf('KZT', 1_250_000n),
  type: 'purchase',
  programme: pilot,
  rate: 'safe',
  now: NOON,
}

const caller: Caller = {
  id: GOOD.card?.bank as Caller['id'],
  responseBudgetMs: 1_000,
  spreadBasisPoints: 50,
  feeBasisPoints: 100,
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
  const { card, billing, type, now } = scene
  const request = anAuthorizationRequest({ billing, type })
  return createPlanner(rules, quotes)({ id, request, caller, card, now })
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

test('a purchase that nothing speaks against is planned with its quote and its debit', () => {
  const id = anAuthorizationId()
  const plan = planOf(GOOD, id)
  if (plan.kind !== 'intend') return expect.unreachable(plan.reason)
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

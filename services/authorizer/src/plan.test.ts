import type { Controls } from '@tolem/domain/controls'
import { DECLINE_REASONS, type DeclineReason } from '@tolem/domain/decision'
import { type ExchangeId, movementReference } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { aCard, anAuthorizationId } from '@tolem/testing/builders'
import { authorizationAnswer } from '@tolem/wire/authorization'
import { expect, test } from 'vitest'
import type { Held } from './fund.ts'
import {
  GOOD,
  inProgramme,
  ORIGINAL,
  onCard,
  planOf,
  reasonOf,
  type Scene,
  STEP,
} from './testing/plan-scene.ts'

/** A flaw of the programme's controls, beside those that they have already. */
function controlled(reason: DeclineReason, more: Controls) {
  const apply = inProgramme(({ controls }) => ({ controls: { ...controls, ...more } }))
  return { reason, of: reason, apply }
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
  controlled('exchange_not_permitted', { exchanges: { deny: ['bybit'] } }),
  {
    reason: 'transaction_type_not_permitted',
    of: 'type',
    apply: (scene) => ({ ...scene, type: 'quasi_cash' }),
  },
  controlled('channel_not_permitted', { channels: { deny: ['pos'] } }),
  controlled('merchant_category_not_permitted', { merchantCategories: { deny: ['5411'] } }),
  controlled('country_not_permitted', { countries: { deny: ['KZ'] } }),
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
  {
    reason: 'exchange_unavailable',
    of: 'rail',
    apply: (scene) => ({ ...scene, isClosed: true }),
  },
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
    billing: GOOD.billing,
  })
  const [{ order, quote }, ...further] = plan.debits
  expect(further).toEqual([])
  expect(order).toEqual({
    reference: movementReference(id, 'debit', 1),
    wallet: GOOD.card?.walletLink,
    asset: 'USDT',
    amount: quote.debit,
  })
  expect(quote.billing).toBe(GOOD.billing)
  expect(quote.debit % STEP).toBe(0n)
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
  expect(plan.kind === 'intend' && plan.debits.map(({ order }) => order.asset)).toEqual(['BTC'])
})

const MANY = onCard({
  walletLink: {
    exchange: 'bybit' as ExchangeId,
    rail: 'bybit-pay',
    walletId: 'w1',
    assets: ['USDT', 'USDC', 'BTC'],
  },
})

/** Which assets a plan debits, and for how much of the billing. */
function partsOf(scene: Scene) {
  const plan = planOf(scene)
  if (plan.kind !== 'intend') return plan.kind === 'decline' ? plan.reason : plan.kind
  expect(plan.billing).toBe(scene.billing)
  return plan.debits.map(({ order, quote }) => [order.asset, quote.billing])
}

const coins = (...units: readonly bigint[]): Held =>
  new Map(
    (['USDT', 'USDC', 'BTC'] as const).map((asset, index) => [
      asset,
      amountOf(asset, units[index] ?? 0n),
    ]),
  )

test('a wallet that is known to be short of its first asset pays out of several, in its order', () => {
  const scene = { ...MANY(GOOD), held: coins(10n ** 9n, 10n ** 9n, 10n ** 12n) }
  expect(partsOf(scene)).toEqual([
    ['USDT', 467_157n],
    ['USDC', 467_157n],
    ['BTC', 315_686n],
  ])
})

test.each([
  ['nothing is known', undefined],
  ['the first covers all', coins(10n ** 12n)],
  ['all together are known not to cover it', coins(10n ** 9n, 10n ** 9n)],
  ['nothing is known to be there', coins()],
])('the first asset is asked for all of it where %s', (_name, held) => {
  expect(partsOf({ ...MANY(GOOD), ...(held && { held }) })).toEqual([['USDT', 1_250_000n]])
})

const without = (...suspended: readonly string[]) =>
  inProgramme(({ assets }) => ({
    assets: assets.map((one) => ({ ...one, isAllowed: !suspended.includes(one.asset) })),
  }))

test('a suspended asset is passed over where another can pay', () => {
  expect(partsOf(without('USDT')(MANY(GOOD)))).toEqual([['USDC', 1_250_000n]])
  expect(partsOf(without('USDT', 'USDC', 'BTC')(MANY(GOOD)))).toBe('asset_suspended')
  expect(partsOf({ ...without('USDT')(MANY(GOOD)), rate: 'stale' })).toBe('asset_suspended')
})

test('an asset off its rate is passed over, and the first reason told where none has one', () => {
  const [missing, unsafe] = [{ USDT: 'missing' }, { USDT: 'unsafe', USDC: 'unsafe' }] as const
  expect(partsOf({ ...MANY(GOOD), rates: missing })).toEqual([['USDC', 1_250_000n]])
  expect(partsOf({ ...MANY(GOOD), rates: unsafe })).toEqual([['BTC', 1_250_000n]])
  const none = { ...unsafe, BTC: 'missing' } as const
  expect(partsOf({ ...MANY(GOOD), rates: none })).toBe('rate_unavailable')
  expect(partsOf({ ...MANY(GOOD), rate: 'unsafe' })).toBe('rate_unsafe')
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

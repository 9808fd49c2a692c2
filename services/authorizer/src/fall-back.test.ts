import type { FallBack } from '@tolem/authorizations/fall-back'
import type { AuthorizationRequest } from '@tolem/domain/authorization'
import { type ExchangeId, movementReference, type QuoteId } from '@tolem/domain/ids'
import type { DebitOrder, DebitResult } from '@tolem/domain/movement'
import { type Amount, amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Rate } from '@tolem/money/rate'
import { createQuotes } from '@tolem/quotes/quotes'
import { aCard, aNewAuthorization } from '@tolem/testing/builders'
import { expect, test } from 'vitest'
import { fallBack, type Told } from './fall-back.ts'
import { caller } from './testing/plan-scene.ts'

const SHORT = { kind: 'rejected', reason: 'insufficient_funds', detail: 'too little' } as const
const DEBITED = { kind: 'debited', exchangeReference: 'x2' } as const
const NO_TIME = undefined
const stepOf = () => 100n
const UNTOLD: Told = { stepOf, held: undefined }
/** Ten USDT pay for 4,671.57 tenge: see the tests of `affordableBilling`. */
const TEN = holding({ USDT: 1_000_000_000n })

const takesLess = { isPartialApprovalSupported: true } as const
const cashback = {
  ...takesLess,
  type: 'purchase_with_cashback',
  cashback: amountOf('KZT', 850_000n),
} as const

/** What a rail tells. */
function holding(coins: Partial<Record<CryptoAsset, bigint>>): Told {
  const held = Object.entries(coins).map(
    ([asset, units]) => [asset as CryptoAsset, units as Amount<CryptoAsset>] as const,
  )
  return { stepOf, held: new Map(held) }
}

const BIDS: Partial<Record<CryptoAsset, Rate>> = {
  USDT: '474.2' as Rate,
  USDC: '474' as Rate,
  BTC: '40000000' as Rate,
}

/** Every asset but those named has a price. */
function quotesWithout(unpriced: readonly CryptoAsset[]) {
  return createQuotes({
    mirror: {
      all: () => [],
      latest: (exchange, asset) => {
        const bid = BIDS[asset]
        if (bid === undefined || unpriced.includes(asset)) return undefined
        const prices = { bid, ask: bid, observedAt: 0 }
        return { state: 'safe', exchange, asset, ...prices, sources: [] }
      },
    },
    maximumAgeMs: 5_000,
    now: () => 0,
    newQuoteId: () => 'qte_fresh' as QuoteId,
  })
}

type More = {
  readonly result?: DebitResult
  readonly isDurable?: boolean
  readonly assets?: readonly [CryptoAsset, ...CryptoAsset[]]
  /** Of what is asked for next, attempt by attempt, debit by debit; debited unless told. */
  readonly next?: readonly (readonly DebitResult[])[]
  readonly attemptsInTime?: number
  readonly unpriced?: readonly CryptoAsset[]
  readonly suspended?: readonly CryptoAsset[]
}

/** Falls back from a debit of 12,500 tenge, and says what the exchange and the record were asked. */
async function fallBackOn(
  request: Partial<AuthorizationRequest>,
  told: Told | undefined,
  more: More = {},
) {
  const { assets = ['USDT'], unpriced = [], suspended = [] } = more
  const rail = { rail: 'bybit-pay', exchange: 'bybit' as ExchangeId } as const
  const item = aNewAuthorization({
    request,
    card: aCard({ walletLink: { ...rail, walletId: 'w1', assets } }),
  })
  const first = { plan: item.plan, results: [more.result ?? SHORT] }
  const asked: { readonly balances: DebitOrder[]; lowered: FallBack[]; debits: DebitOrder[][] } = {
    balances: [],
    lowered: [],
    debits: [],
  }
  const ports = {
    ...quotesWithout(unpriced),
    isAssetAllowed: (asset: CryptoAsset) => !suspended.includes(asset),
    balance: (order: DebitOrder) => {
      asked.balances.push(order)
      return Promise.resolve(told)
    },
    hasTime: () => asked.debits.length < (more.attemptsInTime ?? 9),
    fallBack: (lowered: FallBack) => {
      asked.lowered.push(lowered)
      return Promise.resolve(more.isDurable ?? true)
    },
    debit: (orders: readonly DebitOrder[]) => {
      asked.debits.push([...orders])
      const results = more.next?.[asked.debits.length - 1]
      return Promise.resolve(orders.map((_, index) => results?.[index] ?? DEBITED))
    },
  }
  const deadline = { at: 1_000, windowEndsAt: 1_000 }
  const last = await fallBack(ports, first, { item, caller, deadline })
  return { item, first, last, asked }
}

/** Which asset pays for how much, debit by debit. */
function parts({ last }: Awaited<ReturnType<typeof fallBackOn>>) {
  return last.plan.debits.map(({ quote }) => [quote.asset, quote.billing])
}

test('as much is debited as the wallet pays for, under a reference of its own, once it is durable', async () => {
  const { item, first, last, asked } = await fallBackOn(takesLess, TEN)
  expect(last.results).toEqual([DEBITED])
  expect(last.plan).toMatchObject({ outcome: 'partially_approved', billing: 467_157n })
  const [{ order, quote }] = last.plan.debits
  expect(quote.billing).toBe(467_157n)
  expect(quote.id).toBe(first.plan.debits[0].quote.id)
  expect(order).toEqual({
    ...first.plan.debits[0].order,
    reference: movementReference(item.id, 'debit', 2),
    amount: quote.debit,
  })
  expect(order.amount).toBeLessThanOrEqual(1_000_000_000n)
  expect(asked.debits).toEqual([[order]])
  const refused = { reference: first.plan.debits[0].order.reference, detail: 'too little' }
  expect(asked.lowered).toEqual([{ id: item.id, refused, plan: last.plan, cash: 0n }])
})

test.each([
  ['told', TEN],
  ['not told', UNTOLD],
])('the cash of a purchase goes first when the balance is %s', async (_name, balance) => {
  const { last } = await fallBackOn(cashback, balance)
  expect(last.plan.outcome).toBe('approved_without_cashback')
  expect(last.plan.billing).toBe(400_000n)
})

test('where not even the purchase is covered, a part of it is approved without the cash', async () => {
  const less = { ...cashback, cashback: amountOf('KZT', 50_000n) }
  const { last } = await fallBackOn(less, TEN)
  expect(last.plan.outcome).toBe('partially_approved')
  expect(last.plan.billing).toBe(467_157n)
})

test('an exchange that says the wallet holds enough is not asked for the same again', async () => {
  const available = 100_000_000_000n
  const { first, last, asked } = await fallBackOn(takesLess, holding({ USDT: available }))
  expect(last).toBe(first)
  expect(asked.lowered).toEqual([])
})

test.each([
  ['the balance is not told', takesLess, UNTOLD],
  ['the wallet is empty', takesLess, holding({ USDT: 99n })],
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

const ALL = ['USDT', 'USDC', 'BTC'] as const

test('what one asset cannot cover is divided by what the wallet holds, all of it, in the order of assets', async () => {
  const told = holding({ USDT: 1_000_000_000n, USDC: 1_000_000_000n, BTC: 100_000_000n })
  const found = await fallBackOn({}, told, { assets: ALL })
  const { item, last, asked } = found
  expect(last.results).toEqual([DEBITED, DEBITED, DEBITED])
  expect(last.plan).toMatchObject({ outcome: 'approved', billing: 1_250_000n })
  expect(parts(found)).toEqual([
    ['USDT', 467_157n],
    ['USDC', 466_960n],
    ['BTC', 315_883n],
  ])
  expect(asked.debits).toEqual([last.plan.debits.map(({ order }) => order)])
  expect(last.plan.debits.map(({ order }) => order.reference)).toEqual(
    [2, 3, 4].map((ordinal) => movementReference(item.id, 'debit', ordinal)),
  )
  expect(asked.lowered.map(({ cash }) => cash)).toEqual([undefined])
})

test('a partial approval takes what all assets together afford', async () => {
  const told = holding({ USDT: 1_000_000_000n, USDC: 1_000_000_000n })
  const found = await fallBackOn(takesLess, told, { assets: ALL })
  expect(found.last.plan).toMatchObject({ outcome: 'partially_approved', billing: 934_117n })
  expect(parts(found)).toEqual([
    ['USDT', 467_157n],
    ['USDC', 466_960n],
  ])
})

test('a terminal that takes the whole or nothing gets nothing from a wallet that is short of all assets', async () => {
  const told = holding({ USDT: 1_000_000_000n, USDC: 1_000_000_000n })
  const { first, last, asked } = await fallBackOn({}, told, { assets: ALL })
  expect(last).toBe(first)
  expect(asked.debits).toEqual([])
})

test('the cash goes first where all assets together cover the purchase', async () => {
  const told = holding({ USDT: 500_000_000n, USDC: 1_000_000_000n })
  const found = await fallBackOn(cashback, told, { assets: ALL })
  const { plan } = found.last
  expect(plan).toMatchObject({ outcome: 'approved_without_cashback', billing: 400_000n })
  expect(parts(found)).toEqual([
    ['USDT', 233_578n],
    ['USDC', 166_422n],
  ])
})

test('an asset that is said to cover what it was refused for is passed over', async () => {
  const told = holding({ USDT: 100_000_000_000n, USDC: 100_000_000_000n })
  expect(parts(await fallBackOn({}, told, { assets: ALL }))).toEqual([['USDC', 1_250_000n]])
})

test.each([
  ['has no price', { unpriced: ['USDC'] }],
  ['is suspended', { suspended: ['USDC'] }],
] as const)('an asset that %s is passed over', async (_name, more) => {
  const told = holding({ USDT: 0n, USDC: 10n ** 12n, BTC: 10n ** 12n })
  const given = { assets: ALL, ...more }
  expect(parts(await fallBackOn({}, told, given))).toEqual([['BTC', 1_250_000n]])
  expect(parts(await fallBackOn({}, UNTOLD, given))).toEqual([['BTC', 1_250_000n]])
})

test('where the rail tells nothing, the next asset is asked for the whole, and then the next', async () => {
  const found = await fallBackOn({}, UNTOLD, { assets: ALL, next: [[SHORT]] })
  const { item, last, asked } = found
  expect(last).toMatchObject({ plan: { outcome: 'approved', billing: 1_250_000n } })
  expect(parts(found)).toEqual([['BTC', 1_250_000n]])
  expect(asked.debits.map((orders) => orders.map(({ asset }) => asset))).toEqual([
    ['USDC'],
    ['BTC'],
  ])
  expect(asked.lowered.map(({ refused }) => refused.reference)).toEqual(
    [1, 2].map((ordinal) => movementReference(item.id, 'debit', ordinal)),
  )
  expect(asked.balances).toHaveLength(1)
})

test('the next asset is asked while there is time, and the last refusal stands', async () => {
  const short = { assets: ALL, next: [[SHORT], [SHORT]] }
  const late = await fallBackOn({}, UNTOLD, { ...short, attemptsInTime: 1 })
  expect(late.asked.debits).toHaveLength(1)
  expect(late.last.results).toEqual([SHORT])
  const whole = await fallBackOn({}, UNTOLD, short)
  expect(whole.asked.debits).toHaveLength(2)
  expect(whole.last.results).toEqual([SHORT])
})

test('nothing more is asked for once a debit is in doubt', async () => {
  const next = [[{ kind: 'in_doubt', detail: 'silence' }]] as const
  const { last, asked } = await fallBackOn({}, UNTOLD, { assets: ALL, next })
  expect(last.results).toEqual(next[0])
  expect(asked.debits).toHaveLength(1)
})

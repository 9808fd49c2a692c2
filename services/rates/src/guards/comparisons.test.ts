import type { ExchangeId } from '@tolem/domain/ids'
import type { BookTop } from '@tolem/exchanges/prices'
import type { Rate } from '@tolem/money/rate'
import { expect, test } from 'vitest'
import { assess, type Route } from './assessment.ts'
import type { GuardLimits } from './guard.ts'
import { observe } from './observation.ts'
import { createObservations } from './observations.ts'

const BYBIT = 'bybit' as ExchangeId
const BINANCE = 'binance' as ExchangeId
const LIMITS: GuardLimits = {
  maximumAgeMs: 5_000,
  spikeBasisPoints: 300,
  medianBandBasisPoints: 200,
  pegBandBasisPoints: new Map([
    ['USDT', 100],
    ['USDC', 100],
  ]),
  officialRate: { bandBasisPoints: 500, isRequired: false },
}

type Books = Readonly<Record<string, readonly [bid: string, ask: string]>>

/** What is said of a route when these books have all been so for a second: `safe`, or the guard. */
function judge(
  route: string,
  books: Books,
  { official, limits = LIMITS }: { official?: string; limits?: GuardLimits } = {},
): string | undefined {
  const observations = createObservations()
  for (const [name, [bid, ask]] of Object.entries(books)) {
    const [exchange = '', pair = ''] = name.split(' ')
    const top: BookTop = { exchange: exchange as ExchangeId, pair, bid, ask, receivedAt: 0 }
    const first = observe(undefined, { ...top, receivedAt: -1_000 }, limits)
    observations.set(top, observe(first, top, limits))
  }
  const given = { observations, limits, now: 0, official: official as Rate | undefined }
  const rate = assess(routeOf(route), given)
  return rate?.state === 'unsafe' ? rate.guard : rate?.state
}

/** `bybit BTC` by way of USDT, `bybit BTC/KZT` directly. */
function routeOf(name: string): Route {
  const [id = '', what = ''] = name.split(' ')
  const exchange = id as ExchangeId
  const tenge = { exchange, pair: 'USDT/KZT' }
  if (what.endsWith('/KZT'))
    return { exchange, asset: 'BTC', legs: [{ exchange, pair: 'BTC/KZT' }] }
  if (what === 'USDT') return { exchange, asset: 'USDT', legs: [tenge] }
  const asset = what as 'BTC' | 'USDC'
  return { exchange, asset, legs: [{ exchange, pair: `${asset}/USDT` }, tenge] }
}

const PEGGED = ['0.9999', '1.0001'] as const
const TENGE = ['474.20', '474.40'] as const
/** Both exchanges, all well. */
const CALM: Books = {
  [`${BYBIT} USDT/KZT`]: TENGE,
  [`${BYBIT} USDC/USDT`]: PEGGED,
  [`${BINANCE} USDT/KZT`]: ['474.10', '474.30'],
  [`${BINANCE} USDC/USDT`]: PEGGED,
}

test.each(['bybit USDT', 'bybit USDC', 'binance USDT', 'binance USDC'])(
  'when both exchanges agree, %s is safe',
  (route) => {
    expect(judge(route, CALM)).toBe('safe')
    expect(judge(route, CALM, { official: '474.2' })).toBe('safe')
  },
)

test('USDC off its peg at one exchange stops USDC there, and USDT nowhere', () => {
  const books = { ...CALM, 'bybit USDC/USDT': ['0.9850', '0.9852'] } as const
  expect(judge('bybit USDC', books)).toBe('off_peg')
  expect(judge('bybit USDT', books)).toBe('safe')
  expect(judge('binance USDT', books)).toBe('safe')
  expect(judge('binance USDC', books)).toBe('safe')
})

test('USDC off its peg everywhere stops USDC, when the official rate says that USDT kept its own', () => {
  const fallen = ['0.9400', '0.9402'] as const
  const books = { ...CALM, 'bybit USDC/USDT': fallen, 'binance USDC/USDT': fallen }
  for (const exchange of [BYBIT, BINANCE]) {
    expect(judge(`${exchange} USDC`, books, { official: '473.1' })).toBe('off_peg')
    expect(judge(`${exchange} USDT`, books, { official: '473.1' })).toBe('safe')
  }
})

test('USDT off its peg everywhere stops USDT and leaves USDC, which kept its own', () => {
  const dear = ['1.0350', '1.0352'] as const
  const cheap = ['458.20', '458.40'] as const
  const books = {
    'bybit USDC/USDT': dear,
    'binance USDC/USDT': dear,
    'bybit USDT/KZT': cheap,
    'binance USDT/KZT': cheap,
  }
  for (const exchange of [BYBIT, BINANCE]) {
    expect(judge(`${exchange} USDT`, books, { official: '474.2' })).toBe('off_peg')
    expect(judge(`${exchange} USDC`, books, { official: '474.2' })).toBe('safe')
  }
})

test.each([
  ['nobody says what a dollar is', undefined],
  ['the official dollar stands between them', '467.0'],
  ['the official dollar is far from both', '500.0'],
])('two coins apart are both refused when %s', (_what, official) => {
  const apart = ['0.9700', '0.9702'] as const
  const books = { ...CALM, 'bybit USDC/USDT': apart, 'binance USDC/USDT': apart }
  const limits = { ...LIMITS, officialRate: { bandBasisPoints: 9_999, isRequired: false } }
  const given = official === undefined ? { limits } : { limits, official }
  expect(judge('bybit USDT', books, given)).toBe('off_peg')
  expect(judge('bybit USDC', books, given)).toBe('off_peg')
})

test('a coin whose own exchange has no book of the peg is judged by the others’ books', () => {
  const { 'bybit USDC/USDT': _none, ...others } = CALM
  const books = { ...others, 'binance USDC/USDT': ['0.9700', '0.9702'] } as const
  expect(judge('bybit USDT', books)).toBe('off_peg')
  expect(judge('bybit USDT', books, { official: '474.2' })).toBe('safe')
})

test('a book that no other exchange has must agree with the way through USDT', () => {
  const books = { ...CALM, 'bybit BTC/USDT': ['90000', '90001'] } as const
  const through = { ...books, 'bybit BTC/KZT': ['42670000', '42700000'] } as const
  expect(judge('bybit BTC/KZT', through)).toBe('safe')
  expect(judge('bybit BTC', through)).toBe('safe')
  const apart = { ...books, 'bybit BTC/KZT': ['43700000', '43750000'] } as const
  expect(judge('bybit BTC/KZT', apart)).toBe('far_from_median')
  expect(judge('bybit BTC', apart)).toBe('far_from_median')
  // With a second exchange's BTC/USDT it is clear which of them errs.
  const seconded = { ...apart, 'binance BTC/USDT': ['90001', '90002'] } as const
  expect(judge('bybit BTC', seconded)).toBe('safe')
  expect(judge('bybit BTC/KZT', seconded)).toBe('far_from_median')
})

test('a lone tenge book of USDT must agree with the coins that have one of their own', () => {
  const alone = { 'bybit USDT/KZT': TENGE, 'bybit BTC/USDT': ['90000', '90001'] } as const
  expect(judge('bybit USDT', { ...alone, 'bybit BTC/KZT': ['42670000', '42700000'] })).toBe('safe')
  const apart = { ...alone, 'bybit BTC/KZT': ['40000000', '40010000'] } as const
  expect(judge('bybit USDT', apart)).toBe('far_from_median')
})

test('USDT may stand no further from the official dollar than the band, and that band binds nothing else', () => {
  expect(judge('bybit USDT', CALM, { official: '452.0' })).toBe('safe')
  expect(judge('bybit USDT', CALM, { official: '451.0' })).toBe('far_from_official')
  expect(judge('bybit USDT', CALM, { official: '499.5' })).toBe('far_from_official')
  const books = { ...CALM, 'bybit BTC/USDT': ['90000', '90001'] } as const
  expect(judge('bybit BTC', books, { official: '451.0' })).toBe('far_from_official')
  expect(
    judge('bybit BTC/KZT', { 'bybit BTC/KZT': ['42670000', '42700000'] }, { official: '451.0' }),
  ).toBe('safe')
})

test('without an official rate the band is left out, or nothing is safe where the programme requires one', () => {
  const limits = { ...LIMITS, officialRate: { bandBasisPoints: 500, isRequired: true } }
  expect(judge('bybit USDT', CALM)).toBe('safe')
  expect(judge('bybit USDT', CALM, { limits })).toBe('no_official_rate')
  expect(judge('bybit USDT', CALM, { limits, official: '474.2' })).toBe('safe')
})

const heard = (bid: string, receivedAt: number): BookTop => {
  return { exchange: BYBIT, pair: 'USDT/KZT', bid, ask: bid, receivedAt }
}

test('of a book that is read in two ways the newest receipt counts, in whatever order they come', () => {
  const newest = observe(undefined, heard('474.2', 5_000), LIMITS)
  expect(observe(newest, heard('474.1', 4_000), LIMITS)).toBe(newest)
  expect(observe(newest, heard('0', 4_999), LIMITS)).toBe(newest)
  expect(observe(newest, heard('474.3', 5_000), LIMITS)).toMatchObject({
    accepted: { bid: '474.3' },
  })
})

test('a clock that was set back starts anew, still compares with the last price, and gets over a spike', () => {
  const first = observe(undefined, heard('474.2', 3_599_000), LIMITS)
  const before = observe(first, heard('474.2', 3_600_000), LIMITS)
  const calm = observe(before, heard('474.3', 1_000), LIMITS)
  expect(calm).toMatchObject({ heardAt: 1_000, accepted: { bid: '474.3', observedAt: 1_000 } })
  const spike = observe(before, heard('600', 1_000), LIMITS)
  expect(spike.refusal).toBe('spike')
  expect(observe(spike, heard('600', 1_999), LIMITS).refusal).toBe('spike')
  expect(observe(spike, heard('600', 2_000), LIMITS).refusal).toBeUndefined()
})

/** What becomes of Bybit's USDT when both exchanges' ticks (`price at`) were heard in this order. */
function playBoth(ticks: readonly (readonly [ExchangeId, string, number])[]): string | undefined {
  const observations = createObservations()
  for (const [exchange, bid, receivedAt] of ticks) {
    const top: BookTop = { exchange, pair: 'USDT/KZT', bid, ask: bid, receivedAt }
    observations.set(top, observe(observations.get(top), top, LIMITS))
  }
  const now = Math.max(...ticks.map(([, , at]) => at))
  const rate = assess(routeOf('bybit USDT'), {
    observations,
    limits: LIMITS,
    now,
    official: undefined,
  })
  return rate?.state === 'unsafe' ? rate.guard : rate?.state
}

test('one bad tick of an honest exchange leaves a liar at another no less contradicted', () => {
  const lie = [
    [BYBIT, '474', 0],
    [BINANCE, '474', 10],
    [BYBIT, '520', 20],
    [BYBIT, '520', 1_020],
  ] as const
  expect(playBoth([...lie, [BINANCE, '474', 1_030]])).toBe('far_from_median')
  expect(playBoth([...lie, [BINANCE, 'NaN', 1_030]])).toBe('far_from_median')
})

test('an exchange whose jump is still held contradicts with it once nothing else of it is fresh', () => {
  const held = [
    [BINANCE, '600', 0],
    [BYBIT, '474', 10],
    // Back from a lie, and held anew after each tick that cannot be read.
    [BINANCE, '474', 5_500],
    [BYBIT, '430', 5_600],
    [BYBIT, '430', 6_600],
  ] as const
  expect(playBoth([...held, [BINANCE, '474', 6_000]])).toBe('far_from_median')
  expect(playBoth([...held, [BINANCE, '431', 6_000]])).toBe('safe')
})

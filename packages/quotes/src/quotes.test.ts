import type { ExchangeId, QuoteId } from '@tolem/domain/ids'
import { type Amount, amountOf, formatAmount } from '@tolem/money/amount'
import { CRYPTO_ASSETS, type CryptoAsset } from '@tolem/money/asset'
import { cryptoToTenge, shareOf } from '@tolem/money/convert'
import { compareRates, parseRate, type Rate } from '@tolem/money/rate'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PublishedRate } from './published-rate.ts'
import { createQuotes, type QuoteRequest } from './quotes.ts'

const NOW = 1_790_000_000_000
const BYBIT = 'bybit' as ExchangeId

function published(bid: string, ask: string, asset: CryptoAsset = 'USDT'): PublishedRate {
  const prices = { bid: parseRate(bid) as Rate, ask: parseRate(ask) as Rate, observedAt: NOW }
  return {
    state: 'safe',
    exchange: 'bybit',
    asset,
    ...prices,
    sources: [{ exchange: 'bybit', pair: `${asset}/KZT`, ...prices }],
  }
}

function quotesFrom(rate: PublishedRate | undefined, now = NOW) {
  return createQuotes({
    mirror: { latest: () => rate, all: () => (rate === undefined ? [] : [rate]) },
    maximumAgeMs: 5_000,
    now: () => now,
    newQuoteId: () => 'qte_1' as QuoteId,
  })
}

function purchase(billing: bigint, more: Partial<QuoteRequest> = {}): QuoteRequest {
  return {
    billing: amountOf('KZT', billing),
    exchange: BYBIT,
    asset: 'USDT',
    step: 100n,
    spreadBasisPoints: 50,
    feeBasisPoints: 100,
    ...more,
  }
}

const requests = fc.record({
  billing: fc.bigInt({ min: 1n, max: 10n ** 12n }),
  asset: fc.constantFrom(...CRYPTO_ASSETS),
  step: fc.constantFrom(1n, 100n, 10_000n, 10n ** 12n),
  spreadBasisPoints: fc.integer({ min: 0, max: 9_999 }),
  feeBasisPoints: fc.integer({ min: 0, max: 9_999 }),
  bid: fc
    .tuple(fc.integer({ min: 1, max: 99_999_999 }), fc.integer({ min: 0, max: 999_999_999 }))
    .map(([whole, part]) => `${whole}.${String(part).padStart(9, '0')}`),
})

test('prices a known purchase to the last unit and tiyn', () => {
  const outcome = quotesFrom(published('474.20', '474.40')).quote(purchase(1_250_000n))
  expect(outcome.ok && outcome.value).toMatchObject({
    id: 'qte_1',
    fee: 12_500n,
    applied: '471.829',
    mid: '474.3',
    bid: '474.2',
    ageMs: 0,
  })
  const debit = outcome.ok ? outcome.value.debit : 0n
  expect(formatAmount('USDT', debit as Amount<'USDT'>)).toBe('26.75757600')
  // 26.757576 × 474.2 = 12 688.4425392, which is 63.44 beyond 12 500 and its fee of 125.
  expect(outcome.ok && outcome.value.spread).toBe(6_344n)
})

test('billing, fee and spread sum to what the debit is worth at the bid, to the tiyn', () => {
  fc.assert(
    fc.property(requests, ({ bid, billing, ...terms }) => {
      const rate = published(bid, bid, terms.asset)
      const outcome = quotesFrom(rate).quote(purchase(billing, terms))
      if (!outcome.ok) throw new Error(outcome.reason)
      const { fee, debit, spread } = outcome.value
      const worth = cryptoToTenge(debit, {
        asset: terms.asset,
        rate: bid as Rate,
        rounding: 'against_programme',
      })
      expect(billing + fee + spread).toBe(worth)
      expect(spread >= 0n).toBe(true)
    }),
  )
})

test('rounds against the cardholder, by less than one step and one tiyn', () => {
  fc.assert(
    fc.property(requests, ({ bid, billing, ...terms }) => {
      const outcome = quotesFrom(published(bid, bid, terms.asset)).quote(purchase(billing, terms))
      if (!outcome.ok) throw new Error(outcome.reason)
      const { fee, debit, applied } = outcome.value
      const at = { asset: terms.asset, rate: applied, rounding: 'against_programme' } as const
      const worth = (units: bigint) => cryptoToTenge(amountOf(terms.asset, units), at)
      expect(debit % terms.step).toBe(0n)
      expect(worth(debit) >= billing + fee).toBe(true)
      expect(worth(debit - terms.step) <= billing + fee).toBe(true)
      expect(compareRates(applied, bid as Rate) <= 0).toBe(true)
      const exactFee = { amount: amountOf('KZT', billing), basisPoints: terms.feeBasisPoints }
      expect(fee - shareOf('KZT', { ...exactFee, rounding: 'against_programme' })).toBeLessThan(2n)
    }),
  )
})

test.each([
  [1n, 1n],
  [99n, 1n],
  [100n, 1n],
  [101n, 2n],
  [1_250_001n, 12_501n],
])('a fee of a hundredth of %i tiyn is %i: a part of a tiyn counts as one', (billing, fee) => {
  const outcome = quotesFrom(published('474.20', '474.40')).quote(purchase(billing))
  expect(outcome.ok && outcome.value.fee).toBe(fee)
})

test('a larger purchase never costs less', () => {
  fc.assert(
    fc.property(
      requests,
      fc.bigInt({ min: 0n, max: 10n ** 9n }),
      ({ bid, billing, ...terms }, more) => {
        const quotes = quotesFrom(published(bid, bid, terms.asset))
        const less = quotes.quote(purchase(billing, terms))
        const greater = quotes.quote(purchase(billing + more, terms))
        if (!less.ok || !greater.ok) throw new Error('refused')
        expect(greater.value.debit >= less.value.debit).toBe(true)
        expect(greater.value.fee >= less.value.fee).toBe(true)
      },
    ),
  )
})

test('never quotes from a rate that is absent, old, from the future or unsafe', () => {
  const safe = published('474.20', '474.40')
  const { exchange, asset, observedAt } = safe
  const unsafe = { state: 'unsafe', exchange, asset, observedAt, guard: 'spike' } as const
  fc.assert(
    fc.property(
      fc.constantFrom(safe, unsafe, undefined),
      fc.integer({ min: -100_000, max: 100_000 }),
      (rate, ageMs) => {
        const outcome = quotesFrom(rate, NOW + ageMs).quote(purchase(1_000n))
        const isTimely = rate !== undefined && ageMs <= 5_000 && ageMs >= -1_000
        if (!isTimely) expect(outcome).toEqual({ ok: false, reason: 'rate_unavailable' })
        else if (rate === unsafe) expect(outcome).toEqual({ ok: false, reason: 'rate_unsafe' })
        else expect(outcome.ok && outcome.value.ageMs).toBe(Math.max(0, ageMs))
      },
    ),
  )
})

test('refuses a bid that the spread would lower to nothing', () => {
  const rate = published('0.000000000000000001', '0.000000000000000001')
  const outcome = quotesFrom(rate).quote(purchase(1n, { spreadBasisPoints: 9_999 }))
  expect(outcome).toEqual({ ok: false, reason: 'rate_unsafe' })
})

test('volatility widens the spread of the bank, and the quote says both together', () => {
  const calm = published('474.20', '474.40')
  const wide = { ...calm, wideningBasisPoints: 30 } as PublishedRate
  const outcome = quotesFrom(wide).quote(purchase(1_250_000n))
  expect(outcome).toEqual(quotesFrom(calm).quote(purchase(1_250_000n, { spreadBasisPoints: 80 })))
  expect(outcome.ok && outcome.value).toMatchObject({ spreadBasisPoints: 80, applied: '470.4064' })
})

test('refuses a spread that is the whole price once volatility is added', () => {
  const wide = { ...published('474.20', '474.40'), wideningBasisPoints: 1 } as PublishedRate
  const quote = (spreadBasisPoints: number) =>
    quotesFrom(wide).quote(purchase(1_000n, { spreadBasisPoints }))
  expect(quote(9_999)).toEqual({ ok: false, reason: 'rate_unsafe' })
  expect(quote(9_998).ok).toBe(true)
})

test('lists each rate with its middle, age and state', () => {
  const quotes = quotesFrom(published('474.20', '474.40'))
  expect(quotes.listRates(NOW + 1_200)).toEqual([
    {
      exchange: 'bybit',
      asset: 'USDT',
      state: 'safe',
      bid: '474.2',
      ask: '474.4',
      mid: '474.3',
      observedAt: NOW,
      ageMs: 1_200,
    },
  ])
  expect(quotes.listRates(NOW + 5_001)[0]).toMatchObject({ state: 'stale' })
})

import type { ExchangeId, QuoteId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { CRYPTO_ASSETS, type CryptoAsset } from '@tolem/money/asset'
import { parseRate, type Rate } from '@tolem/money/rate'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCreditQuotes } from './credit.ts'
import type { PublishedRate } from './published-rate.ts'
import { createQuotes } from './quotes.ts'
import { createSpendable } from './spendable.ts'

const NOW = 1_790_000_000_000
const BYBIT = 'bybit' as ExchangeId

const safe = (asset: CryptoAsset, bid: string, ask: string): PublishedRate => ({
  state: 'safe',
  exchange: BYBIT,
  asset,
  bid: parseRate(bid) as Rate,
  ask: parseRate(ask) as Rate,
  observedAt: NOW - 200,
  sources: [],
})

const depsOf = (rate: PublishedRate | undefined, now = NOW) => ({
  mirror: { latest: () => rate, all: () => (rate === undefined ? [] : [rate]) },
  maximumAgeMs: 5_000,
  now: () => now,
  newQuoteId: () => 'qte_1' as QuoteId,
})

const TERMS = { exchange: BYBIT, step: 100n, spreadBasisPoints: 50, feeBasisPoints: 100 } as const

test('ten USDT are worth ten bids less spread and fee, rounded down', () => {
  const spendable = createSpendable(depsOf(safe('USDT', '474.20', '474.40')))
  const amount = amountOf('USDT', 1_000_000_000n)
  // 10 × 471.829 = 4,718.29, and that divided by 1.01 is 4,671.574…
  expect(spendable({ ...TERMS, asset: 'USDT', amount })).toEqual({ ok: true, value: 467_157n })
})

test('a balance is worth less while volatility widens the spread', () => {
  const wide = { ...safe('USDT', '474.20', '474.40'), wideningBasisPoints: 30 } as PublishedRate
  const amount = amountOf('USDT', 1_000_000_000n)
  // 10 × 470.4064 = 4,704.064, cut to the tiyn and divided by 1.01.
  expect(createSpendable(depsOf(wide))({ ...TERMS, asset: 'USDT', amount })).toEqual({
    ok: true,
    value: 465_748n,
  })
})

test('nothing is worth nothing, and less than a step is nothing', () => {
  const spendable = createSpendable(depsOf(safe('USDT', '474.20', '474.40')))
  for (const amount of [0n, 99n])
    expect(spendable({ ...TERMS, asset: 'USDT', amount: amountOf('USDT', amount) })).toEqual({
      ok: true,
      value: 0n,
    })
})

test('what is spendable can be debited, and one tiyn more cannot', () => {
  const wallets = fc.record({
    asset: fc.constantFrom(...CRYPTO_ASSETS),
    amount: fc.bigInt({ min: 0n, max: 10n ** 20n }),
    step: fc.constantFrom(1n, 100n, 10_000n, 10n ** 12n),
    spreadBasisPoints: fc.integer({ min: 0, max: 9_999 }),
    feeBasisPoints: fc.integer({ min: 0, max: 9_999 }),
    bid: fc
      .tuple(fc.integer({ min: 1, max: 99_999_999 }), fc.integer({ min: 0, max: 999_999_999 }))
      .map(([whole, part]) => `${whole}.${String(part).padStart(9, '0')}`),
  })
  fc.assert(
    fc.property(wallets, ({ amount, bid, ...terms }) => {
      const deps = depsOf(safe(terms.asset, bid, bid))
      const { quote } = createQuotes(deps)
      const request = { exchange: BYBIT, ...terms }
      const found = createSpendable(deps)({ ...request, amount: amountOf(terms.asset, amount) })
      if (!found.ok) throw new Error(found.reason)
      const debitOf = (billing: bigint) => {
        const quoted = quote({ ...request, billing: amountOf('KZT', billing) })
        if (!quoted.ok) throw new Error(quoted.reason)
        return quoted.value.debit
      }
      expect(debitOf(found.value)).toBeLessThanOrEqual(amount)
      expect(debitOf(found.value + 1n)).toBeGreaterThan(amount)
    }),
  )
})

test('a credit is priced at the ask, with the age of the rate', () => {
  const quoteCredit = createCreditQuotes(depsOf(safe('USDT', '474.20', '474.40')))
  expect(quoteCredit(BYBIT, 'USDT')).toEqual({
    ok: true,
    value: { rate: '474.4', observedAt: NOW - 200, ageMs: 200 },
  })
})

test.each<[string, PublishedRate | undefined, string]>([
  ['nothing is published', undefined, 'rate_unavailable'],
  [
    'the rate is too old',
    { ...safe('USDT', '474.20', '474.40'), observedAt: NOW - 5_001 },
    'rate_unavailable',
  ],
  [
    'its stamp is further in the future than clocks differ',
    { ...safe('USDT', '474.20', '474.40'), observedAt: NOW + 1_001 },
    'rate_unavailable',
  ],
  [
    'a guard refuses it',
    { state: 'unsafe', exchange: BYBIT, asset: 'USDT', guard: 'spike', observedAt: NOW },
    'rate_unsafe',
  ],
])('neither a credit nor a balance is priced when %s', (_, rate, reason) => {
  const deps = depsOf(rate)
  const amount = amountOf('USDT', 1_000_000_000n)
  expect(createCreditQuotes(deps)(BYBIT, 'USDT')).toEqual({ ok: false, reason })
  expect(createSpendable(deps)({ ...TERMS, asset: 'USDT', amount })).toEqual({ ok: false, reason })
})

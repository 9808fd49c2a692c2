import type { ExchangeId, QuoteId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import type { Rate } from '@tolem/money/rate'
import type { PublishedRate } from '@tolem/quotes/published-rate'
import { createQuotes } from '@tolem/quotes/quotes'
import { aQuote } from '@tolem/testing/builders'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CollectionAsk, createCollectionPricing } from './price-collection.ts'

const BYBIT = 'bybit' as ExchangeId
const WALLET = {
  exchange: BYBIT,
  rail: 'bybit-pay',
  walletId: 'w',
  assets: ['USDT', 'BTC'],
} as const

/** Prices at a bid of 500 tenge for a dollar and 50 million for a coin. */
function createPricing() {
  const latest = (_: ExchangeId, asset: PublishedRate['asset']): PublishedRate => {
    const bid = (asset === 'BTC' ? '50000000' : '500') as Rate
    return { state: 'safe', exchange: BYBIT, asset, bid, ask: bid, observedAt: 0, sources: [] }
  }
  const newQuoteId = () => 'qte_new' as QuoteId
  const mirror = { latest, all: () => [] }
  const quotes = createQuotes({ mirror, maximumAgeMs: 1_000, now: () => 0, newQuoteId })
  return createCollectionPricing({ quotes, newQuoteId })
}

const price = createPricing()
const ask = (change: Partial<CollectionAsk> = {}): CollectionAsk => ({
  owed: amountOf('KZT', 1_250_000n),
  wallet: WALLET,
  assets: WALLET.assets,
  stepOf: () => 1_000n,
  spreadBasisPoints: 50,
  feeBasisPoints: 100,
  original: undefined,
  refused: 0,
  balances: undefined,
  ...change,
})
const holding = (usdt: bigint, btc: bigint) => [
  { asset: 'USDT', amount: amountOf('USDT', usdt) } as const,
  { asset: 'BTC', amount: amountOf('BTC', btc) } as const,
]

test('a part is never more than the wallet holds, nor than is owed, and no larger part fits', () => {
  const amounts = fc.record({
    owed: fc.bigInt({ min: 1n, max: 10n ** 10n }),
    held: fc.bigInt({ min: 0n, max: 10n ** 12n }),
    step: fc.constantFrom(1n, 1_000n, 1_000_000n),
    feeBasisPoints: fc.integer({ min: 0, max: 1_000 }),
  })
  fc.assert(
    fc.property(amounts, ({ owed, held, step, feeBasisPoints }) => {
      const asked = ask({ owed: amountOf('KZT', owed), stepOf: () => step, feeBasisPoints })
      const priced = price({ ...asked, balances: holding(held, 0n) })
      if (!priced.ok) {
        expect(priced.reason).toBe('wallet_empty')
        return
      }
      const { billing, debit } = priced.value
      expect(debit).toBeLessThanOrEqual(held)
      expect(billing).toBeLessThanOrEqual(owed)
      if (billing === owed) return
      // Two tiyn more may vanish in the rounding of worth and fee; three never fit.
      const more = price({ ...asked, owed: amountOf('KZT', billing + 3n) })
      expect(more.ok && more.value.debit > (held / step) * step).toBe(true)
    }),
  )
})

test('the first asset that covers all of it pays, else the one that covers most', () => {
  const assetOf = (balances: CollectionAsk['balances']) => {
    const priced = price(ask({ balances }))
    return priced.ok ? priced.value.asset : priced.reason
  }
  expect(assetOf(holding(10n ** 10n, 10n ** 10n))).toBe('USDT')
  expect(assetOf(holding(10n ** 9n, 10n ** 10n))).toBe('BTC')
  expect(assetOf(holding(10n ** 9n, 1_000n))).toBe('USDT')
  expect(assetOf(holding(10n ** 7n, 0n))).toBe('wallet_empty')
  expect(assetOf([])).toBe('wallet_empty')
})

test('without balances each refusal leads to the next asset', () => {
  const assets = [0, 1, 2].map((refused) => {
    const priced = price(ask({ refused }))
    return priced.ok && priced.value.asset
  })
  expect(assets).toEqual(['USDT', 'BTC', 'USDT'])
})

test('an original price holds for its own asset at its own exchange', () => {
  const original = aQuote({ applied: '400' as Rate, bid: '402' as Rate })
  const same = price(ask({ original }))
  expect(same.ok && same.value).toMatchObject({
    id: 'qte_new',
    applied: '400',
    fee: 12_500n,
    debit: 3_156_250_000n,
    spread: 6_312n,
  })
  const elsewhere = price(ask({ original: { ...original, exchange: 'binance' as ExchangeId } }))
  expect(elsewhere.ok && elsewhere.value.applied).toBe('497.5')
})

test('a wallet of suspended assets pays nothing', () => {
  expect(price(ask({ assets: [] }))).toEqual({ ok: false, reason: 'asset_suspended' })
  expect(price(ask({ assets: [], balances: holding(1n, 1n) }))).toEqual({
    ok: false,
    reason: 'asset_suspended',
  })
})

import type { ExchangeId, QuoteId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { CRYPTO_ASSETS, type CryptoAsset } from '@tolem/money/asset'
import { parseRate, type Rate } from '@tolem/money/rate'
import { aQuote } from '@tolem/testing/builders'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { affordableBilling, lowerQuote } from './lower.ts'
import { createQuotes } from './quotes.ts'

const TERMS = { step: 100n, feeBasisPoints: 100 } as const

test('ten USDT pay for ten applied rates less the fee, rounded down', () => {
  // 10 × 471.829 = 4,718.29, and that divided by 1.01 is 4,671.574…
  expect(affordableBilling(aQuote(), amountOf('USDT', 1_000_000_000n), TERMS)).toBe(467_157n)
})

test('less than a step pays for nothing', () => {
  expect(affordableBilling(aQuote(), amountOf('USDT', 99n), TERMS)).toBe(0n)
})

const BYBIT = 'bybit' as ExchangeId

function quotesAt(asset: CryptoAsset, bid: Rate) {
  const rate = { state: 'safe', exchange: BYBIT, asset, bid, ask: bid, observedAt: 0, sources: [] }
  return createQuotes({
    mirror: { latest: () => rate as never, all: () => [] },
    maximumAgeMs: 5_000,
    now: () => 0,
    newQuoteId: () => 'qte_1' as QuoteId,
  })
}

const scenes = fc.record({
  asset: fc.constantFrom(...CRYPTO_ASSETS),
  billing: fc.bigInt({ min: 1n, max: 10n ** 12n }),
  balance: fc.bigInt({ min: 0n, max: 10n ** 20n }),
  step: fc.constantFrom(1n, 100n, 10_000n),
  spreadBasisPoints: fc.integer({ min: 0, max: 9_000 }),
  feeBasisPoints: fc.integer({ min: 0, max: 9_999 }),
  bid: fc
    .tuple(fc.integer({ min: 1, max: 99_999_999 }), fc.integer({ min: 0, max: 999_999_999 }))
    .map(([whole, part]) => parseRate(`${whole}.${String(part).padStart(9, '0')}`) as Rate),
})

test('what a balance affords can be debited from it, and one tiyn more cannot', () => {
  fc.assert(
    fc.property(scenes, ({ billing, balance, bid, ...terms }) => {
      const { quote } = quotesAt(terms.asset, bid)
      const asked = { exchange: BYBIT, ...terms }
      const quoted = quote({ ...asked, billing: amountOf('KZT', billing) })
      if (!quoted.ok) return expect.unreachable(quoted.reason)
      const available = amountOf(terms.asset, balance)
      const affordable = affordableBilling(quoted.value, available, terms)
      const debitOf = (tiyn: bigint) => lowerQuote(quoted.value, amountOf('KZT', tiyn), terms).debit
      expect(debitOf(affordable)).toBeLessThanOrEqual(balance)
      expect(debitOf(affordable + 1n)).toBeGreaterThan(balance)
    }),
  )
})

test('a lowered quote is the quote that would have been made for the lower amount', () => {
  fc.assert(
    fc.property(scenes, ({ billing, bid, asset, step, spreadBasisPoints, feeBasisPoints }) => {
      const { quote } = quotesAt(asset, bid)
      const terms = { step, feeBasisPoints }
      const asked = { exchange: BYBIT, asset, spreadBasisPoints, ...terms }
      const high = quote({ ...asked, billing: amountOf('KZT', billing * 3n) })
      const low = quote({ ...asked, billing: amountOf('KZT', billing) })
      if (!high.ok || !low.ok) return expect.unreachable()
      expect(lowerQuote(high.value, low.value.billing, terms)).toEqual(low.value)
    }),
  )
})

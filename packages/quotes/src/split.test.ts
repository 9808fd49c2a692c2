import type { ExchangeId, QuoteId } from '@tolem/domain/ids'
import { refuse } from '@tolem/domain/outcome'
import { type Amount, amountOf } from '@tolem/money/amount'
import { CRYPTO_ASSETS, type CryptoAsset } from '@tolem/money/asset'
import { shareOf } from '@tolem/money/convert'
import type { Rate } from '@tolem/money/rate'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RateRefusal } from './present-rate.ts'
import { createQuotes } from './quotes.ts'
import { type Payer, type SplitRequest, splitBilling } from './split.ts'

const EXCHANGE = 'binance' as ExchangeId

/** Prices out of one bid an asset. */
function quotesAt(bids: Partial<Record<CryptoAsset, string>>) {
  let count = 0
  return createQuotes({
    mirror: {
      all: () => [],
      latest: (exchange, asset) => {
        const bid = bids[asset] as Rate | undefined
        const prices = bid && { bid, ask: bid, observedAt: 0, sources: [] }
        return prices && { state: 'safe', exchange, asset, ...prices }
      },
    },
    maximumAgeMs: 5_000,
    now: () => 0,
    newQuoteId: () => `qte_${(count += 1)}` as QuoteId,
  })
}

type Terms = { readonly feeBasisPoints: number; readonly spreadBasisPoints: number }

function ask(
  bids: Partial<Record<CryptoAsset, string>>,
  billing: bigint,
  { payers, feeBasisPoints, spreadBasisPoints }: Terms & Pick<SplitRequest, 'payers'>,
): SplitRequest {
  const { quote } = quotesAt(bids)
  const terms = { exchange: EXCHANGE, feeBasisPoints, spreadBasisPoints }
  return {
    billing: amountOf('KZT', billing),
    payers,
    feeBasisPoints,
    quoteOf: ({ asset, step }, part) => quote({ ...terms, asset, step, billing: part }),
  }
}

const TERMS = { feeBasisPoints: 100, spreadBasisPoints: 50 } as const
const BIDS = { USDT: '474.2', USDC: '474', BTC: '40000000' } as const

function payer(asset: CryptoAsset, units: bigint | undefined): Payer {
  const available = units === undefined ? undefined : amountOf(asset, units)
  return { asset, step: 100n, available }
}

function billingsOf(request: SplitRequest) {
  const { quotes, uncovered } = splitBilling(request)
  return [...quotes.map(({ asset, billing }) => [asset, billing]), uncovered]
}

test('the first asset pays what it affords, the next what of the rest it does, and the last the rest', () => {
  const payers = [
    payer('USDT', 1_000_000_000n),
    payer('USDC', 1_000_000_000n),
    payer('BTC', 100_000_000n),
  ]
  const request = ask(BIDS, 1_250_000n, { payers, ...TERMS })
  expect(billingsOf(request)).toEqual([
    ['USDT', 467_157n],
    ['USDC', 466_960n],
    ['BTC', 315_883n],
    0n,
  ])
  const ids = splitBilling(request).quotes.map(({ id }) => id)
  expect(new Set(ids).size).toBe(3)
})

test('an asset that covers all pays all, and so does one of which nobody knows', () => {
  for (const units of [10n ** 12n, undefined]) {
    const payers = [payer('USDT', units), payer('BTC', 10n ** 12n)]
    expect(billingsOf(ask(BIDS, 1_250_000n, { payers, ...TERMS }))).toEqual([
      ['USDT', 1_250_000n],
      0n,
    ])
  }
})

test('an asset that is worth less than a hundred tenge is left alone where there are others', () => {
  const dust = payer('USDT', 20_000_000n)
  const [alone, among] = [[dust], [dust, payer('BTC', 10n ** 12n)]].map((payers) =>
    billingsOf(ask(BIDS, 1_250_000n, { payers, ...TERMS })),
  )
  expect(alone).toEqual([['USDT', 9_342n], 1_240_658n])
  expect(among).toEqual([['BTC', 1_250_000n], 0n])
})

test.each<RateRefusal>(['rate_unavailable', 'rate_unsafe'])(
  'an asset without a price (%s) is passed over, and told',
  (reason) => {
    const payers = [payer('USDT', 10n ** 12n), payer('BTC', 10n ** 12n)]
    const request = ask(BIDS, 1_250_000n, { payers, ...TERMS })
    const { quoteOf } = request
    const split = splitBilling({
      ...request,
      quoteOf: (one, part) => (one.asset === 'USDT' ? refuse(reason) : quoteOf(one, part)),
    })
    expect(split.quotes.map(({ asset, billing }) => [asset, billing])).toEqual([
      ['BTC', 1_250_000n],
    ])
    expect(split).toMatchObject({ uncovered: 0n, refusals: [reason] })
  },
)

const bids = fc
  .tuple(fc.integer({ min: 1, max: 99_999_999 }), fc.integer({ min: 0, max: 999_999_999 }))
  .map(([whole, part]) => `${whole}.${String(part).padStart(9, '0')}`)

const wallets = fc.record({
  billing: fc.bigInt({ min: 1n, max: 10n ** 12n }),
  feeBasisPoints: fc.integer({ min: 0, max: 9_999 }),
  spreadBasisPoints: fc.integer({ min: 0, max: 9_000 }),
  assets: fc.shuffledSubarray([...CRYPTO_ASSETS], { minLength: 1 }).chain((assets) =>
    fc.tuple(
      ...assets.map((asset) =>
        fc.record({
          asset: fc.constant(asset),
          bid: fc.option(bids, { nil: undefined, freq: 6 }),
          step: fc.constantFrom(1n, 100n, 10_000n),
          units: fc.option(
            fc.oneof(
              fc.bigInt({ min: 0n, max: 10n ** 12n }),
              fc.bigInt({ min: 0n, max: 10n ** 22n }),
            ),
            { nil: undefined, freq: 8 },
          ),
        }),
      ),
    ),
  ),
})

test('parts sum to the billing with what is uncovered, in order, within what is there, a tiyn of fee apart', () => {
  const seen = { split: 0, uncovered: 0 }
  fc.assert(
    fc.property(wallets, ({ billing, assets, ...terms }) => {
      const rates = Object.fromEntries(
        assets.flatMap(({ asset, bid }) => (bid ? [[asset, bid]] : [])),
      )
      const payers = assets.map(({ asset, step, units }): Payer => {
        const available = units === undefined ? undefined : (units as Amount<CryptoAsset>)
        return { asset, step, available }
      })
      const request = ask(rates, billing, { payers, ...terms })
      const { quotes, uncovered, refusals } = splitBilling(request)
      if (quotes.length > 1) seen.split += 1
      if (uncovered > 0n) seen.uncovered += 1

      expect(quotes.reduce((sum, part) => sum + part.billing, uncovered as bigint)).toBe(billing)
      for (const quote of quotes) {
        const of = payers.find(({ asset }) => asset === quote.asset)
        expect(quote.billing).toBeGreaterThan(0n)
        expect(quote.debit % (of?.step ?? 0n)).toBe(0n)
        if (of?.available !== undefined) expect(quote.debit).toBeLessThanOrEqual(of.available)
      }

      const order = payers.map(({ asset }) => asset)
      const used = quotes.map(({ asset }) => order.indexOf(asset))
      expect(used).toEqual([...new Set(used)].toSorted((left, right) => left - right))
      expect(refusals).toHaveLength(
        assets.filter(({ asset, bid }) => {
          const isReached = uncovered > 0n || order.indexOf(asset) < (used.at(-1) ?? 0)
          return isReached && bid === undefined
        }).length,
      )

      const fees = quotes.reduce((sum, { fee }) => sum + fee, 0n)
      const paid = amountOf('KZT', billing - uncovered)
      const { feeBasisPoints: basisPoints } = terms
      const rounding = 'against_cardholder'
      const single = shareOf('KZT', { amount: paid, basisPoints, rounding })
      expect(fees).toBeGreaterThanOrEqual(single)
      expect(fees).toBeLessThanOrEqual(single + BigInt(Math.max(0, quotes.length - 1)))
    }),
    { numRuns: 2_000, seed: 1 },
  )
  expect(seen.split).toBeGreaterThan(50)
  expect(seen.uncovered).toBeGreaterThan(50)
})

test('every part but the last takes all that its asset affords', () => {
  fc.assert(
    fc.property(wallets, ({ billing, assets, ...terms }) => {
      const rates = Object.fromEntries(assets.map(({ asset, bid }) => [asset, bid ?? '474.2']))
      const payers = assets.map(({ asset, step, units = 0n }): Payer => {
        return { asset, step, available: units as Amount<CryptoAsset> }
      })
      const request = ask(rates, billing, { payers, ...terms })
      const { quotes, uncovered } = splitBilling(request)
      const full = uncovered > 0n ? quotes : quotes.slice(0, -1)
      for (const quote of full) {
        const of = payers.find(({ asset }) => asset === quote.asset)
        const more = of && request.quoteOf(of, amountOf('KZT', quote.billing + 1n))
        expect(more?.ok && more.value.debit).toBeGreaterThan(of?.available ?? 0n)
      }
    }),
    { numRuns: 500, seed: 2 },
  )
})

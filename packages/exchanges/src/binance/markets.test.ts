import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { amountOf } from '@tolem/money/amount'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { createRails } from '../compose.ts'
import { convertingBinance, openConversion, SELL } from '../testing/binance-conversion.ts'
import { json } from '../testing/dialect.ts'
import { NOW } from '../testing/opened-rail.ts'
import { inMinorUnits, readFinest, sumFees } from './conversion-amounts.ts'

const LIMIT = { timeoutMs: 1_000 }

async function opened(change: Parameters<typeof openConversion>[0]) {
  const conversion = await openConversion(change)
  onTestFinished(conversion.close)
  return conversion
}
const OFF = '0.00000000'
const lot = (filterType: string, minQty: string, stepSize: string, maxQty = '9000.00000000') => ({
  filterType,
  minQty,
  maxQty,
  stepSize,
})
const MIN_NOTIONAL = { filterType: 'MIN_NOTIONAL', minNotional: '0.001', applyToMarket: true }
const NOTIONAL = { filterType: 'NOTIONAL', minNotional: '10.00000000', applyMinToMarket: true }

const symbol = (name: string, filters: readonly object[] = [], change: object = {}) => ({
  symbol: name,
  status: 'TRADING',
  orderTypes: ['LIMIT', 'MARKET'],
  isSpotTradingAllowed: true,
  filters: [{ filterType: 'PRICE_FILTER', tickSize: '0.01' }, ...filters],
  ...change,
})

async function spotMarkets(...symbols: readonly object[]) {
  const { exchange, conversion, asked } = await opened({})
  exchange.play(json({ symbols }))
  const markets = await conversion.markets(LIMIT)
  return { markets, asked }
}

test('a market’s step, amounts and least worth are what its filters say together', async () => {
  const { markets, asked } = await spotMarkets(
    symbol('USDTKZT', [lot('LOT_SIZE', '1.00000000', '0.10000000'), NOTIONAL]),
    symbol('ETHUSDT', [
      lot('LOT_SIZE', '0.00010000', '0.00010000', '1000'),
      lot('MARKET_LOT_SIZE', OFF, OFF, '850.5'),
      MIN_NOTIONAL,
      NOTIONAL,
    ]),
    symbol('SOLUSDT', [
      lot('LOT_SIZE', '0.00100000', '0.00400000'),
      lot('MARKET_LOT_SIZE', '0.00500000', '0.00600000', OFF),
      { ...NOTIONAL, applyMinToMarket: false },
    ]),
  )
  expect(markets).toEqual({
    ok: true,
    value: [
      {
        asset: 'USDT',
        money: 'KZT',
        step: 10_000_000n,
        smallest: 100_000_000n,
        largest: 900_000_000_000n,
        smallestWorth: 1_000n,
      },
      {
        asset: 'ETH',
        money: 'USDT',
        step: 10n ** 14n,
        smallest: 10n ** 14n,
        largest: 850_500_000_000_000_000_000n,
        smallestWorth: 1_000_000_000n,
      },
      {
        asset: 'SOL',
        money: 'USDT',
        step: 12_000_000n,
        smallest: 12_000_000n,
        largest: 9_000_000_000_000n,
        smallestWorth: 0n,
      },
    ],
  })
  expect(asked()).toEqual([
    [
      'GET /api/v3/exchangeInfo',
      { symbols: '["USDTKZT","USDCUSDT","BTCUSDT","ETHUSDT","SOLUSDT","TONUSDT"]' },
    ],
  ])
})

test('a market that takes no market orders now, or whose rules cannot be read, is left out', async () => {
  const { markets } = await spotMarkets(
    symbol('BTCUSDT', [], { status: 'BREAK' }),
    symbol('ETHUSDT', [], { orderTypes: ['LIMIT'] }),
    symbol('SOLUSDT', [], { isSpotTradingAllowed: false }),
    symbol('TONUSDT', [lot('LOT_SIZE', 'much', '1')]),
    symbol('USDCUSDT', [{ filterType: 'LOT_SIZE' }]),
    symbol('DOGEUSDT'),
  )
  expect(markets).toEqual({ ok: true, value: [] })
})

test('one symbol that is gone does not hide the others', async () => {
  const { exchange, conversion } = await opened({})
  exchange.play(({ query }) => {
    const name = new URLSearchParams(query).get('symbol')
    const isGone = name === null || name === 'TONUSDT'
    return isGone
      ? json({ code: -1121, msg: 'Invalid symbol.' }, 400)
      : json({ symbols: [symbol(name)] })
  })
  const markets = await conversion.markets(LIMIT)
  const names = markets.ok && markets.value.map(({ asset, money }) => `${asset}${money}`)
  expect(names).toEqual(['USDTKZT', 'USDCUSDT', 'BTCUSDT', 'ETHUSDT', 'SOLUSDT'])
})

test('the recorded list is read, and what is no list makes the markets unavailable', async () => {
  const { exchange, conversion } = await opened({})
  const file = join(import.meta.dirname, '../samples/binance-exchange-info.json')
  exchange.play(json(readFileSync(file, 'utf8')))
  expect(await conversion.markets(LIMIT)).toEqual({ ok: true, value: [] })
  for (const reply of [json('', 503), json({}), json('<html>'), json({ symbols: null })]) {
    exchange.play(reply)
    expect(await conversion.markets(LIMIT)).toEqual({ ok: false, reason: 'unavailable' })
  }
})

test('Convert’s pairs are asked for by both moneys, and its bounds are kept in whole steps', async () => {
  const { exchange, conversion, asked } = await opened({ via: 'convert' })
  const pair = (fromAsset: string, toAsset: string) => ({
    fromAsset,
    toAsset,
    fromAssetMinAmount: '0.0004',
    fromAssetMaxAmount: '50',
    toAssetMinAmount: '20.001',
    toAssetMaxAmount: '2500000',
  })
  exchange.play(({ query }) =>
    json(query.includes('KZT') ? [pair('USDT', 'KZT')] : [pair('BTC', 'USDT'), pair('X', 'USDT')]),
  )
  const bounds = { step: 1n, smallest: 40_000n, largest: 5_000_000_000n }
  expect(await conversion.markets(LIMIT)).toEqual({
    ok: true,
    value: [
      { asset: 'USDT', money: 'KZT', ...bounds, smallestWorth: 2_001n },
      { asset: 'BTC', money: 'USDT', ...bounds, smallestWorth: 2_000_100_000n },
    ],
  })
  const parameters = asked().map(([, given]) => given)
  expect(parameters).toEqual([{ toAsset: 'KZT' }, { toAsset: 'USDT' }])
  exchange.play(json({ code: -1000, msg: '' }, 400))
  expect(await conversion.markets(LIMIT)).toEqual({ ok: false, reason: 'unavailable' })
})

test.each(['spot', 'convert'] as const)(
  'no bytes of any status make a fill by %s, and none make a call throw',
  async (via) => {
    const { exchange } = await opened({ via })
    // Each look at the clock is a second later, so that no rate is ever used up.
    let now = NOW
    const rails = createRails([convertingBinance(exchange.host, { via })], {
      readSecret: (reference) => reference,
      now: () => (now += 1_000),
    })
    onTestFinished(() => rails.close())
    const conversion = rails.conversionFor(SELL.exchange)
    if (!conversion) throw new Error('the conversion is missing')
    const span = { sentAfter: 0, sentBefore: 1 }
    const ticket = { text: SELL.reference }
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record({ orderId: fc.anything(), status: fc.anything(), orderStatus: fc.anything() })
        .map((record) => Buffer.from(fc.stringify(record))),
    )
    const status = fc.constantFrom(200, 200, 200, 400, 404)
    await fc.assert(
      fc.asyncProperty(body, status, async (bytes, code) => {
        exchange.play({ status: code, body: bytes })
        await conversion.prepare(SELL, LIMIT)
        expect((await conversion.execute(SELL, ticket, LIMIT)).kind).not.toBe('filled')
        expect((await conversion.lookUp(SELL, ticket, span)).kind).not.toBe('filled')
        // An empty list says that there is no market, and is one of the bodies.
        const markets = await conversion.markets(LIMIT)
        expect(markets.ok ? markets.value : []).toEqual([])
      }),
      { numRuns: 100 },
    )
    expect(exchange.seen.length).toBeGreaterThan(200)
  },
)

test('decimals are read exactly, and rounding never favours the programme', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), (finest) => {
      const text = finest.toString().padStart(19, '0')
      expect(readFinest(`${text.slice(0, -18)}.${text.slice(-18)}`)).toBe(finest)
      const down = inMinorUnits('KZT', finest, 'down')
      const up = inMinorUnits('KZT', finest, 'up')
      expect(down * 10n ** 16n <= finest && finest <= up * 10n ** 16n).toBe(true)
      expect(up - down <= 1n).toBe(true)
    }),
  )
  for (const text of ['', '-1', '1.', '.5', '01', '1e3', '1.0000000000000000001', 'NaN'])
    expect(readFinest(text)).toBeUndefined()
})

test('fees are summed before they are rounded', () => {
  const commissions = Array.from({ length: 3 }, () => ({
    commission: '0.00400000',
    commissionAsset: 'KZT',
  }))
  expect(sumFees(commissions)).toEqual([{ asset: 'KZT', amount: amountOf('KZT', 2n) }])
  expect(sumFees([{ commission: '-1', commissionAsset: 'KZT' }])).toBeUndefined()
})

test('numbers beyond what is counted are no amounts, and no market and no fee is made of them', async () => {
  const most = '9'.repeat(31)
  const { markets } = await spotMarkets(
    symbol('ETHUSDT', [lot('LOT_SIZE', '0.0001', '0.0001', most)]),
    symbol('BTCUSDT', [lot('LOT_SIZE', '0.0001', '0.0001', '9000')]),
  )
  expect(markets.ok && markets.value.map(({ asset }) => asset)).toEqual(['BTC'])
  const fee = { commission: `${'9'.repeat(20)}.9`, commissionAsset: 'ETH' }
  expect(sumFees([fee])).toHaveLength(1)
  expect(sumFees([fee, fee])).toBeUndefined()
})

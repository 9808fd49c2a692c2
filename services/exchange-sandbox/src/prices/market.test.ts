import { expect, test } from 'vitest'
import { createMarket } from './market.ts'
import { SYMBOLS } from './symbols.ts'

const never = () => false
const now = () => 0

function walk(seed: number, steps: number) {
  const market = createMarket({ seed, now })
  for (let step = 0; step < steps; step++) market.step(never)
  return market
}

function describeTops(market: ReturnType<typeof walk>) {
  return market.tops('bybit').map(({ symbol, bid, ask }) => `${symbol.symbol} ${bid} ${ask}`)
}

test('the same seed gives the same path and another seed another', () => {
  expect(describeTops(walk(7, 500))).toEqual(describeTops(walk(7, 500)))
  expect(describeTops(walk(7, 500))).not.toEqual(describeTops(walk(8, 500)))
})

test('bids stay below asks, on the tick, near the level, for a long time', () => {
  const market = createMarket({ seed: 1, now })
  for (let step = 0; step < 20_000; step++) {
    market.step(never)
    if (step % 50 > 0) continue
    for (const exchange of ['binance', 'bybit', 'partner'] as const) {
      for (const { symbol, bid, ask } of market.tops(exchange)) {
        const decimals = symbol.listings[exchange].tickDecimals
        expect(bid).toMatch(new RegExp(`^\\d+\\.\\d{${decimals}}$`))
        expect(Number(bid)).toBeLessThan(Number(ask))
        expect(Math.abs(Number(bid) / symbol.level - 1)).toBeLessThan(0.2)
      }
    }
  }
})

test('the two exchanges agree on every price within a tenth of a percent', () => {
  const market = walk(3, 5_000)
  for (const { symbol } of SYMBOLS) {
    const binance = Number(market.top('binance', symbol)?.bid)
    const bybit = Number(market.top('bybit', symbol)?.bid)
    expect(Math.abs(binance / bybit - 1)).toBeLessThan(0.001)
  }
})

test('a pinned book stands still, may be crossed, and walks on when unpinned', () => {
  const market = createMarket({ seed: 1, now })
  market.pin('bybit', 'BTCUSDT', { bid: '2', ask: '1' })
  for (let step = 0; step < 20; step++) market.step(never)
  expect(market.top('bybit', 'BTCUSDT')).toMatchObject({ bid: '2', ask: '1' })
  market.unpin('bybit', 'BTCUSDT')
  for (let step = 0; step < 20; step++) market.step(never)
  expect(market.top('bybit', 'BTCUSDT')).toEqual({
    ...walk(1, 40).top('bybit', 'BTCUSDT'),
    update: expect.any(Number),
  })
})

test('a frozen exchange stands still while the other walks', () => {
  const market = createMarket({ seed: 1, now })
  const before = market.tops('bybit')
  for (let step = 0; step < 50; step++) market.step((exchange) => exchange === 'bybit')
  expect(market.tops('bybit')).toEqual(before)
  expect(market.top('binance', 'BTCUSDT')?.update).toBeGreaterThan(1_030)
})

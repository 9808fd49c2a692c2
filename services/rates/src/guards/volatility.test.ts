import type { Rate } from '@tolem/money/rate'
import { createRandom } from '@tolem/testing/random'
import { expect, test } from 'vitest'
import { createVolatility } from './volatility.ts'

const WINDOW_MS = 60_000

/** Basis points after a tape of one price each `everyMs`, the first at 0. */
function measured(prices: readonly number[], everyMs = 1_000): number {
  const volatility = createVolatility(WINDOW_MS)
  return prices.reduce((_, price, at) => volatility.measure(String(price) as Rate, at * everyMs), 0)
}

test('a price that stands still, and one without a past, does not move', () => {
  expect(measured([474.2])).toBe(0)
  expect(measured(Array.from({ length: 200 }, () => 474.2))).toBe(0)
})

test('a move of a hundredth is about a hundred basis points, at once and for the time of a window', () => {
  const jump = (after: number) => measured([...Array(30).fill(100), ...Array(after).fill(101)])
  for (const after of [1, 2, 60]) expect(jump(after)).toBeCloseTo(99.5, 1)
  expect(jump(62)).toBe(0)
})

test('moves of either direction add up by their squares', () => {
  const zigzag = Array.from({ length: 17 }, (_, at) => (at % 2 === 0 ? 1_000 : 1_001))
  expect(measured(zigzag)).toBeCloseTo(Math.sqrt(16) * Math.log(1.001) * 10_000, 6)
})

test('what flickers within a second is no move', () => {
  const flicker = Array.from({ length: 1_001 }, (_, at) => (at % 2 === 0 ? 1_000 : 1_001))
  expect(measured(flicker, 100)).toBe(0)
})

test('of a random walk it finds the volatility that the walk was made with', () => {
  const random = createRandom(20_261_122)
  const perSecond = 3 / 10_000
  const found = Array.from({ length: 200 }, () => {
    let price = 90_000
    const walk = Array.from({ length: 61 }, () => {
      // The sum of twelve uniform numbers less six: a bell of standard deviation one.
      const bell = Array.from({ length: 12 }, random).reduce((sum, each) => sum + each, -6)
      price *= Math.exp(bell * perSecond)
      return Number(price.toFixed(4))
    })
    return measured(walk)
  })
  const mean = found.reduce((sum, each) => sum + each, 0) / found.length
  expect(mean).toBeGreaterThan(0.95 * Math.sqrt(60) * 3)
  expect(mean).toBeLessThan(1.05 * Math.sqrt(60) * 3)
})

test('a move over a gap that is longer than the window does not count, and what follows does', () => {
  const volatility = createVolatility(WINDOW_MS)
  volatility.measure('100' as Rate, 0)
  volatility.measure('101' as Rate, 1_000)
  expect(volatility.measure('110' as Rate, 62_000)).toBe(0)
  expect(volatility.measure('110' as Rate, 63_000)).toBe(0)
  expect(volatility.measure('111.1' as Rate, 64_000)).toBeCloseTo(99.5, 1)
})

test('a move over a gap within the window counts', () => {
  const volatility = createVolatility(WINDOW_MS)
  volatility.measure('100' as Rate, 0)
  expect(volatility.measure('101' as Rate, WINDOW_MS)).toBeCloseTo(99.5, 1)
})

test('a clock that is set back leaves no move behind for ever', () => {
  const volatility = createVolatility(WINDOW_MS)
  volatility.measure('100' as Rate, 3_600_000)
  volatility.measure('101' as Rate, 3_601_000)
  expect(volatility.measure('101' as Rate, 0)).toBe(0)
  expect(volatility.measure('101' as Rate, 1_000)).toBe(0)
})

import { expect, test } from 'vitest'
import { readRounded, smallestUnit } from './units.ts'

test('what a database cannot hold is no amount, rounded up or not', () => {
  const most = `${'9'.repeat(30)}.${'9'.repeat(8)}`
  expect(readRounded('USDT', most, 'up')).toBe(10n ** 38n - 1n)
  expect(readRounded('USDT', `${most}1`, 'down')).toBe(10n ** 38n - 1n)
  expect(readRounded('USDT', `${most}1`, 'up')).toBeUndefined()
  expect(smallestUnit('USDT', `${most}1`)).toBeUndefined()
})

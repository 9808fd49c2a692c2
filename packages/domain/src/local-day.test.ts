import { expect, test } from 'vitest'
import { localDateTime, localDay, localMonth } from './local-day.ts'

test.each([
  ['2026-11-22T10:04:05.678Z', '2026-11-22T15:04:05'],
  ['2027-12-31T19:00:00.000Z', '2028-01-01T00:00:00'],
  ['2028-02-28T19:30:00.000Z', '2028-02-29T00:30:00'],
  ['2028-02-29T18:59:59.999Z', '2028-02-29T23:59:59'],
])('at %s the clocks of Almaty show %s', (instant, local) => {
  expect(localDateTime(Date.parse(instant))).toBe(local)
})

test('before 1 March 2024 the clocks of Almaty were an hour further', () => {
  expect(localDateTime(Date.parse('2024-02-29T17:59:59Z'))).toBe('2024-02-29T23:59:59')
  expect(localDateTime(Date.parse('2024-03-01T12:00:00Z'))).toBe('2024-03-01T17:00:00')
})

test('a day begins at midnight in Almaty, five hours before UTC', () => {
  expect(localDay(Date.UTC(2026, 10, 30, 18, 59, 59))).toBe('2026-11-30')
  expect(localDay(Date.UTC(2026, 10, 30, 19, 0, 0))).toBe('2026-12-01')
  expect(localMonth(Date.UTC(2026, 11, 31, 19, 0, 0))).toBe('2027-01')
})

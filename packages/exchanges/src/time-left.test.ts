import { expect, test } from 'vitest'
import { limitWithin, momentNow, msSince, timeLeft } from './time-left.ts'

const now = { elapsed: 1_000, wall: 5_000_000 }

test.each([
  ['both clocks went on', { elapsed: 900, wall: 4_999_900 }, 100],
  [
    'the machine was stopped and only its wall clock was set',
    { elapsed: 990, wall: 4_940_000 },
    60_000,
  ],
  ['the wall clock was set back', { elapsed: 0, wall: 5_003_600 }, 1_000],
])('when %s the longer of the two counts', (_, from, ms) => {
  expect(msSince(from, now)).toBe(ms)
})

test('a limit that began in the past has less left, and none once it is over', () => {
  const { elapsed, wall } = momentNow()
  const from = { elapsed: elapsed - 2_000, wall: wall - 2_000 }
  expect(timeLeft({ timeoutMs: 5_000, from })).toBeLessThanOrEqual(3_000)
  expect(timeLeft({ timeoutMs: 1_500, from })).toBeLessThan(0)
  expect(limitWithin(from, 5_000).timeoutMs).toBeLessThanOrEqual(3_000)
  expect(timeLeft({ timeoutMs: 5_000 })).toBe(5_000)
})

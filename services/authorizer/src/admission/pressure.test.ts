import { expect, test } from 'vitest'
import { createLimit, type Period } from './pressure.ts'

const calm = { pressure: 0.5 }
const tight = { pressure: 1.5 }

function aLimit(ceiling = 2_000) {
  const limit = createLimit({ floor: 128, ceiling })
  const see = (periods: number, seen: Partial<Period> & { pressure: number }) => {
    for (let left = periods; left > 0; left -= 1)
      limit.adjust({ peak: limit.now(), late: 0, ...seen })
    return limit.now()
  }
  return { now: limit.now, see }
}

test('grows to the ceiling in a second while a slow exchange keeps much under way and nothing waits for us', () => {
  const { now, see } = aLimit()
  expect(now()).toBe(256)
  expect(see(10, calm)).toBe(2_000)
})

test('is cut while things wait, at most every other period, and never below one batch', () => {
  const { see } = aLimit()
  const once = see(1, tight)
  expect(once).toBe(230)
  expect(see(1, tight)).toBe(once)
  expect(see(1, tight)).toBeLessThan(once)
  expect(see(100, tight)).toBe(128)
})

test('is cut from what was under way, not from what might have been', () => {
  const { see } = aLimit()
  see(10, calm)
  expect(see(1, { ...tight, peak: 300 })).toBe(270)
})

test('rises slowly after a cut, and comes back by itself when the load is gone', () => {
  const { see } = aLimit()
  const cut = see(100, tight)
  expect(see(5, calm)).toBeLessThan(cut * 1.3)
  see(10, calm)
  expect(see(25, { ...calm, peak: 3 })).toBe(256)
})

test('does not keep what an hour ago was right', () => {
  const { see } = aLimit()
  see(10, calm)
  expect(see(1, { ...calm, peak: 3 })).toBe(256)
})

test('is never above a ceiling that is below one batch', () => {
  const { now, see } = aLimit(10)
  expect(now()).toBe(10)
  expect(see(9, tight)).toBeLessThanOrEqual(10)
})

test('is cut below a batch where messages come too late, and grows again once they do not', () => {
  const { see } = aLimit()
  expect(see(1, { ...calm, late: 3 })).toBe(179)
  expect(see(40, { ...calm, late: 1 })).toBe(16)
  // Waiting alone raises nothing that was cut for worse.
  expect(see(2, tight)).toBe(16)
  expect(see(60, calm)).toBeGreaterThan(256)
})

import { expect, onTestFinished, test, vi } from 'vitest'
import { LOOK_UP_LIMIT, startLookUp } from './look-up-limit.ts'

test('all calls of one look-up share its time', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const timeLeft = startLookUp()
  expect(timeLeft()).toEqual(LOOK_UP_LIMIT)
  vi.advanceTimersByTime(9_000)
  expect(timeLeft()).toEqual({ timeoutMs: 1_000 })
})

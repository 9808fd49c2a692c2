import type { ExchangeId } from '@tolem/domain/ids'
import type { PublishedRate } from '@tolem/quotes/published-rate'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Route } from './guards/assessment.ts'
import { createPublishing } from './publishing.ts'

const ROUTE: Route = {
  exchange: 'bybit' as ExchangeId,
  asset: 'USDT',
  legs: [{ exchange: 'bybit' as ExchangeId, pair: 'USDT/KZT' }],
}
const RATE: PublishedRate = {
  state: 'unsafe',
  exchange: 'bybit',
  asset: 'USDT',
  guard: 'spike',
  observedAt: 0,
}

let sentAt: number[] = []
let failures = 0
let send: () => Promise<void>

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
  sentAt = []
  failures = 0
  send = () => Promise.resolve()
})

afterEach(() => {
  vi.useRealTimers()
})

function publishingOf(rate: PublishedRate | undefined) {
  return createPublishing({
    bus: {
      put: async () => {},
      publish: () => {
        sentAt.push(Date.now())
        return send()
      },
    },
    routes: [ROUTE],
    assess: () => rate,
    now: () => Date.now(),
    onPublished: () => {},
    onFailure: () => {
      failures += 1
    },
  })
}

test('publishes at once, and a storm of ticks at most every 100 ms', async () => {
  const publishing = publishingOf(RATE)
  publishing.start()
  for (let at = 0; at < 1_000; at += 10) {
    publishing.touch(ROUTE)
    await vi.advanceTimersByTimeAsync(10)
  }
  publishing.close()
  expect(sentAt[0]).toBe(0)
  expect(sentAt.length).toBeGreaterThanOrEqual(10)
  for (const [index, at] of sentAt.entries())
    expect(at - (sentAt[index - 1] ?? -100)).toBeGreaterThanOrEqual(100)
})

test('publishes an unchanged rate again within every second', async () => {
  const publishing = publishingOf(RATE)
  publishing.start()
  await vi.advanceTimersByTimeAsync(10_000)
  publishing.close()
  expect(sentAt.length).toBeGreaterThanOrEqual(10)
  for (const [index, at] of sentAt.entries())
    expect(at - (sentAt[index - 1] ?? 0)).toBeLessThanOrEqual(1_000)
})

test('publishes nothing where there is nothing to say', async () => {
  const publishing = publishingOf(undefined)
  publishing.start()
  publishing.touch(ROUTE)
  await vi.advanceTimersByTimeAsync(3_000)
  publishing.close()
  expect(sentAt).toEqual([])
})

test('goes on after failures, and past a bus that never answers', async () => {
  const publishing = publishingOf(RATE)
  publishing.start()
  send = () => Promise.reject(new Error('connection refused'))
  await vi.advanceTimersByTimeAsync(3_000)
  expect(failures).toBeGreaterThanOrEqual(3)
  send = () => new Promise(() => {})
  await vi.advanceTimersByTimeAsync(2_000)
  const before = sentAt.length
  await vi.advanceTimersByTimeAsync(6_000)
  expect(sentAt.length).toBeGreaterThan(before)
  publishing.close()
})

test('a clock that is set back does not hold it up', async () => {
  const publishing = publishingOf(RATE)
  publishing.touch(ROUTE)
  await vi.advanceTimersByTimeAsync(0)
  vi.setSystemTime(-3_600_000)
  publishing.touch(ROUTE)
  expect(sentAt).toHaveLength(2)
})

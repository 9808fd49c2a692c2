import type { Rate } from '@tolem/money/rate'
import type { PublishedRate } from '@tolem/quotes/published-rate'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRecorder } from './recorder.ts'
import type { HistoryRow } from './store.ts'

let rows: HistoryRow[] = []
let isAway = false
let faults = 0
let dropped = 0
let forgotten: number[] = []

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
  rows = []
  isAway = false
  faults = 0
  dropped = 0
  forgotten = []
})

afterEach(() => {
  vi.useRealTimers()
})

function recording() {
  const recorder = createRecorder({
    store: {
      append: (batch) => {
        if (isAway) return Promise.reject(new Error('no database'))
        rows.push(...batch)
        return Promise.resolve()
      },
      forgetBefore: (time) => {
        forgotten.push(time)
        return Promise.resolve(forgotten.length < 3)
      },
    },
    keepDays: 2,
    now: () => Date.now(),
    onWritten: () => {},
    onDropped: (count) => {
      dropped += count
    },
    onFault: () => {
      faults += 1
    },
  })
  recorder.start()
  return recorder
}

function safe(bid: string, exchange = 'bybit'): PublishedRate {
  return {
    state: 'safe',
    exchange,
    asset: 'USDT',
    bid: bid as Rate,
    ask: '480' as Rate,
    observedAt: Date.now(),
    sources: [],
  }
}

const unsafe = (guard: string): PublishedRate => {
  return { state: 'unsafe', exchange: 'bybit', asset: 'USDT', guard, observedAt: Date.now() }
}

test('writes each change at most once a second, and what stands still once a minute', async () => {
  const recorder = recording()
  for (let at = 0; at < 10_000; at += 100) {
    recorder.note(safe(String(470 + at / 10_000)))
    await vi.advanceTimersByTimeAsync(100)
  }
  for (let at = 0; at < 120_000; at += 1_000) {
    recorder.note(safe('471'))
    await vi.advanceTimersByTimeAsync(1_000)
  }
  await recorder.close()
  expect(rows).toHaveLength(10 + 1 + 1)
  for (const [index, { publishedAt }] of rows.entries())
    expect(publishedAt - (rows[index - 1]?.publishedAt ?? -1_000)).toBeGreaterThanOrEqual(1_000)
})

test('a guard, another guard and the way back are each a change', async () => {
  const recorder = recording()
  for (const rate of [
    safe('474'),
    unsafe('spike'),
    unsafe('silent'),
    unsafe('silent'),
    safe('474'),
  ]) {
    recorder.note(rate)
    await vi.advanceTimersByTimeAsync(1_000)
  }
  await recorder.close()
  const told = rows.map(({ rate }) => (rate.state === 'safe' ? 'safe' : rate.guard))
  expect(told).toEqual(['safe', 'spike', 'silent', 'safe'])
})

test('a database that is away costs no row, in order, until ten thousand wait', async () => {
  const recorder = recording()
  isAway = true
  for (let count = 0; count < 300; count++) {
    for (let exchange = 0; exchange < 40; exchange++)
      recorder.note(safe(`474.${count + 1}1`, `exchange-${exchange}`))
    await vi.advanceTimersByTimeAsync(1_000)
  }
  expect(faults).toBeGreaterThan(200)
  isAway = false
  await vi.advanceTimersByTimeAsync(10_000)
  await recorder.close()
  expect(rows.length + dropped).toBe(12_000)
  expect(rows.length).toBeLessThanOrEqual(10_080)
  expect(rows.length).toBeGreaterThanOrEqual(10_000)
  expect(rows.at(-1)?.rate).toMatchObject({ bid: '474.3001' })
})

test('forgets what is older than it is kept, batch after batch, and looks again later', async () => {
  const recorder = recording()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(forgotten).toHaveLength(3)
  expect(forgotten[0]).toBe(1_000 - 2 * 86_400_000)
  await vi.advanceTimersByTimeAsync(600_000)
  expect(forgotten.length).toBeGreaterThan(3)
  await recorder.close()
})

test('forgets also while rates move without a pause', async () => {
  const recorder = recording()
  for (let at = 0; at < 5_000; at += 100) {
    recorder.note(safe(String(470 + at / 10_000)))
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(rows.length).toBeGreaterThanOrEqual(5)
  expect(forgotten).toHaveLength(3)
  await recorder.close()
})

test('writes what is left when it is closed', async () => {
  const recorder = recording()
  recorder.note(safe('474'))
  await recorder.close()
  expect(rows).toHaveLength(1)
})

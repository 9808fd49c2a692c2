import type { Rate } from '@tolem/money/rate'
import { createPostgres } from '@tolem/postgres/pool'
import type { PublishedRate } from '@tolem/quotes/published-rate'
import { createTestDatabase } from '@tolem/testing/backends'
import { expect, onTestFinished, test } from 'vitest'
import { readChart } from './chart.ts'
import { createHistoryStore, type HistoryRow } from './store.ts'

const FROM = Date.UTC(2026, 10, 22, 6)
const SPAN = { exchange: 'bybit', asset: 'USDT', from: FROM, to: FROM + 3_600_000 }

async function openStore() {
  const database = await createTestDatabase()
  const postgres = createPostgres({
    url: database.url,
    poolSize: 3,
    acquireTimeoutMs: 5_000,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 5_000,
    applicationName: 'rates-test',
    onFault: () => {},
  })
  onTestFinished(async () => {
    await postgres.close()
    await database.drop()
  })
  return createHistoryStore(postgres)
}

function safe(at: number, bid: string, more: Partial<PublishedRate> = {}): HistoryRow {
  const rate = {
    state: 'safe',
    exchange: 'bybit',
    asset: 'USDT',
    bid: bid as Rate,
    ask: '480.123456789012345678' as Rate,
    observedAt: FROM + at - 200,
    wideningBasisPoints: 3,
    sources: [],
    ...more,
  } as PublishedRate
  return { publishedAt: FROM + at, rate }
}

function unsafe(at: number, guard: string): HistoryRow {
  const observedAt = FROM + at
  const rate = { state: 'unsafe', exchange: 'bybit', asset: 'USDT', guard, observedAt } as const
  return { publishedAt: FROM + at, rate }
}

test('each part is drawn with its lowest bid, highest ask and widest spread, to the last digit', async () => {
  const store = await openStore()
  await store.append([
    safe(0, '474.2'),
    safe(1_000, '474.1', { wideningBasisPoints: 7 }),
    safe(10_000, '0.000000000000000001'),
    safe(2_000, '1', { exchange: 'binance' }),
    safe(3_000, '1', { asset: 'BTC' }),
    safe(-1, '1'),
    safe(3_600_000, '1'),
  ])
  expect(await store.chart(SPAN, 5_000)).toEqual([
    { at: FROM, bid: '474.1', ask: '480.123456789012345678', wideningBasisPoints: 7 },
    {
      at: FROM + 10_000,
      bid: '0.000000000000000001',
      ask: '480.123456789012345678',
      wideningBasisPoints: 3,
    },
  ])
})

test('refusals begin and end where the guard changes, and the last one lasts', async () => {
  const store = await openStore()
  await store.append([
    safe(0, '474'),
    unsafe(1_000, 'spike'),
    unsafe(61_000, 'spike'),
    unsafe(70_000, 'silent'),
    safe(90_000, '474'),
    safe(91_000, '475'),
    unsafe(95_000, 'volatile'),
  ])
  const { refusals, points } = await readChart(store, SPAN)
  expect(refusals).toEqual([
    { guard: 'spike', from: FROM + 1_000, to: FROM + 70_000 },
    { guard: 'silent', from: FROM + 70_000, to: FROM + 90_000 },
    { guard: 'volatile', from: FROM + 95_000 },
  ])
  // A part of 3.6 seconds in which every rate was refused has no price.
  expect(points.find(({ at }) => at === FROM + 90_000)?.bid).toBe('474')
  expect(points.find(({ at }) => at === FROM + 93_600)).toMatchObject({ bid: undefined })
})

test('a batch that is written twice is there once, and a bad row is refused by the table', async () => {
  const store = await openStore()
  const batch = [safe(0, '474'), unsafe(1_000, 'spike')]
  await store.append(batch)
  await store.append([...batch, safe(2_000, '475')])
  expect((await store.chart(SPAN, 1_000)).map(({ at }) => at - FROM)).toEqual([0, 1_000, 2_000])
  await expect(store.append([safe(3_000, '481')])).rejects.toMatchObject({ name: 'PostgresFault' })
})

test('forgets what is older, and only that', async () => {
  const store = await openStore()
  const rows = Array.from({ length: 10_050 }, (_, at) => safe(at, '474'))
  for (let at = 0; at < rows.length; at += 2_010) await store.append(rows.slice(at, at + 2_010))
  await store.append([safe(20_000, '474')])
  expect(await store.forgetBefore(FROM + 20_000)).toBe(true)
  expect(await store.forgetBefore(FROM + 20_000)).toBe(false)
  expect((await store.chart(SPAN, 1_000)).map(({ at }) => at - FROM)).toEqual([20_000])
})

test('official rates are kept by day, the first of a day stands, and the latest is found again', async () => {
  const store = await openStore()
  expect(await store.latest()).toBeUndefined()
  await store.keep({ day: '2026-11-21', rate: '473.9' as Rate })
  await store.keep({ day: '2026-11-20', rate: '471.5' as Rate })
  await store.keep({ day: '2026-11-21', rate: '999' as Rate })
  expect(await store.latest()).toEqual({ day: '2026-11-21', rate: '473.9' })
  const { official } = await readChart(store, { ...SPAN, from: FROM - 3 * 86_400_000 })
  expect(official).toEqual([
    { day: '2026-11-20', rate: '471.5' },
    { day: '2026-11-21', rate: '473.9' },
  ])
})

test('on days without an official rate the last one before is in force', async () => {
  const store = await openStore()
  await store.keep({ day: '2026-11-19', rate: '470.1' as Rate })
  await store.keep({ day: '2026-11-20', rate: '471.5' as Rate })
  await store.keep({ day: '2026-11-24', rate: '474.2' as Rate })
  expect(await store.officialRates(SPAN)).toEqual([{ day: '2026-11-20', rate: '471.5' }])
  const intoTuesday = { from: FROM, to: FROM + 2 * 86_400_000 }
  expect(await store.officialRates(intoTuesday)).toEqual([
    { day: '2026-11-24', rate: '474.2' },
    { day: '2026-11-20', rate: '471.5' },
  ])
  const earlier = { from: FROM - 9 * 86_400_000, to: FROM - 8 * 86_400_000 }
  expect(await store.officialRates(earlier)).toEqual([])
})

test('an official rate is of a day in Almaty, which begins five hours before it does in UTC', async () => {
  const store = await openStore()
  await store.keep({ day: '2026-11-22', rate: '473.9' as Rate })
  await store.keep({ day: '2026-11-23', rate: '474.2' as Rate })
  const evening = { from: Date.UTC(2026, 10, 22, 19, 0), to: Date.UTC(2026, 10, 22, 19, 6) }
  const afternoon = { from: Date.UTC(2026, 10, 22, 18, 0), to: Date.UTC(2026, 10, 22, 18, 59) }
  expect(await store.officialRates(evening)).toEqual([{ day: '2026-11-23', rate: '474.2' }])
  expect(await store.officialRates(afternoon)).toEqual([{ day: '2026-11-22', rate: '473.9' }])
})

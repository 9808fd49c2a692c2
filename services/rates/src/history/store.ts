import { join } from 'node:path'
import { localDay } from '@tolem/domain/local-day'
import { parseRate, type Rate } from '@tolem/money/rate'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'
import type { PublishedRate } from '@tolem/quotes/published-rate'
import type { OfficialRate, OfficialStore } from '../official/official-rates.ts'

/** One published rate and when it was published (ms since the epoch). */
export type HistoryRow = { readonly publishedAt: number; readonly rate: PublishedRate }

/** A rate within a span of time; times in milliseconds since the epoch, `to` not included. */
export type Span = {
  readonly exchange: string
  readonly asset: string
  readonly from: number
  readonly to: number
}

/** Equal parts of a span: the lowest bid, the highest ask and the widest spread of each. */
export type ChartPoint = {
  readonly at: number
  readonly bid: Rate | undefined
  readonly ask: Rate | undefined
  readonly wideningBasisPoints: number | undefined
}

/** Where a rate became unsafe by a guard, or safe. */
export type GuardChange = { readonly at: number; readonly guard: string | undefined }

/** The tables of published and official rates. Everything rejects with `PostgresFault` only. */
export type HistoryStore = OfficialStore & {
  append(rows: readonly HistoryRow[]): Promise<void>
  /** Forgets a batch of what was published before; tells whether there may be more. */
  forgetBefore(time: number): Promise<boolean>
  chart(span: Span, partMs: number): Promise<readonly ChartPoint[]>
  /** Newest first, at most 2,000. */
  guardChanges(span: Span): Promise<readonly GuardChange[]>
  /** In force on the days that a span touches, newest first: the oldest may be of a day before. */
  officialRates(span: Pick<Span, 'from' | 'to'>): Promise<readonly OfficialRate[]>
}

const DOLLAR = 'USD'
const FORGET_AT_ONCE = 10_000
const GUARD_CHANGES_MAX = 2_000
const OFFICIAL_RATES_MAX = 1_000

/** Reads and writes what `migrations/0016-rate-history.sql` makes. */
export function createHistoryStore(postgres: Pick<Postgres, 'run'>): HistoryStore {
  const statements = loadStatements(join(import.meta.dirname, 'sql'), [
    'official-rate-keep',
    'official-rates-list',
    'rate-guards-list',
    'rate-history-append',
    'rate-history-chart',
    'rate-history-forget',
  ])
  const { run } = postgres
  const official = async (from: string, to: string, most: number) => {
    const rows = await run<OfficialRow>(statements['official-rates-list'], [DOLLAR, from, to, most])
    return rows.flatMap(({ day, rate }) => {
      const parsed = parseRate(rate)
      return parsed === undefined ? [] : [{ day, rate: parsed }]
    })
  }
  return {
    append: async (rows) => void (await run(statements['rate-history-append'], columnsOf(rows))),
    forgetBefore: async (time) => {
      const values = [new Date(time), FORGET_AT_ONCE]
      const [row] = await run<{ forgotten: number }>(statements['rate-history-forget'], values)
      return row?.forgotten === FORGET_AT_ONCE
    },
    chart: async (span, partMs) => {
      const values = [...valuesOf(span), partMs]
      const rows = await run<ChartRow>(statements['rate-history-chart'], values)
      return rows.map(readPoint)
    },
    guardChanges: async (span) => {
      const values = [...valuesOf(span), GUARD_CHANGES_MAX]
      const rows = await run<GuardRow>(statements['rate-guards-list'], values)
      return rows.map(({ at, guard }) => ({ at: at.getTime(), guard: guard ?? undefined }))
    },
    officialRates: ({ from, to }) => official(localDay(from), localDay(to), OFFICIAL_RATES_MAX),
    latest: async () => (await official('1993-11-15', '9999-12-31', 1))[0],
    keep: async ({ day, rate }) => {
      await run(statements['official-rate-keep'], [DOLLAR, day, rate, new Date()])
    },
  }
}

type OfficialRow = { readonly day: string; readonly rate: string }
type GuardRow = { readonly at: Date; readonly guard: string | null }
type ChartRow = {
  readonly at: Date
  readonly bid: string | null
  readonly ask: string | null
  readonly widening_basis_points: number | null
}

function readPoint({ at, bid, ask, widening_basis_points }: ChartRow): ChartPoint {
  return {
    at: at.getTime(),
    bid: bid === null ? undefined : parseRate(bid),
    ask: ask === null ? undefined : parseRate(ask),
    wideningBasisPoints: widening_basis_points ?? undefined,
  }
}

function valuesOf({ exchange, asset, from, to }: Span): readonly unknown[] {
  return [exchange, asset, new Date(from), new Date(to)]
}

function columnsOf(rows: readonly HistoryRow[]): readonly (readonly unknown[])[] {
  const safe = rows.map(({ rate }) => (rate.state === 'safe' ? rate : undefined))
  return [
    rows.map(({ rate }) => rate.exchange),
    rows.map(({ rate }) => rate.asset),
    rows.map(({ publishedAt }) => new Date(publishedAt)),
    rows.map(({ rate }) => new Date(rate.observedAt)),
    rows.map(({ rate }) => (rate.state === 'unsafe' ? rate.guard : null)),
    safe.map((rate) => rate?.bid ?? null),
    safe.map((rate) => rate?.ask ?? null),
    safe.map((rate) => (rate === undefined ? null : (rate.wideningBasisPoints ?? 0))),
  ]
}

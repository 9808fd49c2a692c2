import { z } from 'zod'
import type { ChartPoint, GuardChange, HistoryStore, Span } from './store.ts'

/** No screen has more columns than this that anybody could tell apart. */
const POINTS_MAX = 1_000

const LONGEST_MS = 366 * 86_400_000

/** What `GET /history.json` is asked; without `from` and `to` the last hour. */
export const chartQuery = z
  .object({
    exchange: z.string().min(1).max(32),
    asset: z.string().min(1).max(16),
    from: z.iso.datetime({ offset: true }).transform(Date.parse).optional(),
    to: z.iso.datetime({ offset: true }).transform(Date.parse).optional(),
    spanSeconds: z.coerce.number().int().min(1).default(3_600),
  })
  .refine(
    ({ from, to }) => from === undefined || to === undefined || from < to,
    'from is not before to',
  )

/** The answer of `GET /history.json`. Times in milliseconds since the epoch, prices in tenge as decimal text. */
export type Chart = {
  readonly exchange: string
  readonly asset: string
  readonly from: number
  readonly to: number
  /** The length of each part: a point tells the lowest bid, the highest ask and the widest spread of its part. */
  readonly partMs: number
  readonly points: readonly ChartPoint[]
  /** Oldest first; without `to` it lasts. */
  readonly refusals: readonly {
    readonly guard: string
    readonly from: number
    readonly to?: number
  }[]
  readonly official: readonly { readonly day: string; readonly rate: string }[]
}

/** The instants that a query means, at `now`; nothing when they are more than a year apart or turned around. */
export function spanOf(query: z.output<typeof chartQuery>, now: number): Span | undefined {
  const spanMs = query.spanSeconds * 1_000
  const to = query.to ?? (query.from === undefined ? now : query.from + spanMs)
  const from = query.from ?? to - spanMs
  if (from >= to || to - from > LONGEST_MS) return undefined
  return { exchange: query.exchange, asset: query.asset, from, to }
}

/** Reads what is drawn of a span. */
export async function readChart(store: HistoryStore, span: Span): Promise<Chart> {
  const partMs = Math.max(1_000, Math.ceil((span.to - span.from) / POINTS_MAX))
  const [points, changes, official] = await Promise.all([
    store.chart(span, partMs),
    store.guardChanges(span),
    store.officialRates(span),
  ])
  return { ...span, partMs, points, refusals: refusalsOf(changes), official: official.toReversed() }
}

/** From one change to the next: each that is to a guard is a refusal which the next one ends. */
function refusalsOf(newestFirst: readonly GuardChange[]): Chart['refusals'] {
  const changes = newestFirst.toReversed()
  return changes.flatMap(({ at, guard }, index) => {
    if (guard === undefined) return []
    const next = changes[index + 1]
    return [next === undefined ? { guard, from: at } : { guard, from: at, to: next.at }]
  })
}

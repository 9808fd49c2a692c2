import type { Result } from '@tolem/client/result'
import type { AuthorizationAnswer } from '@tolem/wire/authorization'
import { build, type Histogram } from 'hdr-histogram-js'
import type { Agreement } from '../agreement.ts'

/** What is measured apart. */
export type Kind = 'purchase' | 'repeat' | 'reversal'

/** Counts of a load, kept in bounded memory however long it runs. */
export type Tally = {
  countLatency(kind: Kind, milliseconds: number): void
  countPurchase(result: Result<AuthorizationAnswer>): void
  countReversal(result: Result<{ readonly outcome: string }>): void
  countRepeat(agreement: Agreement): void
  read(): Totals
}

/** What was counted so far. */
export type Totals = {
  readonly latencies: readonly Latency[]
  /** Purchases by what came of them: `approved`, `declined insufficient_funds`. */
  readonly decisions: ReadonlyMap<string, number>
  readonly reversals: ReadonlyMap<string, number>
  /** Problems and unanswered messages of every kind. */
  readonly problems: ReadonlyMap<string, number>
  readonly repeats: Readonly<Record<Agreement, number>>
}

/** Milliseconds. */
export type Latency = {
  readonly kind: Kind
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly most: number
}

const LONGEST_MICROSECONDS = 600_000_000

/** An empty tally. */
export function createTally(): Tally {
  const histograms = {
    purchase: createHistogram(),
    repeat: createHistogram(),
    reversal: createHistogram(),
  } as const satisfies Record<Kind, Histogram>
  const decisions = new Map<string, number>()
  const reversals = new Map<string, number>()
  const problems = new Map<string, number>()
  const repeats = { same: 0, different: 0, not_compared: 0 }

  return {
    countLatency(kind, milliseconds) {
      const microseconds = Math.round(milliseconds * 1000)
      histograms[kind].recordValue(Math.min(LONGEST_MICROSECONDS, Math.max(1, microseconds)))
    },
    countPurchase(result) {
      if (result.kind === 'decided') raise(decisions, nameDecision(result.answer))
      else raise(problems, nameProblem(result))
    },
    countReversal(result) {
      if (result.kind === 'decided') raise(reversals, result.answer.outcome)
      else raise(problems, nameProblem(result))
    },
    countRepeat(agreement) {
      repeats[agreement] += 1
    },
    read: () => ({
      latencies: (['purchase', 'repeat', 'reversal'] as const).map((kind) =>
        readLatency(kind, histograms[kind]),
      ),
      decisions: new Map(decisions),
      reversals: new Map(reversals),
      problems: new Map(problems),
      repeats: { ...repeats },
    }),
  }
}

function createHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_MICROSECONDS,
    numberOfSignificantValueDigits: 3,
  })
}

function readLatency(kind: Kind, histogram: Histogram): Latency {
  // A percentile is the top of its bucket, which may lie above the greatest value.
  const at = (percentile: number) =>
    Math.min(histogram.getValueAtPercentile(percentile), histogram.maxValue) / 1000
  return {
    kind,
    count: histogram.totalCount,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    most: histogram.maxValue / 1000,
  }
}

function raise(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function nameDecision({ decision, reason }: AuthorizationAnswer): string {
  return reason === undefined ? decision : `${decision} ${reason}`
}

function nameProblem(result: Exclude<Result<unknown>, { readonly kind: 'decided' }>): string {
  if (result.kind === 'unreachable') return `no answer: ${result.detail}`
  return `${result.status} ${result.problem.type.replace(/^.*\//, '')}`
}

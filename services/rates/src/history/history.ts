import { createPostgres, type Postgres } from '@tolem/postgres/pool'
import type { Logger } from '@tolem/telemetry/logger'
import type { Metrics } from '@tolem/telemetry/metrics'
import { createRecorder, type Recorder } from './recorder.ts'
import { createHistoryStore, type HistoryStore } from './store.ts'

/** The history of rates: what is written, what is read, and how it ends. */
export type History = {
  readonly store: HistoryStore
  readonly recorder: Recorder
  /** Writes what is left and ends the connections. */
  close(): Promise<void>
}

/** Opens the history in this database. It may be away at any time, for any long: no rate waits for it. */
export function openHistory(deps: {
  readonly url: string
  readonly keepDays: number
  readonly now: () => number
  readonly logger: Logger
  readonly metrics: Metrics
}): History {
  const { logger, metrics, now } = deps
  const postgres = createPostgres({
    url: deps.url,
    // One to write, one to draw.
    poolSize: 2,
    acquireTimeoutMs: 1_000,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 1_000,
    applicationName: 'rates',
    onFault: (error) => logger.warn({ err: error }, 'database fault'),
  })
  const store = createHistoryStore(postgres)
  const recorder = createRecorder({
    store,
    keepDays: deps.keepDays,
    now,
    ...createHistoryInstruments({ logger, metrics }),
  })
  return { store, recorder, close: () => closeBoth(recorder, postgres) }
}

async function closeBoth(recorder: Recorder, postgres: Postgres): Promise<void> {
  await recorder.close()
  await postgres.close()
}

function createHistoryInstruments({ logger, metrics }: { logger: Logger; metrics: Metrics }) {
  const written = metrics.counter(
    'rate_history_rows_total',
    'Rows of the history of rates, by what became of them',
    ['outcome'],
  )
  const failures = metrics.counter(
    'rate_history_failures_total',
    'Failed writes of the history',
    [],
  )
  let isFailing = false
  return {
    onWritten: (rows: number) => {
      if (isFailing) logger.info('the history of rates is written again')
      isFailing = false
      written.inc({ outcome: 'written' }, rows)
    },
    onDropped: (rows: number) => written.inc({ outcome: 'dropped' }, rows),
    onFault: (error: unknown) => {
      failures.inc()
      if (!isFailing) logger.error({ err: error }, 'the history of rates is not written')
      isFailing = true
    },
  }
}

import { type AtRail, createReconciliation } from '@tolem/authorizations/reconciliation'
import { createReconciliationSurvey } from '@tolem/authorizations/reconciliation-survey'
import { createReturns } from '@tolem/authorizations/returns'
import type { Rail } from '@tolem/domain/card'
import type { ExchangeId } from '@tolem/domain/ids'
import type { HistoryPort } from '@tolem/exchanges/history-port'
import type { RailPort } from '@tolem/exchanges/port'
import type { Postgres } from '@tolem/postgres/pool'
import type { Logger } from '@tolem/telemetry/logger'
import type { Metrics } from '@tolem/telemetry/metrics'
import type { SettlementConfig } from '../config.ts'
import type { Meters } from '../meters.ts'
import { createPause } from '../pause.ts'
import type { SettlementProgramme } from '../terms.ts'
import { createWorker } from '../worker.ts'
import { createReconciliationMeters } from './meters.ts'
import { createReconciler, type Reconciler } from './reconciler.ts'
import { settleReturn } from './settle-return.ts'

/** Where exchanges' own lists are found. */
export type HistoryFinder = {
  historyFor(exchange: ExchangeId, rail: Rail): HistoryPort | undefined
}

export type ReconcilerParts = {
  readonly config: SettlementConfig
  readonly programme: SettlementProgramme
  readonly postgres: Postgres
  readonly ports: readonly RailPort[]
  readonly rails: HistoryFinder
  readonly meters: Meters
  readonly metrics: Metrics
  readonly logger: Logger
  /** In [0, 1). */
  readonly random: () => number
}

/** The comparison with the exchanges, the credits that follow from it, and its gauges. */
export function openReconciler(parts: ReconcilerParts): Reconciler {
  const { config, postgres, ports, rails, logger } = parts
  const meters = createReconciliationMeters(parts.metrics)
  const worker = openReturns(parts, meters)
  const reconciler = createReconciler({
    reconciliation: createReconciliation(postgres),
    rails: ports,
    historyOf: ({ exchange, rail }) => rails.historyFor(exchange, rail),
    lookUpsPerSecondOf: (rail) => lookUpsPerSecond(parts.programme, rail),
    meters,
    settlementMeters: parts.meters,
    logger,
    intervalMs: config.RECONCILIATION_INTERVAL_MS,
    marginMs: config.RECONCILIATION_MARGIN_MS,
    overlapMs: config.RECONCILIATION_OVERLAP_MS,
    onReturns: worker.wake,
  })
  const survey = openSurvey(parts, meters)
  return {
    start: () => {
      worker.start()
      reconciler.start()
      survey.start()
    },
    close: async (timeoutMs) => {
      survey.close()
      await Promise.all([reconciler.close(timeoutMs), worker.close(timeoutMs)])
    },
  }
}

/** Where a programme does not say, few. */
const FEW_PER_SECOND = 5

function lookUpsPerSecond({ exchanges }: SettlementProgramme, { exchange, rail }: AtRail): number {
  const named = exchanges.find(({ id }) => id === exchange)
  const limits = named?.rails.find((one) => one.rail === rail)?.limits ?? named?.limits
  return limits?.lookUpsPerSecond ?? FEW_PER_SECOND
}

function openReturns(
  { config, postgres, ports, meters: settlementMeters, logger, random }: ReconcilerParts,
  meters: ReturnType<typeof createReconciliationMeters>,
) {
  const returns = createReturns(postgres)
  const deps = {
    returns,
    meters: { ...settlementMeters, returns: meters.returns },
    logger,
    random,
    backoff: { firstMs: config.BACKOFF_FIRST_MS, longestMs: config.BACKOFF_LONGEST_MS },
    creditTimeoutMs: config.CREDIT_TIMEOUT_MS,
    leaseMs: config.LEASE_MS,
  }
  return createWorker({
    claim: returns.claim,
    ports,
    stepOf: () => 'return',
    settle: (credit, rail) => settleReturn(deps, credit, rail),
    meters: settlementMeters,
    logger,
    concurrencyPerRail: config.CONCURRENCY_PER_RAIL,
    // Nobody waits for these by the millisecond; a pass that makes one due says so.
    pollIntervalMs: Math.max(config.POLL_INTERVAL_MS, LEAST_POLL_MS),
    leaseMs: config.LEASE_MS,
  })
}

const LEAST_POLL_MS = 1_000

/** Shows what stands open as often as the comparison goes on. */
function openSurvey(
  { config, postgres, logger }: ReconcilerParts,
  meters: ReturnType<typeof createReconciliationMeters>,
) {
  const survey = createReconciliationSurvey(postgres)
  const pause = createPause()
  const closing = new AbortController()
  async function turn(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await meters.show(survey)
      } catch (error) {
        // The gauges keep what they last showed; readiness tells of the database.
        logger.warn({ err: error }, 'what differs could not be counted')
      }
      await pause.wait(config.RECONCILIATION_INTERVAL_MS)
    }
  }
  return {
    start: () => void turn(),
    close: () => {
      closing.abort()
      pause.end()
    },
  }
}

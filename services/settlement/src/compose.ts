import { createMovements } from '@tolem/authorizations/movements'
import type { Rail } from '@tolem/domain/card'
import type { ExchangeId } from '@tolem/domain/ids'
import type { RailPort } from '@tolem/exchanges/port'
import type { Postgres } from '@tolem/postgres/pool'
import type { Readiness } from '@tolem/telemetry/admin'
import type { Logger } from '@tolem/telemetry/logger'
import type { Metrics } from '@tolem/telemetry/metrics'
import type { SettlementConfig } from './config.ts'
import { createMeters } from './meters.ts'
import { settleCredit } from './settle-credit.ts'
import { settleDebit } from './settle-debit.ts'
import type { SettlingDeps } from './settling.ts'
import { createSurvey } from './survey.ts'
import { createWorker } from './worker.ts'

/** Where CONCLUDE and reversals tell that a movement is due; the payload is empty. */
const MOVEMENT_DUE = 'movement_due'

/** What settlement needs of a programme: which rails there are. */
export type ProgrammeRails = {
  readonly exchanges: readonly {
    readonly id: ExchangeId
    readonly rails: readonly { readonly rail: Rail }[]
  }[]
}

export type SettlementDeps = {
  readonly config: SettlementConfig
  readonly postgres: Postgres
  /** Movements of a rail that the programme does not name wait for it, and are shown as waiting. */
  readonly programme: ProgrammeRails
  readonly rails: { railFor(exchange: ExchangeId, rail: Rail): RailPort | undefined }
  readonly logger: Logger
  readonly metrics: Metrics
  /** In [0, 1). */
  readonly random: () => number
}

/**
 * Settlement: brings every debit in doubt and every credit to its end, exactly once, together with any number of other
 * instances on the same database.
 */
export type Settlement = {
  /** Rejects when the database cannot be listened to. */
  readonly start: () => Promise<void>
  /** Claims nothing more and lets what is under way finish, at most for the configured time. */
  readonly close: () => Promise<void>
  readonly readiness: () => Readiness
}

export function composeSettlement(deps: SettlementDeps): Settlement {
  const { config, postgres, logger } = deps
  const movements = createMovements(postgres)
  const meters = createMeters(deps.metrics)
  const settling: SettlingDeps = {
    movements,
    meters,
    logger,
    random: deps.random,
    elapsed: () => performance.now(),
    backoff: { firstMs: config.BACKOFF_FIRST_MS, longestMs: config.BACKOFF_LONGEST_MS },
    creditTimeoutMs: config.CREDIT_TIMEOUT_MS,
    leaseMs: config.LEASE_MS,
  }
  const worker = createWorker({
    movements,
    rails: listRails(deps),
    settle: (movement, rail) =>
      movement.kind === 'debit'
        ? settleDebit(settling, movement, rail)
        : settleCredit(settling, movement, rail),
    meters,
    logger,
    concurrencyPerRail: config.CONCURRENCY_PER_RAIL,
    pollIntervalMs: config.POLL_INTERVAL_MS,
    leaseMs: config.LEASE_MS,
  })
  const survey = createSurvey({ movements, meters, logger })
  let listener: { close(): Promise<void> } | undefined
  let closing = false

  return {
    async start() {
      listener = await postgres.listen(MOVEMENT_DUE, worker.wake, worker.wake)
      worker.start()
      survey.start()
    },
    async close() {
      closing = true
      survey.close()
      await listener?.close()
      await worker.close(config.CLOSE_TIMEOUT_MS)
    },
    readiness() {
      const reasons = [
        ...(postgres.isReachable() ? [] : ['PostgreSQL is not reachable']),
        ...(closing ? ['closing'] : []),
      ]
      return { ready: reasons.length === 0, reasons }
    },
  }
}

/** @throws when a rail of the programme is not there. */
function listRails({ programme, rails }: Pick<SettlementDeps, 'programme' | 'rails'>): RailPort[] {
  return programme.exchanges.flatMap(({ id, rails: named }) =>
    named.map(({ rail }) => {
      const port = rails.railFor(id, rail)
      if (!port) throw new Error(`the programme names ${id}/${rail}, which is not there`)
      return port
    }),
  )
}

import type { Movements } from '@tolem/authorizations/movements'
import { createMandates } from '@tolem/cards/mandates'
import { isMandateRail, type MandateRail } from '@tolem/domain/card'
import type { ExchangeId } from '@tolem/domain/ids'
import type { MandatePort, NoticePort } from '@tolem/exchanges/mandate-port'
import type { Postgres } from '@tolem/postgres/pool'
import type { Logger } from '@tolem/telemetry/logger'
import type { Metrics } from '@tolem/telemetry/metrics'
import type { SettlementConfig } from '../config.ts'
import type { Meters } from '../meters.ts'
import { createTakeNotice, type TakeNotice } from '../notices/take-notice.ts'
import type { SettlementProgramme } from '../terms.ts'
import { createWorker } from '../worker.ts'
import { createMandateMeters } from './meters.ts'
import { settleMandate } from './settle-mandate.ts'
import { createMandateSurvey } from './survey.ts'

/** Where ways of linking wallets are found. */
export type MandateFinder = {
  mandatesFor(exchange: ExchangeId, rail: MandateRail): MandatePort | undefined
  noticesFor(exchange: ExchangeId, rail: MandateRail): NoticePort | undefined
}

/** What looks after mandates, and takes what exchanges tell of them. */
export type MandateRoom = {
  /** Rejects when the database cannot be listened to. */
  readonly start: () => Promise<void>
  /** Claims nothing more and waits at most `timeoutMs` for what is under way. */
  readonly close: (timeoutMs: number) => Promise<void>
  readonly takeNotice: TakeNotice
}

/** Where it is told that a mandate is due; the payload is empty. */
const MANDATE_DUE = 'mandate_due'

/** Opens it; nothing is under way yet. */
export function openMandates(parts: {
  readonly config: SettlementConfig
  readonly postgres: Postgres
  readonly programme: SettlementProgramme
  readonly rails: MandateFinder
  readonly movements: Pick<Movements, 'hasten'>
  readonly meters: Pick<Meters, 'faults'>
  readonly metrics: Metrics
  readonly logger: Logger
  /** In [0, 1). */
  readonly random: () => number
}): MandateRoom {
  const { config, rails, metrics, logger, random } = parts
  const mandates = createMandates(parts.postgres)
  const meters = createMandateMeters(metrics)
  const deps = {
    mandates,
    meters,
    logger,
    random,
    timeoutMs: config.MANDATE_TIMEOUT_MS,
    backoff: { firstMs: config.BACKOFF_FIRST_MS, longestMs: config.BACKOFF_LONGEST_MS },
    offeredPollMs: config.MANDATE_OFFERED_POLL_MS,
    signedPollMs: config.MANDATE_SIGNED_POLL_MS,
  }
  const worker = createWorker({
    claim: mandates.claim,
    ports: listPorts(parts),
    settle: (mandate, port: MandatePort) => settleMandate(deps, mandate, port),
    stepOf: () => 'mandate',
    meters: parts.meters,
    logger,
    concurrencyPerRail: config.CONCURRENCY_PER_RAIL,
    pollIntervalMs: config.POLL_INTERVAL_MS,
    leaseMs: config.LEASE_MS,
  })
  const notices = createTakeNotice({ ...parts, noticesFor: rails.noticesFor, mandates })
  const survey = createMandateSurvey({ mandates, meters, logger })
  let listener: { close(): Promise<void> } | undefined
  return {
    async start() {
      listener = await parts.postgres.listen(MANDATE_DUE, worker.wake, worker.wake)
      worker.start()
      survey.start()
    },
    async close(timeoutMs) {
      survey.close()
      await listener?.close()
      await worker.close(timeoutMs)
    },
    takeNotice: notices.take,
  }
}

function listPorts({
  programme,
  rails,
}: {
  readonly programme: SettlementProgramme
  readonly rails: MandateFinder
}): readonly MandatePort[] {
  return programme.exchanges.flatMap(({ id, rails: named }) =>
    named.flatMap(({ rail }) => (isMandateRail(rail) ? (rails.mandatesFor(id, rail) ?? []) : [])),
  )
}

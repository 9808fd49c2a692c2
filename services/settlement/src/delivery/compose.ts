import type { SecretReader } from '@tolem/config/secrets'
import type { BankId } from '@tolem/domain/ids'
import { createDeliveries } from '@tolem/events/deliveries'
import { createEventStream } from '@tolem/events/stream'
import type { Postgres } from '@tolem/postgres/pool'
import type { Bus } from '@tolem/redis/bus'
import type { Logger } from '@tolem/telemetry/logger'
import type { Metrics } from '@tolem/telemetry/metrics'
import type { SettlementConfig } from '../config.ts'
import { createSurvey, SURVEY_INTERVAL_MS } from '../survey.ts'
import { deliver } from './deliver.ts'
import { createDeliverer } from './deliverer.ts'
import { createFeeder } from './feeder.ts'
import { createDeliveryMeters, type DeliveryMeters } from './meters.ts'
import { createWebhook, type Destination } from './webhook.ts'

/** What the delivery of events needs of a programme: where banks are told, with references to secrets. */
export type DeliveryProgramme = {
  readonly banks: readonly {
    readonly id: BankId
    readonly webhook?:
      | {
          readonly url: string
          readonly secret: string
          readonly previousSecret?: string | undefined
        }
      | undefined
  }[]
}

export type DeliveryDeps = {
  readonly config: Pick<
    SettlementConfig,
    | 'POLL_INTERVAL_MS'
    | 'LEASE_MS'
    | 'CLOSE_TIMEOUT_MS'
    | 'WEBHOOK_TIMEOUT_MS'
    | 'WEBHOOKS_AT_ONCE'
    | 'WEBHOOK_BACKOFF_FIRST_MS'
    | 'WEBHOOK_BACKOFF_LONGEST_MS'
    | 'WEBHOOK_ESCALATE_AFTER_MS'
    | 'EVENT_STREAM_LENGTH'
  >
  readonly postgres: Pick<Postgres, 'run'>
  readonly bus: Pick<Bus, 'append'>
  readonly programme: DeliveryProgramme
  readonly readSecret: SecretReader
  readonly logger: Logger
  readonly metrics: Metrics
  /** In [0, 1). */
  readonly random: () => number
}

/**
 * Tells of everything that happens, at least once and in the order of each authorization: banks by their webhooks, and
 * whoever reads the event stream. Any number of instances share the work on one database.
 */
export type Delivery = {
  readonly start: () => void
  /** Begins nothing more and lets what is under way finish, at most for the configured time. */
  readonly close: () => Promise<void>
}

/** @throws when a webhook's secret is none, or a call may outlast its lease. */
export function composeDelivery(deps: DeliveryDeps): Delivery {
  const { config, postgres, logger, random } = deps
  if (config.WEBHOOK_TIMEOUT_MS >= config.LEASE_MS)
    throw new Error('WEBHOOK_TIMEOUT_MS must be less than LEASE_MS')
  const deliveries = createDeliveries(postgres)
  const meters = createDeliveryMeters(deps.metrics)
  const destinations = openDestinations(deps)
  const common = {
    elapsed: () => performance.now(),
    pollIntervalMs: config.POLL_INTERVAL_MS,
    leaseMs: config.LEASE_MS,
    onFault: createFaultLog(meters, logger),
  }
  const deliverDeps = {
    ...common,
    deliveries,
    meters,
    logger,
    random,
    backoff: {
      firstMs: config.WEBHOOK_BACKOFF_FIRST_MS,
      longestMs: config.WEBHOOK_BACKOFF_LONGEST_MS,
    },
    escalateAfterMs: config.WEBHOOK_ESCALATE_AFTER_MS,
    timeoutMs: config.WEBHOOK_TIMEOUT_MS,
  }
  const deliverer = createDeliverer({
    ...common,
    deliveries,
    destinations,
    logger,
    atOnce: config.WEBHOOKS_AT_ONCE,
    deliver: (delivery, lent) => deliver(deliverDeps, delivery, lent),
  })
  const feeder = createFeeder({
    ...common,
    stream: createEventStream(postgres),
    bus: deps.bus,
    mostKept: config.EVENT_STREAM_LENGTH,
    onAppended: (events) =>
      meters.attempts.inc({ destination: 'stream', outcome: 'delivered' }, events),
  })
  // Nothing that is not delivered goes unseen.
  const survey = createSurvey({
    intervalMs: SURVEY_INTERVAL_MS,
    look: async () => meters.show(await deliveries.summarize()),
    onFault: (error) => logger.warn({ err: error }, 'what waits for delivery could not be counted'),
  })

  return {
    start() {
      deliverer.start()
      feeder.start()
      survey.start()
    },
    async close() {
      survey.close()
      await Promise.all([
        deliverer.close(config.CLOSE_TIMEOUT_MS),
        feeder.close(config.CLOSE_TIMEOUT_MS),
      ])
      await Promise.all(destinations.map((destination) => destination.close()))
    },
  }
}

function openDestinations({ config, programme, readSecret }: DeliveryDeps): Destination[] {
  return programme.banks.flatMap(({ id, webhook }) => {
    if (!webhook) return []
    const references = [webhook.secret, webhook.previousSecret]
    return [
      createWebhook({
        bank: id,
        url: webhook.url,
        secrets: references.flatMap((reference) => (reference ? [readSecret(reference)] : [])),
        timeoutMs: config.WEBHOOK_TIMEOUT_MS,
        connections: config.WEBHOOKS_AT_ONCE,
        now: Date.now,
      }),
    ]
  })
}

// While Redis or PostgreSQL is away every poll fails: one line in so long says it.
const FAULT_LINE_EVERY_MS = 10_000

/** Counts every fault, and logs the first of a step and some of those that follow. */
function createFaultLog(meters: DeliveryMeters, logger: Logger) {
  const loggedAt = new Map<string, number>()
  return (step: string, error: unknown): void => {
    meters.faults.inc({ step })
    const last = loggedAt.get(step) ?? Number.NEGATIVE_INFINITY
    if (performance.now() - last < FAULT_LINE_EVERY_MS) return
    loggedAt.set(step, performance.now())
    logger.error({ step, err: error }, 'delivery step failed')
  }
}

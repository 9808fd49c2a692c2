import { randomUUIDv7 } from 'node:crypto'
import { createCollections } from '@tolem/authorizations/collections'
import { createExpiries } from '@tolem/authorizations/expiries'
import type { Holds } from '@tolem/authorizations/holds'
import { createMovements } from '@tolem/authorizations/movements'
import { createCards } from '@tolem/cards'
import { type Conversions, createConversions } from '@tolem/conversions'
import type { QuoteId } from '@tolem/domain/ids'
import type { RailPort } from '@tolem/exchanges/port'
import type { Postgres } from '@tolem/postgres/pool'
import { createRateMirror, type RateMirror } from '@tolem/quotes/mirror'
import { createQuotes } from '@tolem/quotes/quotes'
import type { Bus } from '@tolem/redis/bus'
import type { Readiness } from '@tolem/telemetry/admin'
import type { Logger } from '@tolem/telemetry/logger'
import type { Metrics } from '@tolem/telemetry/metrics'
import { collect } from './collect.ts'
import { createCollector } from './collector.ts'
import type { SettlementConfig } from './config.ts'
import { type ConversionMeters, createConversionMeters } from './conversion/meters.ts'
import {
  type ConversionFinder,
  openConverter,
  resultAccountsOf,
} from './conversion/open-converter.ts'
import { crashing } from './crashing.ts'
import { createExpirer } from './expirer.ts'
import { type MandateFinder, openMandates } from './mandates/open-mandates.ts'
import { createMeters, type Meters } from './meters.ts'
import { createMovementSurvey } from './movement-survey.ts'
import type { TakeNotice } from './notices/take-notice.ts'
import { openHolds } from './open-holds.ts'
import { createCollectionPricing } from './price-collection.ts'
import { type HistoryFinder, openReconciler } from './reconciliation/open-reconciler.ts'
import { type CollectingDeps, settleCollection } from './settle-collection.ts'
import { settleCredit } from './settle-credit.ts'
import { settleDebit } from './settle-debit.ts'
import { createTerms, type RailFinder, type SettlementProgramme } from './terms.ts'
import { createWorker } from './worker.ts'

/** Where it is told that a movement or an exposure is due; the payload is empty. */
const MOVEMENT_DUE = 'movement_due'
const EXPOSURE_DUE = 'exposure_due'
/** Where the database tells of every card that was put; the payload is its bank and token. */
const CARD_CHANGED = 'card_changed'

export type SettlementDeps = {
  readonly config: SettlementConfig
  readonly postgres: Postgres
  /** The bus on which the prices of collections come. */
  readonly bus: Bus
  /** Movements of a rail that the programme does not name wait for it, and are shown as waiting. */
  readonly programme: SettlementProgramme
  readonly rails: RailFinder & ConversionFinder & MandateFinder & HistoryFinder
  readonly logger: Logger
  readonly metrics: Metrics
  /** In [0, 1). */
  readonly random: () => number
}

/**
 * Settlement: brings every debit in doubt and every credit to its end, collects what is owed and was never debited,
 * ends holds whose time is over, converts what was debited, and links and unlinks wallets by mandates; each exactly
 * once, together with any number of other instances on the same database.
 */
export type Settlement = {
  /** Rejects when the database cannot be listened to. */
  readonly start: () => Promise<void>
  /** Claims nothing more and lets what is under way finish, at most for the configured time. */
  readonly close: () => Promise<void>
  readonly readiness: () => Readiness
  /** Takes what an exchange sent us unasked, and gives what it is answered. */
  readonly takeNotice: TakeNotice
}

type Rooms = SettlementDeps & {
  readonly meters: Meters
  readonly mirror: RateMirror
  readonly collecting: CollectingDeps
  readonly holds: Holds
  readonly conversions: Conversions
  readonly conversionMeters: ConversionMeters
}

export function composeSettlement(deps: SettlementDeps): Settlement {
  const { config, postgres } = deps
  const rooms = openRooms(deps)
  const { mirror, collecting, holds } = rooms
  const worker = openWorker(rooms)
  const collector = openCollector(rooms)
  const expirer = openExpirer(rooms)
  const converter = openConverter({
    ...rooms,
    meters: rooms.conversionMeters,
    elapsed: () => performance.now(),
  })
  const mandates = openMandates({ ...rooms, movements: collecting.movements })
  const reconciler = openReconciler({ ...rooms, ports: listRails(deps) })
  const resultAccounts = resultAccountsOf(deps.programme)
  const survey = createMovementSurvey({ ...rooms, ...collecting, resultAccounts })
  const listeners: { close(): Promise<void> }[] = []
  let closing = false

  return {
    async start() {
      const listen: Postgres['listen'] = async (...to) => {
        const listener = await postgres.listen(...to)
        listeners.push(listener)
        return listener
      }
      await mirror.start()
      await listen(MOVEMENT_DUE, worker.wake, worker.wake)
      await listen(EXPOSURE_DUE, collector.wake, collector.wake)
      await listen(CARD_CHANGED, collector.cardChanged, collector.wake)
      worker.start()
      collector.start()
      expirer.start()
      converter.start()
      await mandates.start()
      reconciler.start()
      survey.start()
    },
    async close() {
      closing = true
      survey.close()
      // All at once: nothing more is claimed from this moment on, whatever hangs beside it.
      const working = [worker, collector, expirer, converter, mandates, reconciler]
      await Promise.all([
        ...listeners.map((listener) => listener.close()),
        ...working.map((one) => one.close(config.CLOSE_TIMEOUT_MS)),
      ])
      await holds.close()
      await mirror.close()
    },
    takeNotice: mandates.takeNotice,
    readiness() {
      const reasons = [
        ...(postgres.isReachable() ? [] : ['PostgreSQL is not reachable']),
        ...(closing ? ['closing'] : []),
      ]
      return { ready: reasons.length === 0, reasons }
    },
  }
}

function openRooms(deps: SettlementDeps): Rooms {
  const { config, postgres, programme, logger, bus } = deps
  const meters = createMeters(deps.metrics)
  const mirror = createRateMirror({
    bus,
    exchanges: programme.exchanges.map(({ id }) => id),
    onFault: (fault) => logger.warn(fault, 'rate mirror fault'),
  })
  const collecting: CollectingDeps = {
    movements: createMovements(postgres),
    collections: createCollections(postgres),
    meters,
    logger,
    random: deps.random,
    backoff: { firstMs: config.BACKOFF_FIRST_MS, longestMs: config.BACKOFF_LONGEST_MS },
    collectionBackoff: {
      firstMs: config.COLLECTION_BACKOFF_FIRST_MS,
      longestMs: config.COLLECTION_BACKOFF_LONGEST_MS,
    },
    escalateAfterMs: config.COLLECTION_ESCALATE_AFTER_MS,
    creditTimeoutMs: config.CREDIT_TIMEOUT_MS,
    debitTimeoutMs: config.DEBIT_TIMEOUT_MS,
    leaseMs: config.LEASE_MS,
  }
  return crashing({
    ...deps,
    meters,
    mirror,
    collecting,
    holds: openHolds(postgres, deps.rails),
    conversions: createConversions(postgres),
    conversionMeters: createConversionMeters(deps.metrics, meters),
  })
}

function openWorker(rooms: Rooms) {
  const { config, collecting, meters, logger } = rooms
  return createWorker({
    claim: collecting.movements.claim,
    ports: listRails(rooms),
    stepOf: ({ kind }) => kind,
    settle: (movement, rail) => {
      if (movement.kind === 'credit') return settleCredit(collecting, movement, rail)
      return movement.purpose === 'collection'
        ? settleCollection(collecting, movement, rail)
        : settleDebit(collecting, movement, rail)
    },
    meters,
    logger,
    concurrencyPerRail: config.CONCURRENCY_PER_RAIL,
    pollIntervalMs: config.POLL_INTERVAL_MS,
    leaseMs: config.LEASE_MS,
  })
}

function openCollector(rooms: Rooms) {
  const { config, postgres, programme, rails, mirror, collecting, meters, logger } = rooms
  const newQuoteId = () => `qte_${randomUUIDv7()}` as QuoteId
  const { maximumAgeMs } = programme.ratePolicy
  const quotes = createQuotes({ mirror, maximumAgeMs, now: Date.now, newQuoteId })
  // Nothing is remembered between two exposures: a wallet that was linked a moment ago must pay.
  const cards = createCards({ postgres, remembered: 1, now: Date.now })
  const collectDeps = {
    ...collecting,
    terms: createTerms(programme, rails),
    price: createCollectionPricing({ quotes, newQuoteId }),
    findCard: (...card: Parameters<typeof cards.find>) => {
      cards.drop(...card)
      return cards.find(...card)
    },
    now: Date.now,
    balanceTimeoutMs: config.DEBIT_TIMEOUT_MS,
  }
  return createCollector({
    collections: collecting.collections,
    collect: (exposure) => collect(collectDeps, exposure),
    meters,
    logger,
    concurrency: config.COLLECTIONS_AT_ONCE,
    pollIntervalMs: config.POLL_INTERVAL_MS,
    leaseMs: config.LEASE_MS,
  })
}

function openExpirer({ config, postgres, holds, meters, logger }: Rooms) {
  return createExpirer({
    expiries: createExpiries(postgres),
    holds,
    meters,
    logger,
    mostPerTurn: config.EXPIRIES_PER_TURN,
    intervalMs: config.EXPIRY_INTERVAL_MS,
  })
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

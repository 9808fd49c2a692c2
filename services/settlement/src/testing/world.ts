import type { Holds } from '@tolem/authorizations/holds'
import { createAuthorizationRecords } from '@tolem/authorizations/records'
import type { ExchangeId } from '@tolem/domain/ids'
import type { DebitResult } from '@tolem/domain/movement'
import type { Quote } from '@tolem/domain/quote'
import { createPostgres, type Postgres } from '@tolem/postgres/pool'
import { createLocalBus } from '@tolem/redis/bus'
import { createLogger } from '@tolem/telemetry/logger'
import { createMetrics, type Metrics } from '@tolem/telemetry/metrics'
import { composeSettlement, type Settlement, type SettlementDeps } from '../compose.ts'
import type { SettlementConfig } from '../config.ts'
import { openHolds } from '../open-holds.ts'
import type { SettlementProgramme } from '../terms.ts'
import { type Accepted, accept, BANK, conclude, reverse } from './authorizer-side.ts'
import { type AdviceChange, type Advised, advise } from './bank-side.ts'
import { publishRates } from './rates-side.ts'
import { createScriptedExchange, type ScriptedExchange } from './scripted-exchange.ts'
import type { ScriptedMarket } from './scripted-market.ts'

/** How long "not found" proves nothing at the scripted exchanges. */
export const FINAL_AFTER_MS = 100

/** Everything in milliseconds instead of seconds, so that hours of misfortune fit into a test. */
export const QUICK = {
  DATABASE_URL: 'given as a pool',
  REDIS_URL: 'given as a bus',
  PROGRAMME_FILE: 'given as a programme',
  DATABASE_POOL_SIZE: 12,
  POLL_INTERVAL_MS: 20,
  LEASE_MS: 500,
  CONCURRENCY_PER_RAIL: 8,
  // Nobody waits for these where everything is answered: a stalled machine is not too late to send.
  CREDIT_TIMEOUT_MS: 5_000,
  CONVERSION_TIMEOUT_MS: 5_000,
  DEBIT_TIMEOUT_MS: 1_500,
  MANDATE_TIMEOUT_MS: 150,
  MANDATE_OFFERED_POLL_MS: 20,
  MANDATE_SIGNED_POLL_MS: 40,
  NOTICES_HOST: '127.0.0.1',
  NOTICES_PORT: 0,
  BACKOFF_FIRST_MS: 5,
  BACKOFF_LONGEST_MS: 40,
  COLLECTIONS_AT_ONCE: 16,
  COLLECTION_BACKOFF_FIRST_MS: 5,
  COLLECTION_BACKOFF_LONGEST_MS: 40,
  COLLECTION_ESCALATE_AFTER_MS: 3_600_000,
  EXPIRY_INTERVAL_MS: 20,
  EXPIRIES_PER_TURN: 50,
  RECONCILIATION_INTERVAL_MS: 3_600_000,
  RECONCILIATION_MARGIN_MS: 60_000,
  RECONCILIATION_OVERLAP_MS: 300_000,
  WEBHOOK_TIMEOUT_MS: 300,
  WEBHOOKS_AT_ONCE: 8,
  WEBHOOK_BACKOFF_FIRST_MS: 5,
  WEBHOOK_BACKOFF_LONGEST_MS: 40,
  WEBHOOK_ESCALATE_AFTER_MS: 3_600_000,
  EVENT_STREAM_LENGTH: 100_000,
  CLOSE_TIMEOUT_MS: 5_000,
  NODE_ENV: 'test',
  LOG_LEVEL: 'info',
  ADMIN_HOST: '127.0.0.1',
  ADMIN_PORT: 0,
} as const satisfies SettlementConfig

/** For what is lost, or executed at its last moment: that is certain after this time, and no sooner. */
export const SOON_CERTAIN = { CREDIT_TIMEOUT_MS: 150, CONVERSION_TIMEOUT_MS: 150 } as const

const LICENCE = { validFrom: '2020-01-01' }

const PROGRAMME = {
  exchanges: [
    { id: 'bybit' as ExchangeId, rails: [{ rail: 'bybit-pay' }], licence: LICENCE },
    { id: 'binance' as ExchangeId, rails: [{ rail: 'binance-subaccount' }], licence: LICENCE },
  ],
  banks: [{ id: BANK, spreadBasisPoints: 50, feeBasisPoints: 100 }],
  assets: [
    { asset: 'USDT', isAllowed: true },
    { asset: 'BTC', isAllowed: true },
  ],
  // A rate is published once: nothing here runs for as long.
  ratePolicy: { maximumAgeMs: 600_000 },
} as const satisfies SettlementProgramme

/** The programme, with these exchanges converting. */
export function converting(exchanges: readonly ExchangeId[]): SettlementProgramme {
  return {
    ...PROGRAMME,
    exchanges: PROGRAMME.exchanges.map((exchange) =>
      exchanges.includes(exchange.id) ? { ...exchange, conversion: { everyMs: 30 } } : exchange,
    ),
  }
}

/** Two scripted exchanges, the real records of the authorizer, and any number of settlement instances. */
export type World = {
  readonly bybit: ScriptedExchange
  readonly binance: ScriptedExchange
  /** ACCEPTs on a new card; settlement may take over at once, and the debit can be executed for `validForMs`. */
  readonly accept: (exchange: ScriptedExchange, validForMs?: number) => Promise<Accepted>
  readonly conclude: (accepted: Accepted, result: DebitResult) => Promise<'approved' | 'declined'>
  /** Accepts, debits and approves in time: there is nothing to settle. */
  readonly approved: (exchange: ScriptedExchange, quote?: Quote) => Promise<Accepted>
  /** An approval that was reversed: what is left is a credit that is due. */
  readonly reversed: (exchange: ScriptedExchange, quote?: Quote) => Promise<Accepted>
  readonly reverse: (accepted: Accepted) => Promise<void>
  /** The bank approved in our place, by default 12,500 tenge: what is left is an exposure that is due. */
  readonly advised: (exchange: ScriptedExchange, change?: AdviceChange) => Promise<Advised>
  /** Publishes a safe rate of every asset at both exchanges. */
  readonly publishRates: () => Promise<void>
  /** What the authorizer has banks' later messages recorded by. */
  readonly holds: Holds
  readonly instance: (
    config?: Partial<SettlementConfig>,
  ) => Settlement & { readonly metrics: Metrics }
}

const CONCLUDED_IN_TIME = { validForMs: 0, decidedWithinMs: 60_000 } as const
const APPROVED = { kind: 'debited', exchangeReference: 'x-debit' } as const

/** One pool for all instances of a test file; a statement that waits for a lock must outlast what holds it. */
export function openPostgres(url: string): Postgres {
  return createPostgres({
    url,
    poolSize: 12,
    acquireTimeoutMs: 5_000,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 5_000,
    applicationName: 'settlement-test',
    onFault: () => {},
  })
}

/** Where markets are given, what was debited at their exchanges is converted. */
export function createWorld(postgres: Postgres, markets: readonly ScriptedMarket[] = []): World {
  const bus = createLocalBus()
  const records = createAuthorizationRecords({ postgres, maxBatch: 64, maxQueued: 1_000 })
  const common = { notFoundIsFinalAfterMs: FINAL_AFTER_MS }
  const [bybitNamed, binanceNamed] = PROGRAMME.exchanges
  const bybit = createScriptedExchange({
    ...common,
    exchange: bybitNamed.id,
    rail: 'bybit-pay',
    isResendSafe: true,
  })
  const binance = createScriptedExchange({
    ...common,
    exchange: binanceNamed.id,
    rail: 'binance-subaccount',
    isResendSafe: false,
  })

  const rails: SettlementDeps['rails'] = {
    railFor: (id, rail) => [bybit, binance].find((one) => one.exchange === id && one.rail === rail),
    conversionFor: (id) => markets.find(({ exchange }) => exchange === id),
    mandatesFor: () => undefined,
    noticesFor: () => undefined,
    historyFor: () => undefined,
  }
  const programme = converting(markets.map(({ exchange }) => exchange))

  const holds = openHolds(postgres, rails)

  async function approved(exchange: ScriptedExchange, quote?: Quote): Promise<Accepted> {
    const accepted = await accept({ postgres, records }, exchange, { ...CONCLUDED_IN_TIME, quote })
    exchange.bookDebit(accepted.debit)
    await conclude(records, accepted, APPROVED)
    return accepted
  }

  return {
    bybit,
    binance,
    accept: (exchange, validForMs = 0) =>
      accept({ postgres, records }, exchange, { validForMs, decidedWithinMs: 0 }),
    conclude: (accepted, result) => conclude(records, accepted, result),
    reverse: (accepted) => reverse(holds, accepted),
    approved,
    async reversed(exchange, quote) {
      const accepted = await approved(exchange, quote)
      await reverse(holds, accepted)
      return accepted
    },
    holds,
    advised: (exchange, change) => advise(postgres, exchange, change),
    publishRates: () => publishRates(bus, [bybitNamed.id, binanceNamed.id]),
    instance: (config = {}) =>
      composeInstance({ postgres, bus, programme, rails, config: { ...QUICK, ...config } }),
  }
}

/** One settlement, silent, with metrics of its own. */
export function composeInstance(
  parts: Pick<SettlementDeps, 'postgres' | 'bus' | 'programme' | 'rails' | 'config'>,
): Settlement & { readonly metrics: Metrics } {
  const metrics = createMetrics('settlement')
  const logger = createLogger({ service: 'settlement', level: 'silent' })
  const settlement = composeSettlement({ ...parts, logger, metrics, random: () => 0.5 })
  return { ...settlement, metrics }
}

import { readConfig } from '@tolem/config/read-config'
import type { SecretReader } from '@tolem/config/secrets'
import { createRails } from '@tolem/exchanges/compose'
import { startRails } from '@tolem/exchanges/key-check'
import { meterStandings } from '@tolem/exchanges/standing-meters'
import { createPostgres } from '@tolem/postgres/pool'
import type { Programme } from '@tolem/programme/schema'
import { composeRates } from '@tolem/rates/compose'
import type { Bus } from '@tolem/redis/bus'
import { composeSettlement, type Settlement } from '@tolem/settlement/compose'
import { settlementConfig } from '@tolem/settlement/config'
import { composeDelivery } from '@tolem/settlement/delivery'
import { createAdminServer, type Readiness } from '@tolem/telemetry/admin'
import { createMetrics, type Metrics } from '@tolem/telemetry/metrics'
import type { Builder } from './builder.ts'

/** A demo's history of rates is short: some 100 MB a day. */
const HISTORY_DAYS = 3

/** Follows the exchanges' prices and publishes rates on the bus. */
export async function startRates(
  { config, loggerOf, undo }: Builder,
  parts: { readonly programme: Programme; readonly bus: Bus; readonly databaseUrl: string },
): Promise<void> {
  const { programme, bus, databaseUrl } = parts
  const metrics = createMetrics('rates')
  const rates = composeRates({
    programme,
    bus,
    logger: loggerOf('rates'),
    metrics,
    now: Date.now,
    database: { url: databaseUrl, keepDays: HISTORY_DAYS },
  })
  undo.push(rates.close)
  rates.start()
  const { HOST, RATES_ADMIN_PORT } = config
  const { readiness, addPages } = rates
  await listenAdmin({ undo, metrics, readiness, addPages, HOST, PORT: RATES_ADMIN_PORT })
}

/** Settles what the authorizer leaves open, over connections of its own. Gives what takes exchanges' notices. */
export async function startSettlement(
  { config, loggerOf, random, undo }: Builder,
  parts: {
    readonly programme: Programme
    readonly bus: Bus
    readonly readSecret: SecretReader
    readonly databaseUrl: string
  },
): Promise<Settlement['takeNotice']> {
  const { programme, bus, readSecret, databaseUrl } = parts
  const logger = loggerOf('settlement')
  const metrics = createMetrics('settlement')
  const postgres = createPostgres({
    url: databaseUrl,
    // Four are the most that ending holds takes.
    poolSize: 10,
    acquireTimeoutMs: 1_000,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 1_000,
    applicationName: 'settlement',
    onFault: (error) => logger.warn({ err: error }, 'database fault'),
  })
  const rails = createRails(programme.exchanges, {
    readSecret,
    now: Date.now,
    bus,
  })
  const standings = meterStandings(rails, { metrics, now: Date.now })
  const common = {
    config: readConfig(settlementConfig, {
      DATABASE_URL: databaseUrl,
      REDIS_URL: config.REDIS_URL ?? 'in-process',
      PROGRAMME_FILE: 'in memory',
      MANDATE_SIGNED_POLL_MS: String(config.MANDATE_SIGNED_POLL_MS),
    }),
    postgres,
    bus,
    programme,
    logger,
    metrics,
    random,
  }
  const settlement = composeSettlement({ ...common, rails })
  const delivery = composeDelivery({ ...common, readSecret })
  undo.push(async () => {
    standings.close()
    await Promise.all([settlement.close(), delivery.close()])
    await rails.close()
    await postgres.close()
  })
  const isProduction = false
  const warn = (text: string) => logger.warn(text)
  await startRails(rails, { exchanges: programme.exchanges, isProduction, warn })
  await settlement.start()
  delivery.start()
  const { HOST, SETTLEMENT_ADMIN_PORT } = config
  const { readiness } = settlement
  await listenAdmin({ undo, metrics, readiness, HOST, PORT: SETTLEMENT_ADMIN_PORT })
  return settlement.takeNotice
}

async function listenAdmin(parts: {
  readonly undo: Builder['undo']
  readonly metrics: Metrics
  readonly readiness: () => Readiness
  readonly addPages?: (server: ReturnType<typeof createAdminServer>) => void
  readonly HOST: string
  readonly PORT: number
}): Promise<void> {
  const admin = createAdminServer(parts)
  parts.addPages?.(admin)
  parts.undo.push(() => admin.close())
  await admin.listen({ host: parts.HOST, port: parts.PORT })
}

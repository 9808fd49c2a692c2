import { readConfig } from '@tolem/config/read-config'
import type { SecretReader } from '@tolem/config/secrets'
import { createRails } from '@tolem/exchanges/compose'
import { createPostgres } from '@tolem/postgres/pool'
import type { Programme } from '@tolem/programme/schema'
import { composeRates } from '@tolem/rates/compose'
import type { Bus } from '@tolem/redis/bus'
import { composeSettlement } from '@tolem/settlement/compose'
import { settlementConfig } from '@tolem/settlement/config'
import { createAdminServer, type Readiness } from '@tolem/telemetry/admin'
import { createMetrics, type Metrics } from '@tolem/telemetry/metrics'
import type { Builder } from './builder.ts'

/** Follows the exchanges' prices and publishes rates on the bus. */
export async function startRates(
  { config, loggerOf, undo }: Builder,
  { programme, bus }: { readonly programme: Programme; readonly bus: Bus },
): Promise<void> {
  const metrics = createMetrics('rates')
  const rates = composeRates({ programme, bus, logger: loggerOf('rates'), metrics, now: Date.now })
  undo.push(rates.close)
  rates.start()
  const { HOST, RATES_ADMIN_PORT } = config
  await listenAdmin({ undo, metrics, readiness: rates.readiness, HOST, PORT: RATES_ADMIN_PORT })
}

/** Settles what the authorizer leaves open, over connections of its own. */
export async function startSettlement(
  { config, loggerOf, random, undo }: Builder,
  parts: {
    readonly programme: Programme
    readonly bus: Bus
    readonly readSecret: SecretReader
    readonly databaseUrl: string
  },
): Promise<void> {
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
  })
  const settlement = composeSettlement({
    config: readConfig(settlementConfig, {
      DATABASE_URL: databaseUrl,
      REDIS_URL: config.REDIS_URL ?? 'in-process',
      PROGRAMME_FILE: 'in memory',
    }),
    postgres,
    bus,
    programme,
    rails,
    logger,
    metrics,
    random,
  })
  undo.push(async () => {
    await settlement.close()
    await rails.close()
    await postgres.close()
  })
  await settlement.start()
  const { HOST, SETTLEMENT_ADMIN_PORT } = config
  const { readiness } = settlement
  await listenAdmin({ undo, metrics, readiness, HOST, PORT: SETTLEMENT_ADMIN_PORT })
}

async function listenAdmin(parts: {
  readonly undo: Builder['undo']
  readonly metrics: Metrics
  readonly readiness: () => Readiness
  readonly HOST: string
  readonly PORT: number
}): Promise<void> {
  const admin = createAdminServer(parts)
  parts.undo.push(() => admin.close())
  await admin.listen({ host: parts.HOST, port: parts.PORT })
}

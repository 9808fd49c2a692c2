import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { composeAuthorizer } from '@tolem/authorizer/compose'
import { authorizerConfig } from '@tolem/authorizer/config'
import type { Environment } from '@tolem/config/read-config'
import { readConfig } from '@tolem/config/read-config'
import { createSecretReader } from '@tolem/config/secrets'
import { composeExchangeSandbox } from '@tolem/exchange-sandbox/compose'
import { createRails } from '@tolem/exchanges/compose'
import { ensureDatabase, startEmbeddedPostgres } from '@tolem/postgres/embedded'
import { migrate } from '@tolem/postgres/migrate'
import { createPostgres } from '@tolem/postgres/pool'
import { PILOT_PROGRAMME_FILE, readProgramme } from '@tolem/programme'
import type { Programme } from '@tolem/programme/schema'
import { composeRates } from '@tolem/rates/compose'
import { type Bus, createLocalBus, createRedisBus } from '@tolem/redis/bus'
import { composeSettlement } from '@tolem/settlement/compose'
import { settlementConfig } from '@tolem/settlement/config'
import { createAdminServer, type Readiness } from '@tolem/telemetry/admin'
import type { Logger } from '@tolem/telemetry/logger'
import { createMetrics, type Metrics } from '@tolem/telemetry/metrics'
import type { LocalConfig } from './config.ts'
import { DEMO_CARDS } from './demo-cards.ts'
import { type DemoSecrets, keepDemoSecrets } from './demo-secrets.ts'
import { openSandbox, type SandboxCredentials } from './sandbox-control.ts'
import { DEMO_RATE_FACTOR, pointToSandbox } from './sandbox-programme.ts'

const MIGRATIONS = join(import.meta.dirname, '..', '..', '..', 'migrations')

/** The whole of Tolem, running in this process. */
export type House = {
  readonly url: string
  readonly adminUrl: string
  /** Absent when a programme of one's own names the exchanges. */
  readonly sandboxUrl: string | undefined
  readonly home: string
  readonly programme: Programme
  readonly secrets: DemoSecrets
  /** From now on the probes say ready. */
  release(): void
  /** Stops everything in the reverse order of its start. Safe to call again, and after a start that failed half-way. */
  close(): Promise<void>
}

type Builder = {
  readonly config: LocalConfig
  readonly environment: Environment
  readonly home: string
  readonly loggerOf: (service: string) => Logger
  /** What to undo, last first. */
  readonly undo: (() => Promise<void>)[]
}

/**
 * Starts PostgreSQL, the exchange sandbox, rates, settlement and the authorizer, in the order in which they need each
 * other. What was started is stopped again when a later step fails.
 */
export async function openHouse(
  parts: Pick<Builder, 'config' | 'environment' | 'loggerOf'>,
): Promise<House> {
  const home = resolve(parts.config.TOLEM_HOME)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const builder: Builder = { ...parts, home, undo: [] }
  try {
    return await build(builder)
  } catch (error) {
    await undoAll(builder.undo)
    throw error
  }
}

async function build(builder: Builder): Promise<House> {
  const { config, home, undo } = builder
  const database = await openDatabase(builder)
  writeDatabaseFile(home, database)
  const written = readProgramme(config.PROGRAMME_FILE ?? PILOT_PROGRAMME_FILE)
  const secrets = keepDemoSecrets(home, written)
  const sandboxUrl = config.PROGRAMME_FILE
    ? undefined
    : await startSandbox(builder, { databaseUrl: database.sandboxUrl, written, secrets })
  const programme = sandboxUrl === undefined ? written : pointToSandbox(written, sandboxUrl)
  const environment = { ...builder.environment, ...secrets.environment }
  const bus = openBus(builder)
  await startRates(builder, { programme, bus })
  await startSettlement(builder, { programme, environment, databaseUrl: database.url })
  let held: string | undefined = 'the demo is being set up'
  const authorizer = composeAuthorizer({
    config: readConfig(authorizerConfig, {
      ...environmentOf(config),
      DATABASE_URL: database.url,
      REDIS_URL: config.REDIS_URL ?? 'in-process',
      PUBLIC_URLS: builder.environment['PUBLIC_URLS'],
    }),
    programme,
    bus,
    logger: builder.loggerOf('authorizer'),
    readSecret: createSecretReader(environment),
    hold: () => held,
  })
  undo.push(authorizer.close)
  const { url, adminUrl } = await authorizer.start()
  const release = () => {
    held = undefined
  }
  const close = () => undoAll(undo)
  return { url, adminUrl, sandboxUrl, home, programme, secrets, release, close }
}

async function undoAll(undo: (() => Promise<void>)[]): Promise<void> {
  for (const step of undo.splice(0).toReversed()) await step()
}

function environmentOf(config: LocalConfig): Environment {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      value === undefined ? undefined : String(value),
    ]),
  )
}

/** `database.json`: where both databases are while this home runs. For its owner's eyes only (mode 0600). */
function writeDatabaseFile(home: string, { url, sandboxUrl }: Databases): void {
  const file = join(home, 'database.json')
  const draft = `${file}.draft`
  writeFileSync(draft, `${JSON.stringify({ url, sandboxUrl }, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, file)
}

type Databases = { readonly url: string; readonly sandboxUrl: string }

async function openDatabase(builder: Builder): Promise<Databases> {
  const { config, home, undo } = builder
  let server = config.DATABASE_URL
  if (server === undefined) {
    const embedded = await startEmbeddedPostgres({
      directory: join(home, 'postgres'),
      durable: true,
    })
    undo.push(embedded.stop)
    server = embedded.url
  }
  const url = await ensureDatabase(server, 'tolem')
  await migrate({ url, directory: MIGRATIONS })
  return { url, sandboxUrl: await ensureDatabase(server, 'exchange_sandbox') }
}

function openBus({ config, loggerOf, undo }: Builder): Bus {
  const logger = loggerOf('redis')
  const bus = config.REDIS_URL
    ? createRedisBus({
        url: config.REDIS_URL,
        keyPrefix: 'tolem:',
        commandTimeoutMs: 50,
        onFault: (error) => logger.debug({ err: error }, 'redis fault'),
      })
    : createLocalBus()
  undo.push(() => bus.close())
  return bus
}

async function startSandbox(
  { config, loggerOf, undo }: Builder,
  parts: {
    readonly databaseUrl: string
    readonly written: Programme
    readonly secrets: DemoSecrets
  },
): Promise<string> {
  const sandbox = composeExchangeSandbox(
    {
      SANDBOX_HOST: config.HOST,
      SANDBOX_PORT: config.SANDBOX_PORT,
      SANDBOX_ADMIN_PORT: config.SANDBOX_ADMIN_PORT,
      SANDBOX_DATABASE_URL: parts.databaseUrl,
      SANDBOX_BINANCE_UID_WEIGHT_PER_MINUTE: 180_000 * DEMO_RATE_FACTOR,
      SANDBOX_BYBIT_PAY_PER_SECOND: 1_000 * DEMO_RATE_FACTOR,
      SANDBOX_BYBIT_PAY_PER_AGREEMENT_PER_SECOND: 10 * DEMO_RATE_FACTOR,
      SANDBOX_BYBIT_REFUND_PER_SECOND: 500 * DEMO_RATE_FACTOR,
    },
    { logger: loggerOf('exchange-sandbox') },
  )
  undo.push(sandbox.close)
  const { url } = await sandbox.start()
  const readSecret = createSecretReader(parts.secrets.environment)
  await openSandbox(url, {
    credentials: parts.written.exchanges.map(
      ({ adapter, credentials }): SandboxCredentials => ({
        exchange: adapter,
        apiKey: readSecret(credentials.apiKey),
        secret: readSecret(credentials.secret),
      }),
    ),
    cards: DEMO_CARDS,
    merchantId: merchantIdOf(parts.written),
  })
  return url
}

function merchantIdOf(programme: Programme): string {
  for (const { rails } of programme.exchanges)
    for (const rail of rails) if (rail.rail === 'bybit-pay') return rail.merchantId
  return ''
}

async function startRates(
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

async function startSettlement(
  { config, loggerOf, undo }: Builder,
  parts: {
    readonly programme: Programme
    readonly environment: Environment
    readonly databaseUrl: string
  },
): Promise<void> {
  const { programme, environment, databaseUrl } = parts
  const logger = loggerOf('settlement')
  const metrics = createMetrics('settlement')
  const postgres = createPostgres({
    url: databaseUrl,
    poolSize: 6,
    acquireTimeoutMs: 1_000,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 1_000,
    applicationName: 'settlement',
    onFault: (error) => logger.warn({ err: error }, 'database fault'),
  })
  const rails = createRails(programme.exchanges, {
    readSecret: createSecretReader(environment),
    now: Date.now,
  })
  const settlement = composeSettlement({
    config: readConfig(settlementConfig, {
      DATABASE_URL: databaseUrl,
      PROGRAMME_FILE: 'in memory',
    }),
    postgres,
    programme,
    rails,
    logger,
    metrics,
    random: Math.random,
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

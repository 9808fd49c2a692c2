import { readConfig } from '@tolem/config/read-config'
import { createSecretReader } from '@tolem/config/secrets'
import { armCrashPoint } from '@tolem/crash-points'
import { createRails } from '@tolem/exchanges/compose'
import { startRails } from '@tolem/exchanges/key-check'
import { meterStandings } from '@tolem/exchanges/standing-meters'
import { openDatabase } from '@tolem/postgres/open-database'
import { createPostgres } from '@tolem/postgres/pool'
import { readProgramme } from '@tolem/programme'
import { createRedisBus } from '@tolem/redis/bus'
import { createAdminServer } from '@tolem/telemetry/admin'
import { closeInOrder } from '@tolem/telemetry/closing'
import { createLogger, endLog } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import closeWithGrace from 'close-with-grace'
import { composeSettlement } from './compose.ts'
import { settlementConfig } from './config.ts'
import { composeDelivery } from './delivery/compose.ts'
import { createNoticeServer } from './notices/server.ts'

try {
  const config = readConfig(settlementConfig, process.env)
  if (config.CRASH_AT) armCrashPoint(config.CRASH_AT, config.NODE_ENV === 'production')
  const logger = createLogger({ service: 'settlement', level: config.LOG_LEVEL })
  const metrics = createMetrics('settlement')
  const programme = readProgramme(config.PROGRAMME_FILE)
  const bus = createRedisBus({
    url: config.REDIS_URL,
    keyPrefix: 'tolem:',
    commandTimeoutMs: 500,
    onFault: (error) => logger.warn({ err: error }, 'redis fault'),
  })
  const readSecret = createSecretReader(process.env)
  const rails = createRails(programme.exchanges, {
    readSecret,
    now: Date.now,
    bus,
    onBusFault: (error) => logger.warn({ err: error }, 'bans are not shared: the bus is not there'),
  })
  const standings = meterStandings(rails, { metrics, now: Date.now })
  const postgres = createPostgres({
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    acquireTimeoutMs: 1_000,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 1_000,
    applicationName: 'settlement',
    onFault: (error) => logger.warn({ err: error }, 'database fault'),
  })
  const settlement = composeSettlement({
    config,
    postgres,
    bus,
    programme,
    rails,
    logger,
    metrics,
    random: Math.random,
  })
  const delivery = composeDelivery({
    config,
    postgres,
    bus,
    programme,
    readSecret,
    logger,
    metrics,
    random: Math.random,
  })
  const admin = createAdminServer({ metrics, readiness: settlement.readiness })
  const notices = createNoticeServer(settlement.takeNotice)

  // The ends of its parts are bounded, and their sum is less: this is for what nobody thought of.
  closeWithGrace({ delay: config.CLOSE_TIMEOUT_MS + 2_500 }, async ({ err }) => {
    if (err) logger.error({ err }, 'closing after an unexpected error')
    standings.close()
    // First and together: nothing is claimed any more, and readiness says so.
    const work = () => Promise.all([notices.close(), settlement.close(), delivery.close()])
    await closeInOrder(
      [
        { name: 'work under way', withinMs: config.CLOSE_TIMEOUT_MS + 500, close: work },
        {
          name: 'neighbours',
          withinMs: 500,
          close: () => Promise.all([rails.close(), bus.close()]),
        },
        { name: 'database', withinMs: 400, close: () => postgres.close() },
        { name: 'probes', withinMs: 300, close: () => admin.close() },
      ],
      logger,
    )
    await endLog(logger)
  })

  await openDatabase(postgres, 1)
  await startRails(rails, {
    exchanges: programme.exchanges,
    isProduction: config.NODE_ENV === 'production',
    warn: (text) => logger.warn(text),
  })
  await settlement.start()
  delivery.start()
  const adminUrl = await admin.listen({ host: config.ADMIN_HOST, port: config.ADMIN_PORT })
  const noticesUrl = await notices.listen({
    host: config.NOTICES_HOST,
    port: config.NOTICES_PORT,
  })
  logger.info({ adminUrl, noticesUrl }, 'listening')
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

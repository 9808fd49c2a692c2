import { readConfig } from '@tolem/config/read-config'
import { createSecretReader } from '@tolem/config/secrets'
import { createRails } from '@tolem/exchanges/compose'
import { assertWritable, createPostgres } from '@tolem/postgres/pool'
import { readProgramme } from '@tolem/programme'
import { createRedisBus } from '@tolem/redis/bus'
import { createAdminServer } from '@tolem/telemetry/admin'
import { createLogger } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import closeWithGrace from 'close-with-grace'
import { composeSettlement } from './compose.ts'
import { settlementConfig } from './config.ts'

try {
  const config = readConfig(settlementConfig, process.env)
  const logger = createLogger({ service: 'settlement', level: config.LOG_LEVEL })
  const metrics = createMetrics('settlement')
  const programme = readProgramme(config.PROGRAMME_FILE)
  const rails = createRails(programme.exchanges, {
    readSecret: createSecretReader(process.env),
    now: Date.now,
  })
  const postgres = createPostgres({
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    acquireTimeoutMs: 1_000,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 1_000,
    applicationName: 'settlement',
    onFault: (error) => logger.warn({ err: error }, 'database fault'),
  })
  const bus = createRedisBus({
    url: config.REDIS_URL,
    keyPrefix: 'tolem:',
    commandTimeoutMs: 500,
    onFault: (error) => logger.warn({ err: error }, 'redis fault'),
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
  const admin = createAdminServer({ metrics, readiness: settlement.readiness })

  closeWithGrace({ delay: config.CLOSE_TIMEOUT_MS + 2_000 }, async ({ err }) => {
    if (err) logger.error({ err }, 'closing after an unexpected error')
    await settlement.close()
    await Promise.all([rails.close(), admin.close(), bus.close()])
    await postgres.close()
    logger.flush()
  })

  await assertWritable(postgres)
  await settlement.start()
  const adminUrl = await admin.listen({ host: config.ADMIN_HOST, port: config.ADMIN_PORT })
  logger.info({ adminUrl }, 'listening')
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

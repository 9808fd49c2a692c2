import { readConfig } from '@tolem/config/read-config'
import { PILOT_PROGRAMME_FILE, readProgramme } from '@tolem/programme'
import { type Bus, createLocalBus, createRedisBus } from '@tolem/redis/bus'
import { createAdminServer } from '@tolem/telemetry/admin'
import { closeInOrder } from '@tolem/telemetry/closing'
import { createLogger, endLog } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import closeWithGrace from 'close-with-grace'
import { composeRates } from './compose.ts'
import { ratesConfig } from './config.ts'

const config = readConfig(ratesConfig, process.env)
const logger = createLogger({ service: 'rates', level: config.LOG_LEVEL })
const metrics = createMetrics('rates')
const bus = config.REDIS_URL ? redisBus(config.REDIS_URL) : createLocalBus()
if (!config.REDIS_URL) logger.warn('REDIS_URL is not set: no other process hears these rates')

const rates = composeRates({
  programme: readProgramme(config.PROGRAMME_FILE ?? PILOT_PROGRAMME_FILE),
  bus,
  logger,
  metrics,
  now: Date.now,
  database: config.DATABASE_URL
    ? { url: config.DATABASE_URL, keepDays: config.RATE_HISTORY_DAYS }
    : undefined,
})
const admin = createAdminServer({ metrics, readiness: () => rates.readiness() })
rates.addPages(admin)

closeWithGrace({ delay: 5_000 }, async ({ err, signal }) => {
  if (err) logger.error({ err }, 'stopping after an error')
  else logger.info({ signal }, 'stopping')
  await closeInOrder(
    [
      { name: 'feeds', withinMs: 2_000, close: async () => rates.close() },
      { name: 'bus', withinMs: 500, close: async () => bus.close() },
      { name: 'probes', withinMs: 300, close: () => admin.close() },
    ],
    logger,
  )
  await endLog(logger)
})

rates.start()
await admin.listen({ host: config.ADMIN_HOST, port: config.ADMIN_PORT })
logger.info({ host: config.ADMIN_HOST, port: config.ADMIN_PORT }, 'following prices')

function redisBus(url: string): Bus {
  return createRedisBus({
    url,
    // The same in every service of a deployment.
    keyPrefix: 'tolem:',
    commandTimeoutMs: config.REDIS_COMMAND_TIMEOUT_MS,
    // Each failed attempt to connect comes here; what it means for the rates is logged once, where they are published.
    onFault: (fault) => logger.debug({ err: fault }, 'redis'),
  })
}

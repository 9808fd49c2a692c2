import { enableCompileCache } from 'node:module'

enableCompileCache()

const { readConfig } = await import('@tolem/config/read-config')
const { createSecretReader } = await import('@tolem/config/secrets')
const { armCrashPoint } = await import('@tolem/crash-points')
const { readProgramme } = await import('@tolem/programme')
const { createRedisBus } = await import('@tolem/redis/bus')
const { closeInOrder } = await import('@tolem/telemetry/closing')
const { createLogger, endLog } = await import('@tolem/telemetry/logger')
const { default: closeWithGrace } = await import('close-with-grace')
const { authorizerConfig } = await import('./config.ts')
const { composeAuthorizer } = await import('./compose.ts')

try {
  const config = readConfig(authorizerConfig, process.env)
  if (config.CRASH_AT) armCrashPoint(config.CRASH_AT, config.NODE_ENV === 'production')
  const logger = createLogger({ service: 'authorizer', level: config.LOG_LEVEL })
  const bus = createRedisBus({
    url: config.REDIS_URL,
    keyPrefix: 'tolem:',
    commandTimeoutMs: 50,
    onFault: (error) => logger.warn({ err: error }, 'redis fault'),
  })
  const authorizer = composeAuthorizer({
    config,
    programme: readProgramme(config.PROGRAMME_FILE),
    bus,
    logger,
    readSecret: createSecretReader(process.env),
  })
  const { url, adminUrl } = await authorizer.start().catch(async (error: unknown) => {
    // What was logged until here may say why.
    await endLog(logger)
    throw error
  })
  logger.info({ url, adminUrl }, 'listening')
  // The ends of its parts are bounded, and with the longest drain delay this is their sum: it is for what nobody
  // thought of.
  closeWithGrace({ delay: 9_800 }, async ({ err }) => {
    if (err) logger.error({ err }, 'closing after an unexpected error')
    await authorizer.close()
    await closeInOrder([{ name: 'bus', withinMs: 300, close: bus.close }], logger)
    await endLog(logger)
  })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  // What was opened until here, the bus first of all, would keep it alive.
  process.exit(1)
}

import { enableCompileCache } from 'node:module'

enableCompileCache()

const { readConfig } = await import('@tolem/config/read-config')
const { createSecretReader } = await import('@tolem/config/secrets')
const { readProgramme } = await import('@tolem/programme')
const { createRedisBus } = await import('@tolem/redis/bus')
const { createLogger } = await import('@tolem/telemetry/logger')
const { default: closeWithGrace } = await import('close-with-grace')
const { authorizerConfig } = await import('./config.ts')
const { composeAuthorizer } = await import('./compose.ts')

try {
  const config = readConfig(authorizerConfig, process.env)
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
  const { url, adminUrl } = await authorizer.start()
  logger.info({ url, adminUrl }, 'listening')
  closeWithGrace({ delay: 10_000 }, async ({ err }) => {
    if (err) logger.error({ err }, 'closing after an unexpected error')
    await authorizer.close()
    await bus.close()
    logger.flush()
  })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

import { readConfig } from '@tolem/config/read-config'
import { createLogger, endLog } from '@tolem/telemetry/logger'
import closeWithGrace from 'close-with-grace'
import { composeExchangeSandbox } from './compose.ts'
import { sandboxConfig } from './config.ts'
import { openDemo } from './demo.ts'

const config = readConfig(sandboxConfig, process.env)
const logger = createLogger({ service: 'exchange-sandbox', level: config.SANDBOX_LOG_LEVEL })
const sandbox = composeExchangeSandbox(config, { logger })

closeWithGrace({ delay: 5_000, logger }, async ({ err }) => {
  if (err) logger.error({ err }, 'exchange sandbox fails')
  await sandbox.close()
  await endLog(logger)
})

const { url } = await sandbox.start()
if (process.argv.includes('--demo')) process.stdout.write(`${await openDemo(url)}\n`)

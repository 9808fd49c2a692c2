import { readConfig } from '@tolem/config/read-config'
import { createLogger } from '@tolem/telemetry/logger'
import closeWithGrace from 'close-with-grace'
import { composeExchangeSandbox } from './compose.ts'
import { sandboxConfig } from './config.ts'

const config = readConfig(sandboxConfig, process.env)
const logger = createLogger({ service: 'exchange-sandbox', level: config.SANDBOX_LOG_LEVEL })
const sandbox = composeExchangeSandbox(config, { logger })

closeWithGrace({ delay: 5_000, logger }, async ({ err }) => {
  if (err) logger.fatal({ error: err }, 'exchange sandbox fails')
  await sandbox.close()
})

await sandbox.start()

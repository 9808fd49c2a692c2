import { milliseconds, port } from '@tolem/config/read-config'
import { z } from 'zod'

/** What the service reads from its environment. */
export const ratesConfig = z.object({
  /** The programme file: exchanges, pairs, assets and the rate policy. The pilot's when not set. */
  PROGRAMME_FILE: z.string().optional(),
  /** Where rates are published. Without it nobody outside this process can hear them. */
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  /** A rate that could not be published in this time is published again a moment later. */
  REDIS_COMMAND_TIMEOUT_MS: milliseconds.default(500),
  /** Where the history of rates and the official rates are kept. Without it there is no history. */
  DATABASE_URL: z.string().optional(),
  /** For how many days the history of rates is kept; official rates are kept for ever. */
  RATE_HISTORY_DAYS: z.coerce.number().int().min(1).max(3_660).default(30),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  /** Probes and metrics. */
  ADMIN_HOST: z.string().default('127.0.0.1'),
  ADMIN_PORT: port.default(9085),
})

export type RatesConfig = z.output<typeof ratesConfig>

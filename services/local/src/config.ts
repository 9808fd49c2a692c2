import { milliseconds, port } from '@tolem/config/read-config'
import { z } from 'zod'

/** What `npm start` is told by its environment. Port 0 takes a free one. */
export const localConfig = z.object({
  /** Holds everything that survives a restart: database, demo keys, `demo.json`, log. */
  TOLEM_HOME: z.string().default('.tolem'),
  /** Use this PostgreSQL instead of the embedded one; its databases `tolem` and `exchange_sandbox` are made. */
  DATABASE_URL: z.string().optional(),
  /** Publish rates through this Redis instead of inside the process. */
  REDIS_URL: z.string().optional(),
  /** Replaces the pilot programme, exchange hosts included; without it the exchanges are the sandbox. */
  PROGRAMME_FILE: z.string().optional(),
  /** The addresses under which banks know it, separated by commas; without it those that it listens on. */
  PUBLIC_URLS: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(8080),
  ADMIN_PORT: port.default(9080),
  SANDBOX_PORT: port.default(8083),
  SANDBOX_ADMIN_PORT: port.default(9083),
  SETTLEMENT_ADMIN_PORT: port.default(9084),
  RATES_ADMIN_PORT: port.default(9085),
  NOTICES_PORT: port.default(8084),
  /** How often a signed mandate is looked at: how soon an end is noticed whose notice got lost. */
  MANDATE_SIGNED_POLL_MS: milliseconds.min(1).default(3_600_000),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
})

export type LocalConfig = z.output<typeof localConfig>

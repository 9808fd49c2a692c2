import { flag, port } from '@tolem/config/read-config'
import { PILOT_PROGRAMME_FILE } from '@tolem/programme'
import { z } from 'zod'

/** What the authorizer is told by its environment. */
export const authorizerConfig = z.object({
  DATABASE_URL: z.string(),
  /** Without Redis the service `rates` must run in the same process, which only `npm start` does. */
  REDIS_URL: z.string(),
  PROGRAMME_FILE: z.string().default(PILOT_PROGRAMME_FILE),
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(8080),
  ADMIN_HOST: z.string().default('127.0.0.1'),
  ADMIN_PORT: port.default(9080),
  /** The addresses under which banks know this service, separated by commas: signatures cover one of them. */
  PUBLIC_URLS: z.string().optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  /** Connections to PostgreSQL: two for group commit's lanes, the rest for cards, reversals and inquiries. */
  DATABASE_POOL_SIZE: z.coerce.number().int().min(3).max(100).default(12),
  /** The most messages under way at once; more are refused at once and cheaply. */
  MESSAGES_UNDER_WAY_MAX: z.coerce.number().int().positive().default(2_000),
  /** Serve /docs and /openapi.json. */
  DOCUMENTATION: flag.default(true),
})

export type AuthorizerConfig = z.output<typeof authorizerConfig>

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
  /** `production` refuses to start with keys that it should not be trusted with. */
  NODE_ENV: z.string().default('development'),
  /** Where this process dies, for tests: a crash point, `NAME:3` the third time. Refused in production. */
  CRASH_AT: z.string().optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  /** Connections to PostgreSQL: two for group commit's lanes, the rest for cards, reversals and inquiries. */
  DATABASE_POOL_SIZE: z.coerce.number().int().min(3).max(100).default(12),
  /** The most messages under way at once; more are refused at once and cheaply. */
  MESSAGES_UNDER_WAY_MAX: z.coerce.number().int().positive().default(2_000),
  /** Connections that may be open at once; more are closed as they are made. Each takes a file descriptor. */
  CONNECTIONS_MAX: z.coerce.number().int().positive().default(4_000),
  /**
   * For how long, once told to end, everything goes on but `/readyz`, so that balancers come to send their requests
   * elsewhere. Longer than they need to find out; all of it counts into the ten seconds in which the process ends.
   */
  DRAIN_DELAY_MS: z.coerce.number().int().min(0).max(3_000).default(2_000),
  /** For how long what an exchange said a wallet of several assets holds divides its purchases. */
  BALANCE_AGE_MAX_MS: z.coerce.number().int().min(0).default(60_000),
  /** Serve /docs and /openapi.json. */
  DOCUMENTATION: flag.default(true),
})

export type AuthorizerConfig = z.output<typeof authorizerConfig>

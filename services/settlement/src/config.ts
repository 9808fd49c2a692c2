import { milliseconds, port } from '@tolem/config/read-config'
import { PILOT_PROGRAMME_FILE } from '@tolem/programme'
import { z } from 'zod'

/** What settlement is told by its environment. */
export const settlementConfig = z.object({
  DATABASE_URL: z.string().min(1),
  /** The bus on which the prices of collections come. */
  REDIS_URL: z.string().min(1),
  PROGRAMME_FILE: z.string().min(1).default(PILOT_PROGRAMME_FILE),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(2).max(100).default(10),
  /** How long due work can go unnoticed while no NOTIFY arrives. */
  POLL_INTERVAL_MS: milliseconds.min(1).default(250),
  /**
   * After how long a movement that an instance claimed and did not finish is free again. It must be longer than a
   * look-up and a credit may take, or instances take each other's work away.
   */
  LEASE_MS: milliseconds.min(1).default(20_000),
  /** Movements worked on at once, for each rail. */
  CONCURRENCY_PER_RAIL: z.coerce.number().int().min(1).max(1_000).default(8),
  /** How long one credit call may take; the exchange is told the same limit. */
  CREDIT_TIMEOUT_MS: milliseconds.min(1).default(5_000),
  /** How long one debit of a collection may take; the exchange is told the same limit. */
  DEBIT_TIMEOUT_MS: milliseconds.min(1).default(5_000),
  /** How long one call of a conversion may take; the exchange is told the same limit. */
  CONVERSION_TIMEOUT_MS: milliseconds.min(1).default(5_000),
  /** How long one call about a mandate may take. */
  MANDATE_TIMEOUT_MS: milliseconds.min(1).default(5_000),
  /** How often a mandate that is offered is looked at, later less often, and one that is signed. */
  MANDATE_OFFERED_POLL_MS: milliseconds.min(1).default(5_000),
  MANDATE_SIGNED_POLL_MS: milliseconds.min(1).default(3_600_000),
  BACKOFF_FIRST_MS: milliseconds.min(1).default(250),
  BACKOFF_LONGEST_MS: milliseconds.min(1).default(30_000),
  /** Exposures priced at once. */
  COLLECTIONS_AT_ONCE: z.coerce.number().int().min(1).max(1_000).default(16),
  /** The pause after the first refused debit of an exposure, and the longest: wallets are filled by people. */
  COLLECTION_BACKOFF_FIRST_MS: milliseconds.min(1).default(60_000),
  COLLECTION_BACKOFF_LONGEST_MS: milliseconds.min(1).default(6 * 3_600_000),
  /** When an exposure that is still not collected is shown to a person. */
  COLLECTION_ESCALATE_AFTER_MS: milliseconds.min(1).default(24 * 3_600_000),
  /** How often holds are looked for whose time is over, and how many of them are ended in one turn. */
  EXPIRY_INTERVAL_MS: milliseconds.min(1).default(10_000),
  EXPIRIES_PER_TURN: z.coerce.number().int().min(1).max(10_000).default(200),
  /** How often each rail is compared with its exchange. */
  RECONCILIATION_INTERVAL_MS: milliseconds.min(1).default(60_000),
  /** What happened less long ago is not compared yet. It must be longer than any request is valid and any list lags. */
  RECONCILIATION_MARGIN_MS: milliseconds.min(1).default(60_000),
  /** How much of what was compared is compared again, because a list may show a movement late. */
  RECONCILIATION_OVERLAP_MS: milliseconds.min(1).default(300_000),
  /** How long one call of a bank's webhook may take; less than the lease. */
  WEBHOOK_TIMEOUT_MS: milliseconds.min(1).default(10_000),
  /** Calls at once, of each bank's webhook. */
  WEBHOOKS_AT_ONCE: z.coerce.number().int().min(1).max(1_000).default(8),
  /** The pause after the first failure, and the longest; it is tried for ever. */
  WEBHOOK_BACKOFF_FIRST_MS: milliseconds.min(1).default(1_000),
  WEBHOOK_BACKOFF_LONGEST_MS: milliseconds.min(1).default(60_000),
  /** When events that a bank still does not take are shown to a person. */
  WEBHOOK_ESCALATE_AFTER_MS: milliseconds.min(1).default(3_600_000),
  /** How many events the stream on the bus keeps; the truth is in the database. */
  EVENT_STREAM_LENGTH: z.coerce.number().int().min(1).max(100_000_000).default(100_000),
  /** How long closing waits for calls that are under way. */
  CLOSE_TIMEOUT_MS: milliseconds.default(7_000),
  /** `production` refuses to start with keys that it should not be trusted with. */
  NODE_ENV: z.string().default('development'),
  /** Where this process dies, for tests: a crash point, `NAME:3` the third time. Refused in production. */
  CRASH_AT: z.string().optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  /** Where exchanges' notices come in; they need a way from outside, the admin port must have none. */
  NOTICES_HOST: z.string().default('127.0.0.1'),
  NOTICES_PORT: port.default(8084),
  ADMIN_HOST: z.string().default('127.0.0.1'),
  ADMIN_PORT: port.default(9084),
})

export type SettlementConfig = Readonly<z.output<typeof settlementConfig>>

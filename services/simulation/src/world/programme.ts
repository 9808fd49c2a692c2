import { PILOT_PROGRAMME_FILE, readProgramme } from '@tolem/programme'
import type { Programme } from '@tolem/programme/schema'
import type { SettlementConfig } from '@tolem/settlement/config'

/** Every bank's key. What signs is not what is tested here. */
export const SECRET = Buffer.alloc(32, 7).toString('base64')

/** The address that signatures cover. */
export const URL_OF_TOLEM = 'http://tolem.example'

/** The pilot's programme, its three banks that sign by a shared secret, and no conversions. */
export function simulatedProgramme(): Programme {
  const pilot = readProgramme(PILOT_PROGRAMME_FILE)
  return {
    ...pilot,
    banks: pilot.banks.filter(({ keys }) =>
      keys.every(({ algorithm }) => algorithm === 'hmac-sha256'),
    ),
    exchanges: pilot.exchanges.map((exchange) => ({ ...exchange, conversion: undefined })),
    ratePolicy: { ...pilot.ratePolicy, maximumAgeMs: 10_000 },
  }
}

/** What authorizers are told. */
export const AUTHORIZER_CONFIG = {
  DATABASE_URL: 'given',
  REDIS_URL: 'given',
  PROGRAMME_FILE: 'given',
  HOST: '127.0.0.1',
  PORT: 0,
  ADMIN_HOST: '127.0.0.1',
  ADMIN_PORT: 0,
  PUBLIC_URLS: URL_OF_TOLEM,
  NODE_ENV: 'test',
  LOG_LEVEL: 'error',
  DATABASE_POOL_SIZE: 12,
  MESSAGES_UNDER_WAY_MAX: 2_000,
  CONNECTIONS_MAX: 100,
  DRAIN_DELAY_MS: 0,
  BALANCE_AGE_MAX_MS: 60_000,
  DOCUMENTATION: false,
} as const

/** What settlements are told: as in production, but that nobody waits for hours, and few look when nothing is there. */
export const SETTLEMENT_CONFIG: SettlementConfig = {
  DATABASE_URL: 'given',
  REDIS_URL: 'given',
  PROGRAMME_FILE: 'given',
  DATABASE_POOL_SIZE: 10,
  POLL_INTERVAL_MS: 1_500,
  LEASE_MS: 6_000,
  CONCURRENCY_PER_RAIL: 8,
  CREDIT_TIMEOUT_MS: 2_000,
  DEBIT_TIMEOUT_MS: 2_000,
  CONVERSION_TIMEOUT_MS: 2_000,
  MANDATE_TIMEOUT_MS: 2_000,
  MANDATE_OFFERED_POLL_MS: 60_000,
  MANDATE_SIGNED_POLL_MS: 3_600_000,
  BACKOFF_FIRST_MS: 250,
  BACKOFF_LONGEST_MS: 4_000,
  COLLECTIONS_AT_ONCE: 8,
  COLLECTION_BACKOFF_FIRST_MS: 1_000,
  COLLECTION_BACKOFF_LONGEST_MS: 5_000,
  COLLECTION_ESCALATE_AFTER_MS: 24 * 3_600_000,
  EXPIRY_INTERVAL_MS: 10_000,
  EXPIRIES_PER_TURN: 200,
  // The exchanges here have no lists to compare with.
  RECONCILIATION_INTERVAL_MS: 365 * 24 * 3_600_000,
  RECONCILIATION_MARGIN_MS: 60_000,
  RECONCILIATION_OVERLAP_MS: 300_000,
  WEBHOOK_TIMEOUT_MS: 1_000,
  WEBHOOKS_AT_ONCE: 1,
  WEBHOOK_BACKOFF_FIRST_MS: 1_000,
  WEBHOOK_BACKOFF_LONGEST_MS: 1_000,
  WEBHOOK_ESCALATE_AFTER_MS: 3_600_000,
  EVENT_STREAM_LENGTH: 1_000,
  CLOSE_TIMEOUT_MS: 1_000,
  NODE_ENV: 'test',
  LOG_LEVEL: 'error',
  NOTICES_HOST: '127.0.0.1',
  NOTICES_PORT: 0,
  ADMIN_HOST: '127.0.0.1',
  ADMIN_PORT: 0,
}

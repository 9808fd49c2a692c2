import { flag, milliseconds, port } from '@tolem/config/read-config'
import { z } from 'zod'

const count = z.coerce.number().int().positive()

/**
 * The sandbox's configuration. Every value has a default: limits and weights are the documented ones of the exchanges,
 * to be raised for a benchmark. Durations are milliseconds.
 */
export const sandboxConfig = z.object({
  /** Address that both ports listen on. */
  SANDBOX_HOST: z.string().default('127.0.0.1'),
  SANDBOX_PORT: port.default(8083),
  SANDBOX_ADMIN_PORT: port.default(9083),
  /** Refuses /control to callers from other machines. */
  SANDBOX_CONTROL_LOOPBACK_ONLY: flag.default(true),
  /** Without it wallets, movements and credentials live in memory only. */
  SANDBOX_DATABASE_URL: z.string().optional(),
  /** The same seed gives the same price path and the same choices of random faults. */
  SANDBOX_SEED: z.coerce.number().int().nonnegative().default(20_260_107),
  SANDBOX_PRICE_INTERVAL_MS: milliseconds.pipe(z.number().positive()).default(500),
  /** How long a magic amount of PROCESSING or TIMEOUT takes to become SUCCESS. */
  SANDBOX_MAGIC_PENDING_MS: milliseconds.default(3_000),
  SANDBOX_BINANCE_MASTER_EMAIL: z.string().default('master@tolem.example'),
  /** What a repeated clientTranId is answered with: undocumented for /sapi, -4115 in the futures list. */
  SANDBOX_BINANCE_DUPLICATE_CODE: z.coerce.number().int().default(-4115),
  SANDBOX_BINANCE_TRANSFER_WEIGHT: count.default(360),
  SANDBOX_BINANCE_UID_WEIGHT_PER_MINUTE: count.default(180_000),
  SANDBOX_BINANCE_SAPI_IP_WEIGHT_PER_MINUTE: count.default(12_000),
  SANDBOX_BINANCE_API_WEIGHT_PER_MINUTE: count.default(6_000),
  SANDBOX_BYBIT_PAY_PER_SECOND: count.default(1_000),
  SANDBOX_BYBIT_PAY_PER_AGREEMENT_PER_SECOND: count.default(10),
  SANDBOX_BYBIT_QUERY_PER_SECOND: count.default(5_000),
  SANDBOX_BYBIT_REFUND_PER_SECOND: count.default(500),
  SANDBOX_BYBIT_MARKET_PER_FIVE_SECONDS: count.default(600),
  /** How long an address is locked out of market data after it passed the limit. */
  SANDBOX_BYBIT_MARKET_BAN_MS: milliseconds.default(600_000),
  SANDBOX_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
})

/** What {@link sandboxConfig} reads. */
export type SandboxConfig = z.output<typeof sandboxConfig>

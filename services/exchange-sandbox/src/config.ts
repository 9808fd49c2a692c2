import { flag, milliseconds, port } from '@tolem/config/read-config'
import { z } from 'zod'

const count = z.coerce.number().int().positive()

const payCode = z.string().regex(/^\d{6}$/)

const basisPoints = z.coerce.number().int().nonnegative().max(1_000)

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
  SANDBOX_BINANCE_ORDERS_PER_TEN_SECONDS: count.default(50),
  /** After so many 429 of /api in a minute the address is banned: 418. Not published. */
  SANDBOX_BINANCE_REFUSALS_BEFORE_BAN: count.default(10),
  /** What a spot order costs, in hundredths of a percent of what it brings. */
  SANDBOX_BINANCE_COMMISSION_BASIS_POINTS: basisPoints.default(10),
  /** Takes the commission in BNB instead. */
  SANDBOX_BINANCE_COMMISSION_IN_BNB: flag.default(false),
  /** How much less than the book's best prices Convert offers, in hundredths of a percent. */
  SANDBOX_BINANCE_CONVERT_SPREAD_BASIS_POINTS: basisPoints.default(10),
  /** How long a conversion says PROCESS. */
  SANDBOX_BINANCE_CONVERT_PROCESSING_MS: milliseconds.default(300),
  /** Largest singleUpperLimit of a contract, whole coins. The default is said to be 50 USD; more is negotiated. */
  SANDBOX_BINANCE_PAY_UPPER_LIMIT_MAX: z.string().default('10000'),
  /** Refuses a debit that the wallet cannot cover with this code, which is not published; else its order has FAILED. */
  SANDBOX_BINANCE_PAY_INSUFFICIENT_CODE: payCode.optional(),
  /** What a debit beyond singleUpperLimit is refused with: not published either. */
  SANDBOX_BINANCE_PAY_OVER_LIMIT_CODE: payCode.default('400102'),
  /** How long a debit takes: "requests will be processed asynchronously". 0 answers with the outcome at once. */
  SANDBOX_BINANCE_PAY_PROCESSING_MS: milliseconds.default(0),
  SANDBOX_BYBIT_PAY_PER_SECOND: count.default(1_000),
  SANDBOX_BYBIT_PAY_PER_AGREEMENT_PER_SECOND: count.default(10),
  SANDBOX_BYBIT_QUERY_PER_SECOND: count.default(5_000),
  SANDBOX_BYBIT_REFUND_PER_SECOND: count.default(500),
  SANDBOX_BYBIT_SIGN_PER_MINUTE: count.default(10),
  /** The programme's own account at Bybit, which every sub-account belongs to. */
  SANDBOX_BYBIT_MASTER_UID: z
    .string()
    .regex(/^[1-9]\d{0,14}$/)
    .default('592324'),
  SANDBOX_BYBIT_TRANSFER_PER_SECOND: count.default(5),
  SANDBOX_BYBIT_TRANSFER_LIST_PER_SECOND: count.default(5),
  SANDBOX_BYBIT_COINS_BALANCE_PER_SECOND: count.default(5),
  SANDBOX_BYBIT_COIN_BALANCE_PER_SECOND: count.default(450),
  SANDBOX_BYBIT_ORDER_PER_SECOND: count.default(20),
  SANDBOX_BYBIT_ORDER_QUERY_PER_SECOND: count.default(50),
  SANDBOX_BYBIT_CONVERT_PER_SECOND: count.default(20),
  SANDBOX_BYBIT_KEY_PER_SECOND: count.default(10),
  /** What a spot order costs, in hundredths of a percent of what it brings. */
  SANDBOX_BYBIT_SPOT_FEE_BASIS_POINTS: z.coerce.number().int().nonnegative().max(1_000).default(10),
  /** How much less than the book's best prices Convert offers, in hundredths of a percent. */
  SANDBOX_BYBIT_CONVERT_SPREAD_BASIS_POINTS: z.coerce
    .number()
    .int()
    .nonnegative()
    .max(1_000)
    .default(5),
  SANDBOX_BYBIT_MARKET_PER_FIVE_SECONDS: count.default(600),
  /** How long an address is locked out of market data after it passed the limit. */
  SANDBOX_BYBIT_MARKET_BAN_MS: milliseconds.default(600_000),
  SANDBOX_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
})

/** What {@link sandboxConfig} reads. */
export type SandboxConfig = z.output<typeof sandboxConfig>

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeExchangeSecrets, openCredentials } from '../setup/parts-programme.ts'
import { pilotAtSandbox } from '../setup/sandbox-programme.ts'
import { createService, findFreePort, type Service } from '../setup/service.ts'
import type { TestRail } from './stack.ts'

/** An exchange sandbox of its own that keeps to its limits, and what a house must be told to use it. */
export type RailsSite = {
  readonly sandboxUrl: string
  readonly settlementUrl: string
  readonly environment: Readonly<Record<string, string>>
  readonly close: () => Promise<void>
}

/**
 * How much faster than documented the two slowest rails are, at the exchange and in the programme alike: at five debits
 * a second ten thousand would take an hour.
 */
const FASTER = 10

/** What the programme says, rail by rail, and for two of them the sandbox enforces. */
export const RAIL_LIMITS: Readonly<Record<TestRail, RailLimits>> = {
  'bybit-pay': { debitsPerSecond: 1_000, lookUpsPerSecond: 500 },
  'bybit-subaccount': { debitsPerSecond: 5 * FASTER, lookUpsPerSecond: 5 * FASTER },
  'binance-pay': { debitsPerSecond: 10 * FASTER, lookUpsPerSecond: 10 * FASTER },
  'binance-subaccount': { debitsPerSecond: 8.3 * FASTER, lookUpsPerSecond: 100 },
}

type RailLimits = { readonly debitsPerSecond: number; readonly lookUpsPerSecond: number }

/** Where each rail looks debits and credits up. */
export const LOOK_UPS: Readonly<Record<TestRail, readonly string[]>> = {
  'bybit-pay': ['GET /v5/bybitpay/agreement/pay/query'],
  'bybit-subaccount': ['GET /v5/asset/transfer/query-universal-transfer-list'],
  'binance-pay': [
    'POST /binancepay/openapi/v2/order/query',
    'POST /binancepay/openapi/order/refund/query',
  ],
  'binance-subaccount': ['GET /sapi/v1/sub-account/universalTransfer'],
}

/** The sandbox executes nothing later than this. */
const NOT_FOUND_IS_FINAL_AFTER_MS = 3_000

/** As many as a debit that hangs in ten, and a busy machine, need. */
const CONCURRENT_CALLS = 64

/** Starts the sandbox and writes the programme into `home`. */
export async function openRailsSite(home: string): Promise<RailsSite> {
  const [port, adminPort] = [await findFreePort(), await findFreePort()]
  const sandboxUrl = `http://127.0.0.1:${port}`
  const sandbox = sandboxOf({ port, adminPort })
  await sandbox.start()
  const secrets = makeExchangeSecrets()
  await openCredentials(sandboxUrl, secrets)
  const file = join(home, 'rails-programme.json')
  await writeFile(file, JSON.stringify(await programmeAt(sandboxUrl)))
  const settlementPort = String(await findFreePort())
  return {
    sandboxUrl,
    settlementUrl: `http://127.0.0.1:${settlementPort}`,
    environment: { PROGRAMME_FILE: file, SETTLEMENT_ADMIN_PORT: settlementPort, ...secrets },
    close: async () => void (await sandbox.stop('SIGTERM')),
  }
}

function sandboxOf({ port, adminPort }: { port: number; adminPort: number }): Service {
  return createService({
    main: 'services/exchange-sandbox/src/main.ts',
    readyUrl: `http://127.0.0.1:${adminPort}/readyz`,
    environment: {
      SANDBOX_PORT: String(port),
      SANDBOX_ADMIN_PORT: String(adminPort),
      SANDBOX_LOG_LEVEL: 'warn',
      // Everything else as documented.
      SANDBOX_BYBIT_TRANSFER_PER_SECOND: String(5 * FASTER),
      SANDBOX_BYBIT_TRANSFER_LIST_PER_SECOND: String(5 * FASTER),
      // Not more weight a minute: what it counts is told with each answer, and the adapter keeps to the documented.
      SANDBOX_BINANCE_TRANSFER_WEIGHT: String(360 / FASTER),
    },
  })
}

/** The pilot with this sandbox in the exchanges' place. */
async function programmeAt(sandboxUrl: string): Promise<object> {
  const pilot = await pilotAtSandbox(sandboxUrl)
  return {
    ...pilot,
    exchanges: pilot.exchanges.map((exchange) => ({
      ...exchange,
      rails: exchange.rails.map((rail) => ({
        ...rail,
        notFoundIsFinalAfterMs: NOT_FOUND_IS_FINAL_AFTER_MS,
        limits: { concurrentCalls: CONCURRENT_CALLS, ...RAIL_LIMITS[rail.rail as TestRail] },
      })),
    })),
  }
}

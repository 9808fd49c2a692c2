import type { SecretReader } from '@tolem/config/secrets'
import { composeExchangeSandbox } from '@tolem/exchange-sandbox/compose'
import type { Programme } from '@tolem/programme/schema'
import type { Builder } from './builder.ts'
import type { LocalConfig } from './config.ts'
import { DEMO_CARDS } from './demo-cards.ts'
import { openSandbox, type SandboxOpening } from './sandbox-control.ts'
import { DEMO_RATE_FACTOR } from './sandbox-programme.ts'

/** What the sandbox is started with. */
export type SandboxParts = {
  readonly databaseUrl: string
  readonly programme: Programme
  readonly readSecret: SecretReader
}

/**
 * Starts the exchange sandbox, if the exchanges of this deployment are to be it: always under the shipped programme,
 * and under another one when that names the sandbox's own address. Gives its address.
 */
export async function startSandbox(
  builder: Builder,
  parts: SandboxParts,
): Promise<string | undefined> {
  const { config, loggerOf, undo } = builder
  if (config.PROGRAMME_FILE !== undefined && !namesSandbox(config, parts.programme))
    return undefined
  const sandbox = composeExchangeSandbox(
    {
      SANDBOX_HOST: config.HOST,
      SANDBOX_PORT: config.SANDBOX_PORT,
      SANDBOX_ADMIN_PORT: config.SANDBOX_ADMIN_PORT,
      SANDBOX_DATABASE_URL: parts.databaseUrl,
      SANDBOX_BINANCE_UID_WEIGHT_PER_MINUTE: 180_000 * DEMO_RATE_FACTOR,
      SANDBOX_BYBIT_PAY_PER_SECOND: 1_000 * DEMO_RATE_FACTOR,
      SANDBOX_BYBIT_PAY_PER_AGREEMENT_PER_SECOND: 10 * DEMO_RATE_FACTOR,
      SANDBOX_BYBIT_REFUND_PER_SECOND: 500 * DEMO_RATE_FACTOR,
      SANDBOX_BYBIT_TRANSFER_PER_SECOND: 5 * DEMO_RATE_FACTOR,
      SANDBOX_BYBIT_TRANSFER_LIST_PER_SECOND: 5 * DEMO_RATE_FACTOR,
    },
    { logger: loggerOf('exchange-sandbox') },
  )
  undo.push(sandbox.close)
  const { url } = await sandbox.start()
  await openSandbox(url, describeOpening(parts))
  return url
}

function namesSandbox({ SANDBOX_PORT }: LocalConfig, programme: Programme): boolean {
  return programme.exchanges
    .flatMap((exchange) => exchange.rails)
    .some(({ host }) => {
      const { hostname, port } = new URL(host)
      return ['127.0.0.1', 'localhost'].includes(hostname) && port === String(SANDBOX_PORT)
    })
}

function describeOpening({ programme, readSecret }: SandboxParts): SandboxOpening {
  const rails = programme.exchanges.flatMap((exchange) => exchange.rails)
  const bybitPay = rails.find((rail) => rail.rail === 'bybit-pay')
  return {
    credentials: programme.exchanges.flatMap(({ adapter, credentials, rails: own }) =>
      [credentials, ...own.flatMap((rail) => rail.credentials ?? [])].map((key) => ({
        exchange: adapter,
        apiKey: readSecret(key.apiKey),
        secret: readSecret(key.secret),
      })),
    ),
    cards: DEMO_CARDS,
    merchantId: bybitPay?.merchantId ?? '',
  }
}

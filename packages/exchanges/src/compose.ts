import type { Rail } from '@tolem/domain/card'
import type { ExchangeId } from '@tolem/domain/ids'
import { binancePauseMs } from './binance/answers.ts'
import { createBinanceSigner } from './binance/sign.ts'
import { createBinanceSubaccount } from './binance/sub-account.ts'
import { bybitPauseMs } from './bybit/answers.ts'
import { createBybitPay } from './bybit/pay.ts'
import { createBybitSigner } from './bybit/sign.ts'
import { createExchangeClient, type ExchangeClient } from './http/client.ts'
import { observed, type RailCall } from './observed.ts'
import type { RailPort } from './port.ts'
import type { ExchangeSettings, RailSettings } from './settings.ts'

/** Every rail of a programme, ready to move crypto. */
export type RailSet = {
  /** The rail of an exchange, or nothing when the programme has none of that name. */
  railFor(exchange: ExchangeId, rail: Rail): RailPort | undefined
  /** Lets the calls under way end and closes all connections. */
  close(): Promise<void>
}

/** What rails take from the outside world. */
export type RailsDeps = {
  /** Turns a reference to a secret into the secret. */
  readonly readSecret: (reference: string) => string
  /** The wall clock in milliseconds since the epoch: what requests are stamped with. */
  readonly now: () => number
  /** Told of every call when it has ended, for metrics. */
  readonly observe?: (call: RailCall) => void
}

/**
 * Makes the rails of a programme's exchanges; each has its own connections, limits and bans.
 *
 * @throws when a secret cannot be read or a host is not an origin, so that a wrong programme stops the start.
 */
export function createRails(exchanges: readonly ExchangeSettings[], deps: RailsDeps): RailSet {
  const made = exchanges.flatMap((exchange) =>
    exchange.rails.map((settings) => createRail(exchange, settings, deps)),
  )
  const { observe } = deps
  const ports = new Map(
    made.map(({ port }) => [
      `${port.exchange} ${port.rail}`,
      observe ? observed(port, observe) : port,
    ]),
  )
  return {
    railFor: (exchange, rail) => ports.get(`${exchange} ${rail}`),
    async close() {
      await Promise.all(made.map(({ client }) => client.close()))
    },
  }
}

function createRail(
  exchange: ExchangeSettings,
  settings: RailSettings,
  { readSecret, now }: RailsDeps,
): { readonly port: RailPort; readonly client: ExchangeClient } {
  const key = {
    apiKey: readSecret(exchange.credentials.apiKey),
    secret: readSecret(exchange.credentials.secret),
    now,
  }
  const common = { exchange: exchange.id, receiveWindowMs: exchange.receiveWindowMs }
  const link = { host: settings.host, limits: exchange.limits, now }
  if (settings.rail === 'bybit-pay') {
    const client = createExchangeClient({ ...link, pauseMsOf: bybitPauseMs })
    const sign = createBybitSigner(key)
    return { client, port: createBybitPay({ ...common, settings, client, sign }) }
  }
  const client = createExchangeClient({ ...link, pauseMsOf: binancePauseMs })
  const sign = createBinanceSigner(key)
  return { client, port: createBinanceSubaccount({ ...common, settings, client, sign }) }
}

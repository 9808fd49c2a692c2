import type { MandateRail, Rail } from '@tolem/domain/card'
import type { ExchangeId } from '@tolem/domain/ids'
import type { Bus } from '@tolem/redis/bus'
import type { AssemblyParts, ConversionAssembly, RailAssembly } from './assembly.ts'
import { type BanBoard, createBanBoard } from './bans.ts'
import { createBinanceConversion, createBinanceRail } from './binance/rails.ts'
import { createBinancePayRail } from './binance-pay/assemble.ts'
import { createBybitConversion } from './bybit/conversion.ts'
import { createBybitRail } from './bybit/rails.ts'
import type { ConversionPort } from './conversion-port.ts'
import type { HistoryPort } from './history-port.ts'
import type { ClientStanding } from './http/client.ts'
import type { KeyPort } from './key-report.ts'
import { openLink } from './link.ts'
import type { MandatePort, NoticePort } from './mandate-port.ts'
import { observed, type RailCall } from './observed.ts'
import { createPartnerRail } from './partner/assemble.ts'
import type { RailPort } from './port.ts'
import type { ExchangeSettings, RailSettings } from './settings.ts'

/** Every rail of a programme, ready to move crypto. */
export type RailSet = {
  /** The rail of an exchange, or nothing when the programme has none of that name. */
  railFor(exchange: ExchangeId, rail: Rail): RailPort | undefined
  /** Is it known, without a call, that none would leave for this rail now: a ban, a pause, an open breaker? */
  isClosed(exchange: ExchangeId, rail: Rail): boolean
  /** How an exchange converts, or nothing when the programme does not let it. */
  conversionFor(exchange: ExchangeId): ConversionPort | undefined
  /** Where cardholders sign and revoke the mandates that a rail debits under. */
  mandatesFor(exchange: ExchangeId, rail: MandateRail): MandatePort | undefined
  /** How notices of a rail are read, or nothing when the programme names no key to check them by. */
  noticesFor(exchange: ExchangeId, rail: MandateRail): NoticePort | undefined
  /** An exchange's own list of what moved over a rail, or nothing where none is documented. */
  historyFor(exchange: ExchangeId, rail: Rail): HistoryPort | undefined
  /** The keys in use at an exchange, one for each rail and one for conversion, as far as it tells about them. */
  keysFor(exchange: ExchangeId): readonly KeyPort[]
  /** How each rail and each conversion stands with its exchange now. */
  standings(): readonly RailStanding[]
  /** Learns of bans and reads every exchange's clock, then keeps both. Never rejects: an exchange may be away. */
  start(): Promise<void>
  /** Lets the calls under way end and closes all connections. */
  close(): Promise<void>
}

/** Breaker, ban, budget and clock of one rail, for operators. */
export type RailStanding = ClientStanding & {
  readonly exchange: ExchangeId
  readonly usedFor: Rail | 'conversion'
}

/** What rails take from the outside world. */
export type RailsDeps = {
  /** Turns a reference to a secret into the secret. */
  readonly readSecret: (reference: string) => string
  /** The wall clock in milliseconds since the epoch: what requests are stamped with. */
  readonly now: () => number
  /** Told of every call when it has ended, for metrics. */
  readonly observe?: (call: RailCall) => void
  /** Where bans are shared with other processes; absent: each learns of them by itself. */
  readonly bus?: Pick<Bus, 'publish' | 'subscribe' | 'put' | 'get'>
  /** Told when the bus could not be used. */
  readonly onBusFault?: (error: unknown) => void
}

/** Our clock drifts by milliseconds in this time; what drifts faster is noticed by a refused request. */
const CLOCK_EVERY_MS = 5 * 60_000

/**
 * Makes the rails of a programme's exchanges; each has its own connections, limits and bans.
 *
 * @throws when a secret cannot be read or a host is not an origin, so that a wrong programme stops the start.
 */
export function createRails(exchanges: readonly ExchangeSettings[], deps: RailsDeps): RailSet {
  const { observe, now, bus, onBusFault = () => undefined } = deps
  const bans = createBanBoard({
    exchanges: exchanges.map(({ id }) => id),
    now,
    onFault: onBusFault,
    ...(bus && { bus }),
  })
  const parts = { ...deps, bans }
  const rails = exchanges.flatMap((exchange) =>
    exchange.rails.map((settings) => createRail(exchange, settings, parts)),
  )
  const conversions = exchanges.flatMap((exchange) => createConversion(exchange, parts) ?? [])
  const railByName = new Map(
    rails.map((made) => {
      const port = observe ? observed(made.port, observe) : made.port
      return [nameOf(port.exchange, port.rail), { ...made, port }]
    }),
  )
  const conversionByExchange = new Map(conversions.map(({ port }) => [port.exchange, port]))
  const keys = [...rails, ...conversions].flatMap(({ key }) => key ?? [])
  const clients = [...rails, ...conversions].map(({ client }) => client)
  const synchronize = () => Promise.all(clients.map(({ clock }) => clock.synchronize()))
  let clocks: NodeJS.Timeout | undefined
  let isClosed = false
  return {
    railFor: (exchange, rail) => railByName.get(nameOf(exchange, rail))?.port,
    isClosed: (exchange, rail) =>
      railByName.get(nameOf(exchange, rail))?.client.isClosed() ?? false,
    conversionFor: (exchange) => conversionByExchange.get(exchange),
    mandatesFor: (exchange, rail) => railByName.get(nameOf(exchange, rail))?.mandates,
    noticesFor: (exchange, rail) => railByName.get(nameOf(exchange, rail))?.notices,
    historyFor: (exchange, rail) => railByName.get(nameOf(exchange, rail))?.history,
    keysFor: (exchange) => keys.filter((key) => key.exchange === exchange),
    standings: () => [
      ...rails.map(({ client, port: { exchange, rail } }) => ({
        ...client.standing(),
        exchange,
        usedFor: rail,
      })),
      ...conversions.map(({ client, port: { exchange } }) => ({
        ...client.standing(),
        exchange,
        usedFor: 'conversion' as const,
      })),
    ],
    async start() {
      await bans.start()
      if (isClosed) return
      // Nobody waits for a clock: until it is read, ours stands.
      void synchronize()
      clocks = setInterval(() => void synchronize(), CLOCK_EVERY_MS)
    },
    async close() {
      isClosed = true
      clearInterval(clocks)
      await Promise.all([bans.close(), ...clients.map((client) => client.close())])
    },
  }
}

type RailParts = RailsDeps & { readonly bans: BanBoard }

const nameOf = (exchange: ExchangeId, rail: Rail) => `${exchange} ${rail}`

function createRail(
  exchange: ExchangeSettings,
  settings: RailSettings,
  deps: RailParts,
): RailAssembly {
  const parts = partsOf({ ...exchange, ...given(settings) }, deps)
  switch (settings.rail) {
    case 'bybit-pay':
    case 'bybit-subaccount':
      return createBybitRail(settings, parts)
    case 'binance-subaccount':
      return createBinanceRail(settings, parts)
    case 'binance-pay':
      return createBinancePayRail(settings, parts)
    case 'partner-transfer':
      return createPartnerRail(settings, parts)
  }
}

function createConversion(
  exchange: ExchangeSettings,
  deps: RailParts,
): ConversionAssembly | undefined {
  const { conversion, adapter, rails } = exchange
  if (!conversion || !adapter) return undefined
  switch (adapter) {
    case 'bybit':
      return createBybitConversion(conversion, { ...partsOf(exchange, deps), rails })
    case 'binance':
      return createBinanceConversion(conversion, partsOf(exchange, deps))
    case 'partner':
      return undefined
  }
}

/** What a rail has of its own is used instead of the exchange's. */
function given({ credentials, limits }: RailSettings) {
  return { ...(credentials && { credentials }), ...(limits && { limits }) }
}

function partsOf(
  { id, credentials, limits, breaker, receiveWindowMs }: ExchangeSettings,
  { readSecret, now, bans }: RailParts,
): AssemblyParts {
  const link = { exchange: id, limits, breaker, now, bans }
  return {
    exchange: id,
    receiveWindowMs,
    apiKey: readSecret(credentials.apiKey),
    secret: readSecret(credentials.secret),
    readSecret,
    open: (family, host, own) => openLink(family, { ...link, ...own, host }),
  }
}

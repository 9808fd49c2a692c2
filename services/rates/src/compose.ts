import type { ExchangeId } from '@tolem/domain/ids'
import { type BanBoard, createBanBoard } from '@tolem/exchanges/bans'
import { followPrices } from '@tolem/exchanges/price-feeds'
import type { BookTop, FeedState, PriceFeed } from '@tolem/exchanges/prices'
import type { Programme, ProgrammeExchange } from '@tolem/programme/schema'
import type { Bus } from '@tolem/redis/bus'
import type { Readiness } from '@tolem/telemetry/admin'
import type { Logger } from '@tolem/telemetry/logger'
import type { Metrics } from '@tolem/telemetry/metrics'
import type { FastifyInstance } from 'fastify'
import { openHistory } from './history/history.ts'
import { addHistoryPages } from './history/pages.ts'
import { createInstruments, type Instruments } from './instruments.ts'
import {
  createOfficialRates,
  type OfficialRates,
  type OfficialStore,
} from './official/official-rates.ts'
import { createPricing, type Pricing } from './pricing.ts'

/** What the service is made of. The bus belongs to the caller, who also closes it. */
export type RatesDependencies = {
  readonly programme: Pick<Programme, 'exchanges' | 'assets' | 'ratePolicy'>
  readonly bus: Pick<Bus, 'publish' | 'subscribe' | 'put' | 'get' | 'isConnected'>
  readonly logger: Logger
  readonly metrics: Metrics
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** From [0, 1): spreads reconnections. */
  readonly random?: () => number
  /** Where the history of rates is kept, and for how long. Without it there is none, and the log says so. */
  readonly database?: { readonly url: string; readonly keepDays: number } | undefined
}

/** Follows prices, guards them and publishes rates, from `start` until `close`. */
export type RatesService = {
  start(): void
  close(): Promise<void>
  /**
   * Ready while the bus is there and at least one rate is safe; `reasons` names every route that is not, and says when
   * the National Bank's rate is missing, which alone makes nothing unready: where it is required no rate is safe.
   */
  readiness(): Readiness
  /** Adds the history of rates to the operators' port. */
  addPages(server: FastifyInstance): void
}

/** Joins feeds, guards and bus. Nothing is connected before `start`. */
export function composeRates(deps: RatesDependencies): RatesService {
  const { programme, bus, now } = deps
  const instruments = createInstruments(deps)
  const history = deps.database && openHistory({ ...deps, ...deps.database })
  if (history === undefined) deps.logger.warn('no database is given: no history of rates is kept')
  const official = officialRatesOf(deps, { instruments, store: history?.store })
  const pricing = createPricing({
    programme,
    bus,
    now,
    official: () => official?.current(),
    onRefused: instruments.tickRefused,
    onPublished: (rate) => {
      instruments.published(rate)
      history?.recorder.note(rate)
    },
    onFailure: instruments.publishingFailed,
  })
  // A ban is told by whoever ran into it, and an address that keeps calling is banned for longer.
  const bans = createBanBoard({
    exchanges: programme.exchanges.map(({ id }) => id),
    now,
    bus,
    onFault: (error) => deps.logger.warn({ err: error }, 'bans are not heard'),
  })
  let feeds: readonly PriceFeed[] = []
  let ageing: NodeJS.Timeout | undefined
  return {
    start: () => {
      feeds = programme.exchanges.map((exchange) =>
        follow(exchange, { deps, pricing, instruments, bans }),
      )
      void bans.start()
      pricing.start()
      history?.recorder.start()
      void official?.start()
      ageing = setInterval(() => instruments.measureAges(now()), 1_000)
    },
    close: async () => {
      clearInterval(ageing)
      official?.close()
      pricing.close()
      await Promise.all([bans.close(), ...feeds.map((feed) => feed.close())])
      await history?.close()
    },
    readiness: () => {
      const reasons = pricing.routes
        .filter((route) => pricing.rateOf(route)?.state !== 'safe')
        .map(({ exchange, asset }) => `no safe rate for ${asset} at ${exchange}`)
      const ready = bus.isConnected() && reasons.length < pricing.routes.length
      if (official !== undefined && official.current() === undefined)
        reasons.unshift('no official rate that is young enough: its band is not checked')
      if (!bus.isConnected()) reasons.unshift('the bus is not connected')
      return { ready, reasons }
    },
    addPages: (server) =>
      addHistoryPages(server, { store: history?.store, rates: pricing.routes, now }),
  }
}

function officialRatesOf(
  { programme, now }: RatesDependencies,
  { instruments, store }: { instruments: Instruments; store: OfficialStore | undefined },
): OfficialRates | undefined {
  const policy = programme.ratePolicy.officialRate
  if (policy === undefined) return undefined
  return createOfficialRates({
    policy,
    store,
    now,
    onRound: instruments.officialRateAsked,
    onFault: instruments.officialRateNotKept,
  })
}

/** Socket and HTTP books of one exchange, told to the pricing. */
function follow(
  exchange: ProgrammeExchange,
  to: { deps: RatesDependencies; pricing: Pricing; instruments: Instruments; bans: BanBoard },
): PriceFeed {
  const { pricing, instruments } = to
  const { id, adapter, feed } = exchange
  return followPrices(adapter, {
    exchange: id,
    url: feed.webSocket ?? '',
    ...(feed.rest === undefined ? {} : { restUrl: feed.rest }),
    bannedUntil: () => to.bans.until(id),
    pairs: feed.pairs,
    silenceMs: feed.silenceMs,
    now: to.deps.now,
    random: to.deps.random ?? Math.random,
    onTop: (top: BookTop) => {
      instruments.tickHeard(top)
      pricing.onTop(top)
    },
    onState: (state: FeedState, detail: string) => enter(id, state, detail),
    onFlaw: (detail) => instruments.feedFlawed(id, detail),
  })

  function enter(of: ExchangeId, state: FeedState, detail: string): void {
    instruments.feedEntered(of, state, detail)
    pricing.onState(of, state)
  }
}

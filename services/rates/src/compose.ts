import { followPrices } from '@tolem/exchanges/price-feeds'
import type { BookTop, FeedState, PriceFeed } from '@tolem/exchanges/prices'
import type { Programme, ProgrammeExchange } from '@tolem/programme/schema'
import type { Bus } from '@tolem/redis/bus'
import type { Readiness } from '@tolem/telemetry/admin'
import type { Logger } from '@tolem/telemetry/logger'
import type { Metrics } from '@tolem/telemetry/metrics'
import { assess, type Route } from './assessment.ts'
import type { GuardLimits } from './guard.ts'
import { createInstruments } from './instruments.ts'
import { observe, silence } from './observation.ts'
import { createObservations } from './observations.ts'
import { createPublishing } from './publishing.ts'
import { routesOf } from './routes.ts'

/** What the service is made of. The bus belongs to the caller, who also closes it. */
export type RatesDependencies = {
  readonly programme: Pick<Programme, 'exchanges' | 'assets' | 'ratePolicy'>
  readonly bus: Pick<Bus, 'publish' | 'put' | 'isConnected'>
  readonly logger: Logger
  readonly metrics: Metrics
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** From [0, 1): spreads reconnections. */
  readonly random?: () => number
}

/** Follows prices, guards them and publishes rates, from `start` until `close`. */
export type RatesService = {
  start(): void
  close(): Promise<void>
  /** Ready while the bus is there and at least one rate is safe; `reasons` names every route that is not. */
  readiness(): Readiness
}

/** Joins feeds, guards and bus. Nothing is connected before `start`. */
export function composeRates(deps: RatesDependencies): RatesService {
  const { programme, bus, now } = deps
  const routes = routesOf(programme)
  const limits = limitsOf(programme)
  const observations = createObservations()
  const instruments = createInstruments(deps)
  const assessRoute = (route: Route) => assess(route, { observations, limits, now: now() })
  const publishing = createPublishing({
    bus,
    routes,
    assess: assessRoute,
    now,
    onPublished: (rate) => instruments.published(rate),
    onFailure: (error) => instruments.publishingFailed(error),
  })
  const onTop = (top: BookTop) => {
    const observation = observe(observations.get(top), top, limits)
    observations.set({ exchange: top.exchange, pair: top.pair }, observation)
    if (observation.refusal !== undefined) instruments.tickRefused(top, observation.refusal)
    for (const route of routesWith(routes, ({ pair }) => pair === top.pair)) publishing.touch(route)
  }
  const onState = (exchange: ProgrammeExchange, state: FeedState, detail: string) => {
    instruments.feedEntered(exchange.id, state, detail)
    if (state !== 'stale') return
    for (const [leg, known] of observations.where((one) => one.exchange === exchange.id))
      observations.set(leg, silence(known))
    for (const route of routesWith(routes, (leg) => leg.exchange === exchange.id))
      publishing.touch(route)
  }

  let feeds: readonly PriceFeed[] = []
  let ageing: NodeJS.Timeout | undefined
  return {
    start: () => {
      feeds = programme.exchanges.map((exchange) =>
        follow(exchange, { deps, onTop, onState, instruments }),
      )
      publishing.start()
      ageing = setInterval(() => instruments.measureAges(now()), 1_000)
    },
    close: async () => {
      clearInterval(ageing)
      publishing.close()
      await Promise.all(feeds.map((feed) => feed.close()))
    },
    readiness: () => {
      const unsafe = routes.filter((route) => assessRoute(route)?.state !== 'safe')
      const reasons = unsafe.map(
        ({ exchange, asset }) => `no safe rate for ${asset} at ${exchange}`,
      )
      if (!bus.isConnected()) reasons.unshift('the bus is not connected')
      return { ready: bus.isConnected() && unsafe.length < routes.length, reasons }
    },
  }
}

/** Binance's books rest silently while unchanged, so they are also read by HTTP, at the host of its first rail. */
function follow(
  exchange: ProgrammeExchange,
  to: {
    deps: RatesDependencies
    onTop: (top: BookTop) => void
    onState: (exchange: ProgrammeExchange, state: FeedState, detail: string) => void
    instruments: Pick<ReturnType<typeof createInstruments>, 'feedFlawed'>
  },
): PriceFeed {
  const { id, adapter, feed, rails } = exchange
  const restUrl = adapter === 'binance' ? rails[0]?.host : undefined
  return followPrices(adapter, {
    exchange: id,
    url: feed.webSocket,
    ...(restUrl === undefined ? {} : { restUrl }),
    pairs: feed.pairs,
    silenceMs: feed.silenceMs,
    now: to.deps.now,
    random: to.deps.random ?? Math.random,
    onTop: to.onTop,
    onState: (state, detail) => to.onState(exchange, state, detail),
    onFlaw: (detail) => to.instruments.feedFlawed(id, detail),
  })
}

function routesWith(routes: readonly Route[], is: (leg: Route['legs'][number]) => boolean) {
  return routes.filter((route) => route.legs.some(is))
}

function limitsOf({ ratePolicy, assets }: RatesDependencies['programme']): GuardLimits {
  const bands = assets.flatMap(({ asset, pegBandBasisPoints }) =>
    pegBandBasisPoints === undefined ? [] : [[asset, pegBandBasisPoints] as const],
  )
  return { ...ratePolicy, pegBandBasisPoints: new Map(bands) }
}

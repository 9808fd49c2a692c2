import type { ExchangeId } from '@tolem/domain/ids'
import type { BookTop, FeedState } from '@tolem/exchanges/prices'
import { midRate, type Rate } from '@tolem/money/rate'
import type { Programme } from '@tolem/programme/schema'
import type { PublishedRate } from '@tolem/quotes/published-rate'
import type { Bus } from '@tolem/redis/bus'
import { assess, type Leg, type Route } from './guards/assessment.ts'
import type { Guard, GuardLimits } from './guards/guard.ts'
import { observe, silence } from './guards/observation.ts'
import { createObservations } from './guards/observations.ts'
import { createVolatility } from './guards/volatility.ts'
import { createPublishing } from './publishing.ts'
import { routesOf } from './routes.ts'

/** Everything between what exchanges say and what is published, without any connection of its own. */
export type Pricing = {
  readonly routes: readonly Route[]
  /** Takes in one price as it came. */
  onTop(top: BookTop): void
  /** Takes in how a feed is: one that fell silent has no prices until it speaks again. */
  onState(exchange: ExchangeId, state: FeedState): void
  /** What would be published of a route now; nothing while one of its books was never heard. */
  rateOf(route: Route): PublishedRate | undefined
  /** Publishes whatever is due. */
  pass(): void
  start(): void
  close(): void
}

/** What prices are judged by, and whom the outcome is told. */
export type PricingDependencies = {
  readonly programme: Pick<Programme, 'exchanges' | 'assets' | 'ratePolicy'>
  readonly bus: Pick<Bus, 'publish' | 'put'>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Tenge for a dollar by the National Bank, while it is known and young enough. */
  readonly official: () => Rate | undefined
  readonly onRefused: (leg: Leg, guard: Guard) => void
  readonly onPublished: (rate: PublishedRate) => void
  readonly onFailure: (error: unknown) => void
}

/** Guards, volatility and publication of every rate that the programme's feeds can give. */
export function createPricing(deps: PricingDependencies): Pricing {
  const { programme, now } = deps
  const routes = routesOf(programme)
  const limits = limitsOf(programme)
  const observations = createObservations()
  const widen = createWidening(programme.ratePolicy.volatility)
  const rateOf = (route: Route) => {
    const given = { observations, limits, now: now(), official: deps.official() }
    const rate = assess(route, given)
    return rate?.state === 'safe' ? widen(route, rate, given.now) : rate
  }
  const publishing = createPublishing({ ...deps, routes, assess: rateOf })
  const touch = (isTouched: (leg: Leg) => boolean) => {
    for (const route of routes) if (route.legs.some(isTouched)) publishing.touch(route)
  }
  return {
    routes,
    rateOf,
    pass: publishing.pass,
    start: publishing.start,
    close: publishing.close,
    onTop: (top) => {
      const before = observations.get(top)
      const observation = observe(before, top, limits)
      if (observation === before) return
      observations.set({ exchange: top.exchange, pair: top.pair }, observation)
      if (observation.refusal !== undefined) deps.onRefused(top, observation.refusal)
      // The other exchanges' prices of the same pair are compared with this one.
      touch(({ pair }) => pair === top.pair)
    },
    onState: (exchange, state) => {
      if (state !== 'stale') return
      for (const [leg, known] of observations.where((one) => one.exchange === exchange))
        observations.set(leg, silence(known))
      touch((leg) => leg.exchange === exchange)
    },
  }
}

type Safe = Extract<PublishedRate, { readonly state: 'safe' }>

/** Says how much a rate's own volatility widens the spread, or refuses a rate that moves too much for any spread. */
function createWidening(
  policy: Programme['ratePolicy']['volatility'],
): (route: Route, rate: Safe, now: number) => PublishedRate {
  if (policy === undefined) return (_route, rate) => rate
  const measures = new Map<Route, ReturnType<typeof createVolatility>>()
  return (route, rate, now) => {
    const known = measures.get(route) ?? createVolatility(policy.windowMs)
    measures.set(route, known)
    const volatility = known.measure(midRate(rate.bid, rate.ask), now)
    const wideningBasisPoints = Math.round(policy.factor * volatility)
    if (wideningBasisPoints <= policy.mostBasisPoints) return { ...rate, wideningBasisPoints }
    const { exchange, asset, observedAt } = rate
    return { state: 'unsafe', exchange, asset, guard: 'volatile', observedAt }
  }
}

function limitsOf({ ratePolicy, assets }: PricingDependencies['programme']): GuardLimits {
  const bands = assets.flatMap(({ asset, pegBandBasisPoints }) =>
    pegBandBasisPoints === undefined ? [] : [[asset, pegBandBasisPoints] as const],
  )
  return { ...ratePolicy, pegBandBasisPoints: new Map(bands) }
}

import type { ExchangeId } from '@tolem/domain/ids'
import type { RateSource } from '@tolem/domain/quote'
import type { CryptoAsset } from '@tolem/money/asset'
import { crossRate, parseRate, type Rate } from '@tolem/money/rate'
import type { PublishedRate } from '@tolem/quotes/published-rate'
import type { Guard, GuardLimits } from './guard.ts'
import { isNearMedian } from './median.ts'
import type { Observation } from './observation.ts'
import { isOnPeg, isPegEvidence } from './peg.ts'

/** One order book: a pair at an exchange. */
export type Leg = { readonly exchange: ExchangeId; readonly pair: string }

/** A rate that we publish, and the one or two books whose prices multiply to it. */
export type Route = {
  readonly exchange: ExchangeId
  readonly asset: CryptoAsset
  readonly legs: readonly Leg[]
}

/** Everything heard, by exchange and pair. */
export type Observations = {
  get(leg: Leg): Observation | undefined
  /** All books of one pair, or of one exchange. */
  where(is: (leg: Leg) => boolean): readonly (readonly [Leg, Observation])[]
}

/**
 * The rate of a route as it stands at `now`: safe, or unsafe with the first guard that refuses it. Nothing while one of
 * its books has never been heard: there is nothing to say, and no rate is refused as unavailable.
 *
 * `observedAt` is when the least recently heard book was heard, so it never goes back.
 */
export function assess(
  route: Route,
  given: { observations: Observations; limits: GuardLimits; now: number },
): PublishedRate | undefined {
  const { exchange, asset } = route
  const heard = route.legs.map((leg) => given.observations.get(leg))
  const known = heard.filter((each) => each !== undefined)
  if (known.length < route.legs.length) return undefined

  const observedAt = Math.min(...known.map((each) => each.heardAt))
  const refused = (guard: Guard): PublishedRate => ({
    state: 'unsafe',
    exchange,
    asset,
    guard,
    observedAt,
  })
  const guard = firstRefusal(known, given) ?? refusalByOthers(route, known, given)
  if (guard !== undefined) return refused(guard)

  const sources = acceptedOf(known)
  const bid = multiply(sources.map((source) => source.bid))
  const ask = multiply(sources.map((source) => source.ask))
  if (bid === undefined || ask === undefined) return refused('not_a_price')
  return { state: 'safe', exchange, asset, bid, ask, observedAt, sources }
}

type Given = Parameters<typeof assess>[1]

function firstRefusal(heard: readonly Observation[], { limits, now }: Given): Guard | undefined {
  const refused = heard.find((each) => each.refusal !== undefined)
  if (refused !== undefined) return refused.refusal
  return heard.some((each) => now - each.heardAt > limits.maximumAgeMs) ? 'silent' : undefined
}

function refusalByOthers(
  route: Route,
  heard: readonly Observation[],
  given: Given,
): Guard | undefined {
  const { limits } = given
  for (const source of acceptedOf(heard)) {
    const others = freshPrices(
      given,
      (leg) => leg.pair === source.pair && leg.exchange !== source.exchange,
    )
    if (!isNearMedian(source, others, limits.medianBandBasisPoints)) return 'far_from_median'
  }
  return keepsPeg(route, given) ? undefined : 'off_peg'
}

/** Is the asset without a peg, or on it by every stablecoin pair that this exchange shows now? */
function keepsPeg({ exchange, asset }: Route, given: Given): boolean {
  const bands = given.limits.pegBandBasisPoints
  const band = bands.get(asset)
  if (band === undefined) return true
  const evidence = freshPrices(
    given,
    (leg) => leg.exchange === exchange && isPegEvidence(leg.pair, asset, (one) => bands.has(one)),
  )
  return evidence.every((price) => isOnPeg(price, band))
}

/** What may be compared with: accepted as last heard, and heard lately. */
function freshPrices(
  { observations, limits, now }: Given,
  is: (leg: Leg) => boolean,
): readonly RateSource[] {
  const fresh = observations
    .where(is)
    .map(([, each]) => each)
    .filter((each) => each.refusal === undefined && now - each.heardAt <= limits.maximumAgeMs)
  return acceptedOf(fresh)
}

function acceptedOf(heard: readonly Observation[]): RateSource[] {
  return heard.flatMap((each) => (each.accepted === undefined ? [] : [each.accepted]))
}

/** The product of one or two prices; nothing when it leaves the range of a rate. */
function multiply([first, second]: readonly Rate[]): Rate | undefined {
  if (first === undefined) return undefined
  return parseRate(second === undefined ? first : crossRate(first, second))
}

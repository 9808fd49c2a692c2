import type { ExchangeId } from '@tolem/domain/ids'
import type { RateSource } from '@tolem/domain/quote'
import type { CryptoAsset } from '@tolem/money/asset'
import { crossRate, parseRate, type Rate } from '@tolem/money/rate'
import type { PublishedRate } from '@tolem/quotes/published-rate'
import { type Books, booksOf } from './books.ts'
import type { Guard, GuardLimits } from './guard.ts'
import { isNearMedian } from './median.ts'
import type { Observation } from './observation.ts'
import { keepsPeg } from './peg.ts'
import { distanceOfTicks } from './tick.ts'
import { agreesThroughUsdt, isComparedThroughUsdt } from './triangle.ts'

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
  given: {
    readonly observations: Observations
    readonly limits: GuardLimits
    readonly now: number
    /** Tenge for a dollar by the National Bank, where it is known and young enough. */
    readonly official: Rate | undefined
  },
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
  const { limits, official } = given
  const books = freshPrices(given)
  for (const each of heard) {
    const guard = refusalOfBook(each, books, given)
    if (guard !== undefined) return guard
  }
  if (limits.officialRate?.isRequired === true && official === undefined) return 'no_official_rate'
  return keepsPeg(route, books, given) ? undefined : 'off_peg'
}

function refusalOfBook(
  { accepted, isNew }: Observation,
  books: Books,
  given: Given,
): Guard | undefined {
  if (accepted === undefined) return undefined
  if (isNew && !hasWitness(accepted, books)) return 'unconfirmed'
  if (!agreesWithOthers(accepted, books, given.limits)) return 'far_from_median'
  return isFarFromOfficial(accepted, given) ? 'far_from_official' : undefined
}

function hasWitness(source: RateSource, books: Books): boolean {
  return othersThan(source, books).length > 0 || isComparedThroughUsdt(source, books)
}

function othersThan(source: RateSource, books: Books): Books {
  return booksOf(books, source.pair).filter(({ exchange }) => exchange !== source.exchange)
}

function agreesWithOthers(source: RateSource, books: Books, limits: GuardLimits): boolean {
  const band = limits.medianBandBasisPoints
  const others = othersThan(source, books)
  if (others.length === 0) return agreesThroughUsdt(source, books, band)
  return isNearMedian(source, others, band)
}

/** A dollar's coin for tenge, too far from the National Bank's dollar; nothing else can be compared with it. */
function isFarFromOfficial(source: RateSource, { limits, official }: Given): boolean {
  const [base = '', quote] = source.pair.split('/')
  if (limits.officialRate === undefined || official === undefined) return false
  if (quote !== 'KZT' || !limits.pegBandBasisPoints.has(base)) return false
  const distance = distanceOfTicks(source, { bid: official, ask: official })
  return distance > limits.officialRate.bandBasisPoints
}

/**
 * What may be compared with: of each book the price that was accepted lately, even where a later tick was refused. One
 * bad tick of an honest exchange must not leave a liar at another without anybody who contradicts. A book of which
 * nothing was accepted for so long, because it speaks of a jump that is still held, contradicts with that.
 */
function freshPrices({ observations, limits, now }: Given): Books {
  const isFresh = (at: number) => now - at <= limits.maximumAgeMs
  return observations
    .where(() => true)
    .flatMap(([, { accepted, suspect, heardAt }]) => {
      if (accepted !== undefined && isFresh(accepted.observedAt)) return [accepted]
      return suspect !== undefined && isFresh(heardAt) ? [suspect] : []
    })
}

function acceptedOf(heard: readonly Observation[]): RateSource[] {
  return heard.flatMap((each) => (each.accepted === undefined ? [] : [each.accepted]))
}

/** The product of one or two prices; nothing when it leaves the range of a rate. */
function multiply([first, second]: readonly Rate[]): Rate | undefined {
  if (first === undefined) return undefined
  return parseRate(second === undefined ? first : crossRate(first, second))
}

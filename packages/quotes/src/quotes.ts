import type { ExchangeId, QuoteId } from '@tolem/domain/ids'
import { accept, type Outcome } from '@tolem/domain/outcome'
import type { Quote, RateSource } from '@tolem/domain/quote'
import type { Amount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { midRate, type Rate } from '@tolem/money/rate'
import { priceAt } from './lower.ts'
import type { RateMirror } from './mirror.ts'
import {
  type Applied,
  applySpread,
  isFresh,
  presentRate,
  type RateRefusal,
  type SafeRate,
} from './present-rate.ts'
import type { PublishedRate } from './published-rate.ts'

/** What is to be priced, where, and at which terms. */
export type QuoteRequest = {
  /** More than zero: what to do about a purchase of nothing is for the caller to know. */
  readonly billing: Amount<'KZT'>
  readonly exchange: ExchangeId
  readonly asset: CryptoAsset
  /** The smallest amount that the rail moves, in minor units of the asset. */
  readonly step: bigint
  /** The bank's own; what volatility adds comes on top, and the quote says both together. */
  readonly spreadBasisPoints: number
  readonly feeBasisPoints: number
}

/** One rate as it stands, for people and for `GET /v1/rates`. `stale` is one that no quote would be made from. */
export type RateListing = {
  readonly exchange: ExchangeId
  readonly asset: CryptoAsset
  /** Milliseconds since the epoch, and how long ago that is. */
  readonly observedAt: number
  readonly ageMs: number
} & (
  | {
      readonly state: 'safe' | 'stale'
      readonly bid: Rate
      readonly ask: Rate
      readonly mid: Rate
    }
  | { readonly state: 'unsafe'; readonly guard: string }
)

/** Firm prices out of memory: no I/O, no waiting. */
export type Quotes = {
  /**
   * Prices a purchase. The spread income is what the debit is worth at the bid beyond `billing + fee`; so the three sum
   * to that worth, to the tiyn.
   *
   * `rate_unavailable`: nothing published, or older than the maximum age by our own clock. `rate_unsafe`: a guard
   * refuses the price now. Never a guess.
   */
  quote(request: QuoteRequest): Outcome<Quote, RateRefusal>
  /** Every rate that the mirror holds, judged at `now` (ms since the epoch). */
  listRates(now: number): readonly RateListing[]
}

/** Quotes from the mirror's rates; `maximumAgeMs` is the programme's. */
export function createQuotes(deps: {
  mirror: Pick<RateMirror, 'latest' | 'all'>
  maximumAgeMs: number
  now: () => number
  newQuoteId: () => QuoteId
}): Quotes {
  const { mirror, maximumAgeMs } = deps
  return {
    quote: (request) => {
      const present = presentRate(deps, request.exchange, request.asset)
      if (!present.ok) return present
      const { rate, ageMs } = present.value
      const lowered = applySpread(rate, request.spreadBasisPoints)
      if (!lowered.ok) return lowered
      const priced = price(request, rate, lowered.value)
      return accept({ id: deps.newQuoteId(), ...priced, ageMs })
    },
    listRates: (now) =>
      mirror.all().map((rate) => {
        const ageMs = now - rate.observedAt
        return list(rate, ageMs, isFresh(ageMs, maximumAgeMs))
      }),
  }
}

function price(
  request: QuoteRequest,
  rate: SafeRate,
  { applied, spreadBasisPoints }: Applied,
): Omit<Quote, 'id' | 'ageMs'> {
  const { billing, exchange, asset } = request
  return {
    exchange,
    asset,
    ...priceAt({ asset, applied, bid: rate.bid }, billing, request),
    spreadBasisPoints,
    mid: midRate(rate.bid, rate.ask),
    bid: rate.bid,
    applied,
    observedAt: rate.observedAt,
    // Exchange ids travel as plain text; the mirror has checked this one's shape.
    sources: rate.sources as readonly RateSource[],
  }
}

function list(rate: PublishedRate, ageMs: number, isFresh: boolean): RateListing {
  const { asset, observedAt } = rate
  const common = { exchange: rate.exchange as ExchangeId, asset, observedAt, ageMs }
  if (rate.state === 'unsafe') return { ...common, state: 'unsafe', guard: rate.guard }
  const { bid, ask } = rate
  return { ...common, state: isFresh ? 'safe' : 'stale', bid, ask, mid: midRate(bid, ask) }
}

import type { ExchangeId } from '@tolem/domain/ids'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import type { CryptoAsset } from '@tolem/money/asset'
import { lowerRate, parseRate, type Rate } from '@tolem/money/rate'
import type { RateMirror } from './mirror.ts'
import type { PublishedRate } from './published-rate.ts'

/**
 * Our clock may run behind that of the service which stamped a rate by no more than this. A stamp further in the future
 * would keep a dead rate young, so it is as bad as an old one.
 */
const CLOCK_TOLERANCE_MS = 1_000

/** A rate that no guard refuses. */
export type SafeRate = PublishedRate & { readonly state: 'safe' }

/** What present rates are read from and judged by; `maximumAgeMs` is the programme's, `now` the wall clock. */
export type RateDeps = {
  readonly mirror: Pick<RateMirror, 'latest'>
  readonly maximumAgeMs: number
  readonly now: () => number
}

/** Why nothing is priced: a guard refuses the price, or none is fresh by our own clock. */
export type RateRefusal = 'rate_unavailable' | 'rate_unsafe'

/** May a rate of this age be used? */
export function isFresh(ageMs: number, maximumAgeMs: number): boolean {
  return ageMs <= maximumAgeMs && ageMs >= -CLOCK_TOLERANCE_MS
}

/** What a bank's customers pay at: the bid less the whole spread, and how much that spread is. */
export type Applied = { readonly applied: Rate; readonly spreadBasisPoints: number }

/**
 * Lowers the bid by a bank's spread and by what measured volatility adds to it. `rate_unsafe` where nothing would be
 * left: a spread of the whole price, or a bid of some 10^-18 tenge, which is no price of anything.
 */
export function applySpread(
  rate: Pick<SafeRate, 'bid' | 'wideningBasisPoints'>,
  bankBasisPoints: number,
): Outcome<Applied, 'rate_unsafe'> {
  const spreadBasisPoints = bankBasisPoints + (rate.wideningBasisPoints ?? 0)
  if (spreadBasisPoints >= 10_000) return refuse('rate_unsafe')
  const applied = parseRate(lowerRate(rate.bid, spreadBasisPoints))
  return applied === undefined ? refuse('rate_unsafe') : accept({ applied, spreadBasisPoints })
}

/** The rate of an asset at an exchange as it may be used now, with its age; never a guess. */
export function presentRate(
  deps: RateDeps,
  exchange: ExchangeId,
  asset: CryptoAsset,
): Outcome<{ readonly rate: SafeRate; readonly ageMs: number }, RateRefusal> {
  const rate = deps.mirror.latest(exchange, asset)
  if (rate === undefined) return refuse('rate_unavailable')
  const ageMs = deps.now() - rate.observedAt
  if (!isFresh(ageMs, deps.maximumAgeMs)) return refuse('rate_unavailable')
  if (rate.state === 'unsafe') return refuse('rate_unsafe')
  return accept({ rate, ageMs: Math.max(0, ageMs) })
}

import { Decimal } from 'decimal.js'

/** decimal.js of our own: 40 significant digits, so that a cross of two 18-digit prices loses nothing that matters. */
const Exact = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_EVEN })

declare const rateBrand: unique symbol

/**
 * A positive, finite price: how many whole units of the quote asset one whole unit of the base asset costs. Kept as
 * decimal text, so that a rate is the same on a wire, in a column and in memory; `Decimal` never leaves this package.
 */
export type Rate = string & { readonly [rateBrand]: true }

/** Digits with at most 18 decimals, at most 18 before the point; no sign and no exponent. */
const RATE = /^[0-9]{1,18}(\.[0-9]{1,18})?$/

/** Reads a price, or gives nothing when it is none: zero, negative, NaN, Infinity, exponents and oversize are none. */
export function parseRate(text: string): Rate | undefined {
  if (!RATE.test(text)) return undefined
  const value = new Exact(text)
  return value.isZero() ? undefined : write(value)
}

/** The price through a middle asset: asset/USDT × USDT/KZT gives asset/KZT. */
export function crossRate(first: Rate, second: Rate): Rate {
  return write(new Exact(first).times(second))
}

/** The price lowered by a margin in basis points (1 = 0.01 %), 0 ≤ margin < 10,000. */
export function lowerRate(rate: Rate, basisPoints: number): Rate {
  if (!Number.isInteger(basisPoints) || basisPoints < 0 || basisPoints >= 10_000)
    throw new RangeError('margin must be a whole number of basis points from 0 to 9999')
  return write(new Exact(rate).times(10_000 - basisPoints).div(10_000))
}

/** The middle of a bid and an ask. */
export function midRate(bid: Rate, ask: Rate): Rate {
  return write(new Exact(bid).plus(ask).div(2))
}

/** -1, 0 or 1 as `left` is below, equal to or above `right`. */
export function compareRates(left: Rate, right: Rate): number {
  return new Exact(left).comparedTo(right)
}

/** How far `rate` is from `reference`, in whole basis points of the reference, rounded up, never negative. */
export function distanceInBasisPoints(rate: Rate, reference: Rate): number {
  const distance = new Exact(rate).minus(reference).abs().div(reference).times(10_000)
  return distance.toDecimalPlaces(0, Decimal.ROUND_UP).toNumber()
}

/** What a rate is multiplied by to become a whole number. */
export const RATE_SCALE = 10n ** 18n

/** The rate as a whole number of 10^-18: exact, because a rate has at most 18 decimals. */
export function scaledRate(rate: Rate): bigint {
  const point = rate.indexOf('.')
  if (point < 0) return BigInt(rate) * RATE_SCALE
  return BigInt(rate.slice(0, point) + rate.slice(point + 1).padEnd(18, '0'))
}

/** At most 18 decimals and never an exponent; half-even, because a rate favours nobody before `convert` rounds it. */
function write(value: Decimal): Rate {
  return value.toDecimalPlaces(18).toFixed() as Rate
}

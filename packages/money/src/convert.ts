import { type Amount, amountOf } from './amount.ts'
import { type AssetCode, type CryptoAsset, scaleOf } from './asset.ts'
import { RATE_SCALE, type Rate, scaledRate } from './rate.ts'

/**
 * Which way a conversion rounds, named after whom it favours. `against_cardholder` rounds up: what is debited never
 * falls short of the purchase. `against_programme` rounds down what a cardholder's crypto is worth to us.
 */
export type Rounding = 'against_cardholder' | 'against_programme'

/** A quotient of two non-negative integers, rounded the way that its name says. */
const DIVIDE = {
  against_cardholder: (dividend: bigint, divisor: bigint) => (dividend + divisor - 1n) / divisor,
  against_programme: (dividend: bigint, divisor: bigint) => dividend / divisor,
} as const satisfies Record<Rounding, (dividend: bigint, divisor: bigint) => bigint>

/**
 * The crypto that pays `tenge` at `rate` (KZT for one whole coin), in multiples of `step` minor units, the smallest
 * amount that the venue books. Whole numbers throughout, so the one rounding is the named one; decimal.js took
 * about 10 µs for the same, this takes 2, on every authorization.
 */
export function tengeToCrypto<A extends CryptoAsset>(
  tenge: Amount<'KZT'>,
  to: {
    readonly asset: A
    readonly rate: Rate
    readonly step: bigint
    readonly rounding: Rounding
  },
): Amount<A> {
  const dividend = tenge * RATE_SCALE * unitsOf(to.asset)
  const divisor = scaledRate(to.rate) * unitsOf('KZT') * to.step
  return amountOf(to.asset, DIVIDE[to.rounding](dividend, divisor) * to.step)
}

/** The tenge that `amount` of a crypto asset is worth at `rate` (KZT for one whole coin), to the tiyn. */
export function cryptoToTenge<A extends CryptoAsset>(
  amount: Amount<A>,
  from: { readonly asset: NoInfer<A>; readonly rate: Rate; readonly rounding: Rounding },
): Amount<'KZT'> {
  const dividend = amount * scaledRate(from.rate) * unitsOf('KZT')
  const divisor = RATE_SCALE * unitsOf(from.asset)
  return amountOf('KZT', DIVIDE[from.rounding](dividend, divisor))
}

/** `basisPoints` (1 = 0.01 %) of an amount, to the minor unit. */
export function shareOf<A extends AssetCode>(
  asset: A,
  share: {
    readonly amount: Amount<NoInfer<A>>
    readonly basisPoints: number
    readonly rounding: Rounding
  },
): Amount<A> {
  const dividend = share.amount * BigInt(share.basisPoints)
  return amountOf(asset, DIVIDE[share.rounding](dividend, 10_000n))
}

/** Minor units in one whole coin. */
function unitsOf(asset: AssetCode): bigint {
  return 10n ** BigInt(scaleOf(asset))
}

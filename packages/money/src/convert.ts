import { Decimal } from 'decimal.js'
import { type Amount, amountOf } from './amount.ts'
import { type AssetCode, type CryptoAsset, scaleOf } from './asset.ts'
import type { Rate } from './rate.ts'

/** 60 digits: a NUMERIC(38,0) amount times or over an 18-decimal rate stays exact until the one named rounding. */
const Exact = Decimal.clone({ precision: 60 })

/**
 * Which way a conversion rounds, named after whom it favours. `against_cardholder` rounds up: what is debited never
 * falls short of the purchase. `against_programme` rounds down what a cardholder's crypto is worth to us.
 */
export type Rounding = 'against_cardholder' | 'against_programme'

const MODES = {
  against_cardholder: Decimal.ROUND_UP,
  against_programme: Decimal.ROUND_DOWN,
} as const satisfies Record<Rounding, Decimal.Rounding>

/**
 * The crypto that pays `tenge` at `rate` (KZT for one whole coin), in multiples of `step` minor units, the smallest
 * amount that the venue books.
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
  const minorUnits = new Exact(tenge.toString())
    .times(powerOfTen(scaleOf(to.asset) - scaleOf('KZT')))
    .div(to.rate)
  const steps = minorUnits.div(to.step.toString()).toDecimalPlaces(0, MODES[to.rounding])
  return amountOf(to.asset, BigInt(steps.toFixed()) * to.step)
}

/** The tenge that `amount` of a crypto asset is worth at `rate` (KZT for one whole coin), to the tiyn. */
export function cryptoToTenge<A extends CryptoAsset>(
  amount: Amount<A>,
  from: { readonly asset: NoInfer<A>; readonly rate: Rate; readonly rounding: Rounding },
): Amount<'KZT'> {
  const tiyn = new Exact(amount.toString())
    .times(from.rate)
    .times(powerOfTen(scaleOf('KZT') - scaleOf(from.asset)))
    .toDecimalPlaces(0, MODES[from.rounding])
  return amountOf('KZT', BigInt(tiyn.toFixed()))
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
  const part = new Exact(share.amount.toString())
    .times(share.basisPoints)
    .div(10_000)
    .toDecimalPlaces(0, MODES[share.rounding])
  return amountOf(asset, BigInt(part.toFixed()))
}

function powerOfTen(exponent: number): Decimal {
  return new Exact(10).pow(exponent)
}

import { type AssetCode, scaleOf } from './asset.ts'

declare const assetBrand: unique symbol

/**
 * An exact amount in minor units of one asset, never negative: direction is said by words (debit, credit), not by a
 * sign. The brand keeps tenge and crypto apart at compile time; `+` on two amounts gives a plain bigint, so sums go
 * through {@link add} and {@link subtract}.
 */
export type Amount<A extends AssetCode = AssetCode> = bigint & { readonly [assetBrand]: A }

/** An amount together with the asset that it is in, where the asset is known only at run time. */
export type Money<A extends AssetCode = AssetCode> = {
  readonly asset: A
  readonly amount: Amount<A>
}

/** Why a text is not an amount. */
export type AmountFlaw = 'malformed' | 'too_many_decimals' | 'too_large'

/** The largest amount that the database's NUMERIC(38,0) holds. */
const LARGEST = 10n ** 38n - 1n

/** Digits, then at most one point with digits behind it. No sign, exponent, separator, space or leading zeros. */
const DECIMAL = /^(0|[1-9][0-9]*)(?:\.([0-9]+))?$/

/**
 * Marks minor units as an amount.
 *
 * @throws {RangeError} when negative or larger than NUMERIC(38,0): a bug in the caller, never bad input.
 */
export function amountOf<A extends AssetCode>(_asset: A, minorUnits: bigint): Amount<A> {
  if (minorUnits < 0n || minorUnits > LARGEST) throw new RangeError('amount out of range')
  return minorUnits as Amount<A>
}

/** Reads a decimal text as it stands on a wire. Never rounds: a decimal too many is a flaw, not a smaller amount. */
export function parseAmount<A extends AssetCode>(
  asset: A,
  text: string,
):
  | { readonly ok: true; readonly value: Amount<A> }
  | { readonly ok: false; readonly reason: AmountFlaw } {
  if (text.length > 64) return { ok: false, reason: 'too_large' }
  const match = DECIMAL.exec(text)
  if (!match) return { ok: false, reason: 'malformed' }
  const [, whole = '', fraction = ''] = match
  const scale = scaleOf(asset)
  if (fraction.length > scale) return { ok: false, reason: 'too_many_decimals' }
  const minorUnits = BigInt(whole + fraction.padEnd(scale, '0'))
  if (minorUnits > LARGEST) return { ok: false, reason: 'too_large' }
  return { ok: true, value: minorUnits as Amount<A> }
}

/** Writes an amount with all decimals of its asset: `12500.00` for KZT. Parses back to the same amount. */
export function formatAmount<A extends AssetCode>(asset: A, amount: Amount<NoInfer<A>>): string {
  const scale = scaleOf(asset)
  const digits = amount.toString().padStart(scale + 1, '0')
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** The sum of two amounts of one asset. */
export function add<A extends AssetCode>(left: Amount<A>, right: Amount<NoInfer<A>>): Amount<A> {
  return (left + right) as Amount<A>
}

/**
 * What is left of `from` after taking `taken`.
 *
 * @throws {RangeError} when more is taken than there is.
 */
export function subtract<A extends AssetCode>(
  from: Amount<A>,
  taken: Amount<NoInfer<A>>,
): Amount<A> {
  if (taken > from) throw new RangeError('amount would become negative')
  return (from - taken) as Amount<A>
}

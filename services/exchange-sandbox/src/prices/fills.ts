import { parseCoins } from '../coins.ts'
import type { Level } from './depth.ts'

/** Prices and quantities of fills count hundred-millionths; their product, a value, counts 10^-16. */
export const FILL_SCALE = 8

/** Decimals of price times quantity. */
export const VALUE_SCALE = 16

/** So much at one price, in hundred-millionths each. */
export type Fill = { readonly price: bigint; readonly quantity: bigint }

/**
 * What an order that does not wait takes from one side of a book, best price first: so much of the base asset, or as
 * many steps of it as so much value buys. It ends where a price is not acceptable, or where the levels do.
 */
export function takeFrom(
  levels: readonly Level[],
  wanted: { readonly quantity: bigint } | { readonly value: bigint },
  terms: { readonly step: bigint; isAcceptable(price: bigint): boolean },
): Fill[] {
  const fills: Fill[] = []
  for (const [priceText, sizeText] of levels) {
    const price = parseCoins(priceText, FILL_SCALE) ?? 0n
    const size = parseCoins(sizeText, FILL_SCALE) ?? 0n
    if (price === 0n || !terms.isAcceptable(price)) break
    const left =
      'quantity' in wanted
        ? wanted.quantity - quantityOf(fills)
        : (wanted.value - valueOf(fills)) / price
    const taken = left < size ? left - (left % terms.step) : size
    if (taken <= 0n) break
    fills.push({ price, quantity: taken })
  }
  return fills
}

/** All that was filled, in hundred-millionths of the base asset. */
export function quantityOf(fills: readonly Fill[]): bigint {
  return fills.reduce((sum, { quantity }) => sum + quantity, 0n)
}

/** What was paid for it, in 10^-16 of the quote asset. */
export function valueOf(fills: readonly Fill[]): bigint {
  return fills.reduce((sum, { price, quantity }) => sum + price * quantity, 0n)
}

/** The same amount with another number of decimals; what does not fit is cut off. */
export function rescale(units: bigint, from: number, to: number): bigint {
  return from > to ? units / 10n ** BigInt(from - to) : units * 10n ** BigInt(to - from)
}

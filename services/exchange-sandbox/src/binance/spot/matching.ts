import { parseCoins } from '../../coins.ts'
import type { Level } from '../../prices/depth.ts'

/** Prices and sizes of every book are counted in hundred-millionths here. */
export const PRICE_SCALE = 8

const ONE = 10n ** BigInt(PRICE_SCALE)

/** What a market order is to trade: so much of the base asset, or for so much of the quote asset in whole steps. */
export type Wanted = { readonly base: bigint } | { readonly quote: bigint; readonly step: bigint }

/** A trade at one price. `quote` is rounded down. */
export type Fill = { readonly price: string; readonly base: bigint; readonly quote: bigint }

/** All trades of one order and their sums. Complete: nothing is left that could be traded. */
export type Match = {
  readonly fills: readonly Fill[]
  readonly base: bigint
  readonly quote: bigint
  readonly isComplete: boolean
}

/** Walks one side of a book, best price first, until the order is filled or the book is at its end. */
export function matchMarket(levels: readonly Level[], wanted: Wanted): Match {
  const fills: Fill[] = []
  let [base, quote, isComplete] = [0n, 0n, false]
  for (const [price, size] of levels) {
    const priceUnits = parseCoins(price, PRICE_SCALE) ?? 0n
    const tradable = tradableAt(priceUnits, wanted, { base, quote })
    const traded = smaller(tradable, parseCoins(size, PRICE_SCALE) ?? 0n)
    if (traded > 0n) fills.push({ price, base: traded, quote: (traded * priceUnits) / ONE })
    base += traded
    quote += (traded * priceUnits) / ONE
    isComplete = traded === tradable
    if (isComplete) break
  }
  return { fills, base, quote, isComplete }
}

/** How much of the base asset the order still wants at this price. */
function tradableAt(price: bigint, wanted: Wanted, done: { base: bigint; quote: bigint }): bigint {
  if ('base' in wanted) return wanted.base - done.base
  const base = ((wanted.quote - done.quote) * ONE) / price
  return base - (base % wanted.step)
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other
}

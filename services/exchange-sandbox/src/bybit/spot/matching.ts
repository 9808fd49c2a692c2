import { formatCoinsShort, scaleOf } from '../../coins.ts'
import type { ConversionOrder } from '../../entries.ts'
import {
  FILL_SCALE,
  type Fill,
  quantityOf,
  rescale,
  takeFrom,
  VALUE_SCALE,
  valueOf,
} from '../../prices/fills.ts'
import { levelsFor, type SpotOrder } from './order-request.ts'

/** What an order did, ready for the book. */
type Matched = Pick<ConversionOrder, 'sold' | 'bought' | 'fee' | 'echo'>

/**
 * Fills an order at once from the sandbox's own book: bids for a sell, asks for a buy. What lies beyond its worst price
 * or beyond the depth is cancelled; a FOK order is filled as a whole or not at all. Values are what the ledger holds:
 * received is rounded down, spent is rounded up. The fee is taken from what is received.
 */
export function match(order: SpotOrder, feeBasisPoints: number): Matched {
  const { top, side } = order
  const { base, quote } = top.symbol
  const fills = fillsOf(order)
  const isSell = side === 'Sell'
  const quantity = rescale(quantityOf(fills), FILL_SCALE, scaleAt(base))
  const value = rescaleUp(valueOf(fills), scaleAt(quote), !isSell)
  const bought = isSell ? { asset: quote, units: value } : { asset: base, units: quantity }
  const sold = isSell ? { asset: base, units: quantity } : { asset: quote, units: value }
  const feeUnits = (bought.units * BigInt(feeBasisPoints) + 9_999n) / 10_000n
  return {
    sold,
    bought,
    fee: { asset: bought.asset, units: feeUnits },
    echo: { ...order.echo, ...describeFills(order, fills) },
  }
}

function fillsOf(order: SpotOrder): Fill[] {
  const { side, worst, quantity, isByValue, timeInForce } = order
  const { sizeDecimals } = order.top.symbol.listings.bybit
  const wanted = isByValue ? { value: rescale(quantity, FILL_SCALE, VALUE_SCALE) } : { quantity }
  const fills = takeFrom(levelsFor(order), wanted, {
    step: 10n ** BigInt(FILL_SCALE - sizeDecimals),
    isAcceptable: (price) =>
      worst === undefined || (side === 'Sell' ? price >= worst : price <= worst),
  })
  return timeInForce === 'FOK' && !isFull(order, fills) ? [] : fills
}

/** By value it is full when less than one step's price is left. */
function isFull({ isByValue, quantity, top }: SpotOrder, fills: readonly Fill[]): boolean {
  if (!isByValue) return quantityOf(fills) === quantity
  const last = fills.at(-1)
  if (last === undefined) return false
  const step = 10n ** BigInt(FILL_SCALE - top.symbol.listings.bybit.sizeDecimals)
  return rescale(quantity, FILL_SCALE, VALUE_SCALE) - valueOf(fills) < last.price * step
}

function describeFills(order: SpotOrder, fills: readonly Fill[]): Record<string, string> {
  const filled = quantityOf(fills)
  const isWhole = isFull(order, fills)
  const status = isWhole ? 'Filled' : filled > 0n ? 'PartiallyFilledCanceled' : 'Cancelled'
  const left = order.isByValue || isWhole ? 0n : order.quantity - filled
  return {
    status,
    cumExecQty: formatCoinsShort(filled, FILL_SCALE),
    leavesQty: formatCoinsShort(left, FILL_SCALE),
    avgPrice: filled === 0n ? '' : formatCoinsShort(valueOf(fills) / filled, FILL_SCALE),
  }
}

function rescaleUp(value: bigint, scale: number, isUp: boolean): bigint {
  const down = rescale(value, VALUE_SCALE, scale)
  const isExact = rescale(down, scale, VALUE_SCALE) >= value
  return isUp && !isExact ? down + 1n : down
}

function scaleAt(asset: string): number {
  return scaleOf('bybit', asset) ?? 0
}

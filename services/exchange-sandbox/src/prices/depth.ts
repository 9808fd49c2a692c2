import type { Exchange } from '../coins.ts'
import type { Top } from './market.ts'

/** One price level: price and size as decimal strings. */
export type Level = readonly [string, string]

/** How many levels a side of a book has: what a market order can reach. */
export const BOOK_LEVELS = 100

/** Levels behind the best price, one tick apart, each a little larger than the one before. */
export function depthOf(
  top: Top,
  exchange: Exchange,
  limit: number,
): { bids: Level[]; asks: Level[] } {
  const { tickDecimals, sizeDecimals } = top.symbol.listings[exchange]
  const side = (price: string, size: string, direction: 1 | -1): Level[] => {
    const ticks = Math.round(Number(price) * 10 ** tickDecimals)
    const levels = Array.from({ length: Math.min(limit, BOOK_LEVELS) }, (_, index): Level => {
      if (index === 0) return [price, size]
      const level = (ticks + direction * index) / 10 ** tickDecimals
      return [level.toFixed(tickDecimals), (Number(size) * (1 + index / 10)).toFixed(sizeDecimals)]
    })
    return levels.filter(([level]) => Number(level) > 0)
  }
  return { bids: side(top.bid, top.bidSize, -1), asks: side(top.ask, top.askSize, 1) }
}

/** One step with so many decimals: 2 gives 0.01. */
export function stepOf(decimals: number): string {
  return (1 / 10 ** decimals).toFixed(decimals)
}

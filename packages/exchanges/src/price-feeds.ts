import { createBinancePriceFeed } from './binance/prices.ts'
import { createBybitPriceFeed } from './bybit/prices.ts'
import type { PriceFeed, PriceFeedOptions } from './prices.ts'

const FEEDS = {
  bybit: createBybitPriceFeed,
  binance: createBinancePriceFeed,
} as const satisfies Record<string, (options: PriceFeedOptions) => PriceFeed>

/**
 * Follows the order books of an exchange by the programme's name for its adapter. Starts at once; tells everything
 * through the options' callbacks and throws nothing once it runs.
 *
 * @throws {SyntaxError} when the URL is not one.
 */
export function followPrices(adapter: keyof typeof FEEDS, options: PriceFeedOptions): PriceFeed {
  return FEEDS[adapter](options)
}

import { createBinancePriceFeed } from './binance/prices.ts'
import { createBybitPriceFeed } from './bybit/prices.ts'
import { createPartnerPriceFeed } from './partner/prices.ts'
import type { PriceFeed, PriceFeedOptions } from './prices.ts'

const FEEDS = {
  bybit: createBybitPriceFeed,
  binance: createBinancePriceFeed,
  partner: createPartnerPriceFeed,
} as const satisfies Record<string, (options: PriceFeedOptions) => PriceFeed>

/**
 * Follows the order books of an exchange by the programme's name for its adapter. Starts at once; tells everything
 * through the options' callbacks and throws nothing once it runs.
 *
 * @throws {Error} when the adapter reads by HTTP and no host is named.
 * @throws {SyntaxError} when the URL is not one.
 */
export function followPrices(adapter: keyof typeof FEEDS, options: PriceFeedOptions): PriceFeed {
  return FEEDS[adapter](options)
}

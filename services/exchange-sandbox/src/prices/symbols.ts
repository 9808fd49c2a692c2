import type { Exchange } from '../coins.ts'

/** How one exchange trades one symbol. Steps are powers of ten, given by their number of decimals. */
export type Listing = {
  readonly tickDecimals: number
  readonly sizeDecimals: number
  /** A usual quantity at the best price. */
  readonly size: number
  readonly minNotional: string
}

/** A pair of assets, its level and how it moves. */
export type MarketSymbol = {
  readonly symbol: string
  readonly base: string
  readonly quote: string
  /** Where the walk starts, and what it is drawn back to. */
  readonly level: number
  /** Standard deviation of one move, as a part of the price. */
  readonly volatility: number
  /** Chance that one step moves the price at all. */
  readonly activity: number
  /** Half of the distance between bid and ask, as a part of the price. */
  readonly halfSpread: number
  readonly listings: Readonly<Record<Exchange, Listing>>
}

/**
 * The pairs on offer. USDTKZT is the only tenge pair known of Binance; that Bybit has it is an assumption. Its book is
 * thin: five-minute moves have a median of zero, so most steps leave it alone. Binance's steps for BTC, ETH and SOL and
 * Bybit's for BTC are the documented ones, the others are plausible. The partner lists what Bybit does.
 */
export const SYMBOLS: readonly MarketSymbol[] = [
  {
    symbol: 'USDTKZT',
    base: 'USDT',
    quote: 'KZT',
    level: 474.2,
    volatility: 0.0002,
    activity: 0.05,
    halfSpread: 0.0003,
    listings: all({ tickDecimals: 2, sizeDecimals: 2, size: 20_000, minNotional: '1000' }),
  },
  {
    symbol: 'USDCUSDT',
    base: 'USDC',
    quote: 'USDT',
    level: 1,
    volatility: 0.00002,
    activity: 0.1,
    halfSpread: 0.00005,
    listings: all({ tickDecimals: 4, sizeDecimals: 2, size: 500_000, minNotional: '5' }),
  },
  {
    symbol: 'BTCUSDT',
    base: 'BTC',
    quote: 'USDT',
    level: 90_000,
    volatility: 0.00008,
    activity: 0.95,
    halfSpread: 0.0000005,
    listings: {
      binance: { tickDecimals: 2, sizeDecimals: 5, size: 4, minNotional: '5' },
      bybit: { tickDecimals: 1, sizeDecimals: 6, size: 2, minNotional: '5' },
      partner: { tickDecimals: 1, sizeDecimals: 6, size: 2, minNotional: '5' },
    },
  },
  {
    symbol: 'ETHUSDT',
    base: 'ETH',
    quote: 'USDT',
    level: 3_000,
    volatility: 0.0001,
    activity: 0.9,
    halfSpread: 0.000002,
    listings: {
      binance: { tickDecimals: 2, sizeDecimals: 4, size: 30, minNotional: '5' },
      bybit: { tickDecimals: 2, sizeDecimals: 5, size: 15, minNotional: '5' },
      partner: { tickDecimals: 2, sizeDecimals: 5, size: 15, minNotional: '5' },
    },
  },
  {
    symbol: 'SOLUSDT',
    base: 'SOL',
    quote: 'USDT',
    level: 140,
    volatility: 0.00012,
    activity: 0.8,
    halfSpread: 0.00004,
    listings: all({ tickDecimals: 2, sizeDecimals: 3, size: 200, minNotional: '5' }),
  },
  {
    symbol: 'TONUSDT',
    base: 'TON',
    quote: 'USDT',
    level: 1.6,
    volatility: 0.00015,
    activity: 0.6,
    halfSpread: 0.0003,
    listings: all({ tickDecimals: 3, sizeDecimals: 2, size: 8_000, minNotional: '5' }),
  },
]

function all(listing: Listing): Record<Exchange, Listing> {
  return { binance: listing, bybit: listing, partner: listing }
}

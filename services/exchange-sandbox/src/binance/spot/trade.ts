import { formatCoins, parseCoins } from '../../coins.ts'
import type { SandboxConfig } from '../../config.ts'
import type { Money } from '../../entries.ts'
import { depthOf } from '../../prices/depth.ts'
import type { Market, Top } from '../../prices/market.ts'
import { type Fill, type Match, matchMarket, PRICE_SCALE } from './matching.ts'
import type { SpotOrder } from './order-form.ts'

const ONE = 10n ** BigInt(PRICE_SCALE)

/** What BNB is worth where commissions are paid with it, in USDT: it is not traded here. */
const BNB_IN_USDT = 600n

/** What a market order would do to the master's wallet now. */
export type Trade = {
  readonly match: Match
  readonly sold: Money
  /** Before the commission. */
  readonly bought: Money
  readonly commission: Money
  readonly fills: readonly FillAnswer[]
}

/** One fill, as an order's answer lists it. */
export type FillAnswer = {
  readonly price: string
  readonly qty: string
  readonly commission: string
  readonly commissionAsset: string
}

type Deps = { readonly config: SandboxConfig; readonly market: Market }

/** Matches an order with the sandbox's own book, commission included. Changes nothing: the book does not thin out. */
export function tradeOf(order: SpotOrder, deps: Deps): Trade {
  const { symbol } = order.top
  const isSale = order.side === 'SELL'
  const { bids, asks } = depthOf(order.top, 'binance', Infinity)
  const match = matchMarket(isSale ? bids : asks, order.wanted)
  const base = { asset: symbol.base, units: match.base }
  const quote = { asset: symbol.quote, units: match.quote }
  const paid = match.fills.map((fill) => ({ fill, commission: commissionOf(fill, order, deps) }))
  return {
    match,
    sold: isSale ? base : quote,
    bought: isSale ? quote : base,
    commission: {
      asset: commissionAssetOf(order, deps),
      units: paid.reduce((sum, { commission }) => sum + commission, 0n),
    },
    fills: paid.map(({ fill, commission }) => ({
      price: formatCoins(parseCoins(fill.price, PRICE_SCALE) ?? 0n, PRICE_SCALE),
      qty: formatCoins(fill.base, PRICE_SCALE),
      commission: formatCoins(commission, PRICE_SCALE),
      commissionAsset: commissionAssetOf(order, deps),
    })),
  }
}

/** What is bought (the quote asset of a sale), or BNB. */
function commissionAssetOf({ side, top }: SpotOrder, { config }: Deps): string {
  if (config.SANDBOX_BINANCE_COMMISSION_IN_BNB) return 'BNB'
  return side === 'SELL' ? top.symbol.quote : top.symbol.base
}

/** Rounded up: the exchange loses nothing by rounding. */
function commissionOf(fill: Fill, { top, side }: SpotOrder, { config, market }: Deps): bigint {
  const rate = BigInt(config.SANDBOX_BINANCE_COMMISSION_BASIS_POINTS)
  if (config.SANDBOX_BINANCE_COMMISSION_IN_BNB) {
    const bnb = BNB_IN_USDT * usdtIn(top, market)
    return roundUp(fill.quote * ONE * rate, bnb * 10_000n)
  }
  return roundUp((side === 'SELL' ? fill.quote : fill.base) * rate, 10_000n)
}

/** What one USDT is worth in the symbol's quote asset, in units. */
function usdtIn({ symbol }: Top, market: Market): bigint {
  if (symbol.quote === 'USDT') return ONE
  const top = market.top('binance', `USDT${symbol.quote}`)
  return parseCoins(top?.bid ?? '1', PRICE_SCALE) ?? ONE
}

function roundUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor
}

import { type Exchange, parseCoins } from '../coins.ts'
import { FILL_SCALE } from './fills.ts'
import type { Market } from './market.ts'

/** How much of one asset a whole coin of another gives: numerator over denominator. */
export type Fraction = { readonly numerator: bigint; readonly denominator: bigint }

/**
 * The price that somebody who cannot wait gets at the best prices: the bid when selling the base asset, the ask when
 * buying it. Assets that no symbol joins go through USDT. Undefined where that leads nowhere.
 */
export function crossRate(
  market: Market,
  exchange: Exchange,
  pair: { readonly from: string; readonly to: string },
): Fraction | undefined {
  const { from, to } = pair
  const direct = rateOf(market, exchange, pair)
  if (direct !== undefined || from === to) return direct
  const first = rateOf(market, exchange, { from, to: 'USDT' })
  const second = rateOf(market, exchange, { from: 'USDT', to })
  if (first === undefined || second === undefined) return undefined
  return {
    numerator: first.numerator * second.numerator,
    denominator: first.denominator * second.denominator,
  }
}

function rateOf(
  market: Market,
  exchange: Exchange,
  { from, to }: { readonly from: string; readonly to: string },
): Fraction | undefined {
  const one = 10n ** BigInt(FILL_SCALE)
  const bid = parseCoins(market.top(exchange, `${from}${to}`)?.bid ?? '', FILL_SCALE)
  if (bid !== undefined && bid > 0n) return { numerator: bid, denominator: one }
  const ask = parseCoins(market.top(exchange, `${to}${from}`)?.ask ?? '', FILL_SCALE)
  return ask === undefined || ask === 0n ? undefined : { numerator: one, denominator: ask }
}

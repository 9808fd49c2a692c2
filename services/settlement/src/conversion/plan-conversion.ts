import type { ConversionIntent, OpenPosition } from '@tolem/conversions/order'
import type { ConversionMarket, ConversionMoney } from '@tolem/domain/conversion'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import { bookShare } from '@tolem/ledger/conversions'
import { amountOf } from '@tolem/money/amount'

/** Why a position waits. What is below the market's minimum is netted with what comes later. */
export type ConversionWait = 'nothing' | 'below_minimum' | 'no_market' | 'market_unsafe'

/** What an amount of an asset is worth in a money, in minor units, as far as a rate tells; it is never sold by this. */
export type WorthOf = (money: ConversionMoney, amount: bigint) => bigint | undefined

/**
 * The order that a position needs now: the whole steps of it, at most what the market takes at once, for tenge where
 * the asset has such a market and else for USDT. A market whose rules contradict themselves, or that is told twice,
 * stops the asset.
 */
export function planConversion(
  { asset, position, book }: OpenPosition,
  markets: readonly ConversionMarket[],
  worthOf: WorthOf,
): Outcome<ConversionIntent, ConversionWait> {
  if (position === 0n) return refuse('nothing')
  const found = findMarket(markets.filter((market) => market.asset === asset))
  if (!found.ok) return found
  const { money, step, smallest, largest, smallestWorth } = found.value
  const held = position < 0n ? -position : position
  const most = held < largest ? held : largest
  const whole = most - (most % step)
  if (whole === 0n || whole < smallest) return refuse('below_minimum')
  const worth = worthOf(money, whole)
  if (worth !== undefined && worth < smallestWorth) return refuse('below_minimum')
  return accept({
    side: position > 0n ? 'sell' : 'buy',
    money,
    amount: amountOf(asset, whole),
    book: bookShare({ position, book }, whole),
  })
}

function findMarket(
  markets: readonly ConversionMarket[],
): Outcome<ConversionMarket, 'no_market' | 'market_unsafe'> {
  for (const money of ['KZT', 'USDT'] as const) {
    const [market, ...others] = markets.filter((one) => one.money === money)
    if (!market) continue
    return others.length === 0 && isConsistent(market) ? accept(market) : refuse('market_unsafe')
  }
  return refuse('no_market')
}

function isConsistent(market: ConversionMarket): boolean {
  const { asset, money, step, smallest, largest, smallestWorth } = market
  return (
    (asset as string) !== money &&
    step > 0n &&
    smallest >= 0n &&
    smallestWorth >= 0n &&
    largest >= step &&
    largest >= smallest
  )
}

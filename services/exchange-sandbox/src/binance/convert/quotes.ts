import type { Cabinet, Drawer } from '../../cabinet.ts'
import { formatCoins, formatCoinsShort, parseCoins } from '../../coins.ts'
import type { Market, Top } from '../../prices/market.ts'
import { PRICE_SCALE } from '../spot/matching.ts'

/** A quote of Convert. Amounts are decimal strings of whole coins; times milliseconds since 1970. */
export type Quote = {
  readonly quoteId: string
  readonly fromAsset: string
  readonly toAsset: string
  readonly fromAmount: string
  readonly toAmount: string
  readonly ratio: string
  readonly inverseRatio: string
  readonly validTimestamp: number
}

/** An exchange rate as a fraction: so many of one asset for so many of the other. */
type Rate = { readonly to: bigint; readonly from: bigint }

/** Fine enough for a tenge in bitcoin. */
const RATIO_SCALE = 24
const RATIO_ONE = 10n ** BigInt(RATIO_SCALE)

const ONE = 10n ** BigInt(PRICE_SCALE)

/** quoteId of the first quote. */
const FIRST_QUOTE_ID = 12_415_572_564

/** Quotes that nobody accepted. One that was accepted lives on in its conversion. */
export type Quotes = {
  find(quoteId: string): Quote | undefined
  /** Files a quote under the next id. Durable when it resolves. */
  keep(terms: Omit<Quote, 'quoteId'>): Promise<Quote>
  remove(quoteId: string): Promise<void> | undefined
}

export function createQuotes(deps: { cabinet: Cabinet; now: () => number }): Quotes {
  const drawer: Drawer<Quote> = deps.cabinet.open('binance-quotes')
  const counter: Drawer<number> = deps.cabinet.open('binance-quote-count')
  return {
    find: drawer.find,
    remove: drawer.remove,
    keep: async (terms) => {
      const count = (counter.find('last') ?? 0) + 1
      const quote = { quoteId: String(FIRST_QUOTE_ID + count), ...terms }
      const old = [...drawer.values()].filter((each) => each.validTimestamp <= deps.now())
      await Promise.all([
        counter.put('last', count),
        drawer.put(quote.quoteId, quote),
        ...old.map((each) => drawer.remove(each.quoteId)),
      ])
      return quote
    },
  }
}

/**
 * What Convert pays for one asset in another, less its spread: at the best prices of the direct book, or of two books
 * over USDT. Undefined when there is no way.
 */
export function rateBetween(
  market: Market,
  pair: { readonly fromAsset: string; readonly toAsset: string },
  spreadBasisPoints: number,
): Rate | undefined {
  const { fromAsset, toAsset } = pair
  if (fromAsset === toAsset) return undefined
  const first = leg(market, fromAsset, 'USDT')
  const second = leg(market, 'USDT', toAsset)
  const rate = leg(market, fromAsset, toAsset) ?? (first && second && chain(first, second))
  if (rate === undefined || rate.to * rate.from === 0n) return undefined
  return { to: rate.to * BigInt(10_000 - spreadBasisPoints), from: rate.from * 10_000n }
}

/** What a quote says of an amount of either asset; rounded against whoever asks. */
export function quoteOf(
  rate: Rate,
  asked: { readonly from: bigint } | { readonly to: bigint },
): Pick<Quote, 'fromAmount' | 'toAmount' | 'ratio' | 'inverseRatio'> {
  const from = 'from' in asked ? asked.from : (asked.to * rate.from + rate.to - 1n) / rate.to
  const to = 'to' in asked ? asked.to : (asked.from * rate.to) / rate.from
  return {
    ratio: ratioText(rate.to, rate.from),
    inverseRatio: ratioText(rate.from, rate.to),
    toAmount: formatCoinsShort(to, PRICE_SCALE),
    fromAmount: formatCoinsShort(from, PRICE_SCALE),
  }
}

function leg(market: Market, from: string, to: string): Rate | undefined {
  const sale = market.top('binance', `${from}${to}`)
  if (sale !== undefined) return { to: priceOf(sale, 'bid'), from: ONE }
  const purchase = market.top('binance', `${to}${from}`)
  return purchase && { to: ONE, from: priceOf(purchase, 'ask') }
}

function priceOf(top: Top, side: 'bid' | 'ask'): bigint {
  return parseCoins(top[side], PRICE_SCALE) ?? 0n
}

function chain(one: Rate, other: Rate): Rate {
  return { to: one.to * other.to, from: one.from * other.from }
}

/** Eight digits that count, without an exponent. It is for show: the amounts are exact. */
function ratioText(dividend: bigint, divisor: bigint): string {
  const digits = formatCoins((dividend * RATIO_ONE) / divisor, RATIO_SCALE)
  const [whole = ''] = digits.split('.')
  if (whole.length >= 8) return whole
  const [shown = ''] = /^0\.0*\d{0,8}/.exec(digits) ?? [digits.slice(0, 9)]
  return shown.replace(/\.?0+$/, '')
}

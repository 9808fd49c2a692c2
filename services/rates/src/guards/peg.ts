import type { RateSource } from '@tolem/domain/quote'
import { crossRate, distanceInBasisPoints, midRate, parseRate, type Rate } from '@tolem/money/rate'
import { type Books, booksOf } from './books.ts'
import type { GuardLimits } from './guard.ts'
import { medianOf } from './median.ts'

const ONE = parseRate('1') as Rate

/**
 * The breaker of stablecoins. A book of one pegged coin in the other (`USDC/USDT`) that leaves the band says that one
 * of both left its peg, and not which; so the coin is asked for that stands further from a dollar.
 *
 * What a dollar is worth in tenge is told by the other exchanges, where both coins agree there, else by the National
 * Bank. The coin that stands at least twice as near to it as the other, and within the band in which two sources of
 * one price may disagree, keeps its peg. Where no dollar is known, or both coins are about as far from it, both are
 * refused.
 */
export function keepsPeg(
  at: { readonly exchange: string; readonly asset: string },
  books: Books,
  given: { readonly limits: GuardLimits; readonly official: Rate | undefined },
): boolean {
  const { limits } = given
  const band = limits.pegBandBasisPoints.get(at.asset)
  if (band === undefined) return true
  const pegged = books.filter(({ pair }) => isPegPair(pair, at.asset, limits))
  const own = pegged.filter(({ exchange }) => exchange === at.exchange)
  const broken = (own.length > 0 ? own : pegged).filter((book) => !isOnPeg(book, band))
  return broken.every((book) => isNearerToTheDollar(at.asset, book, { ...given, books, band }))
}

/** Does this price of one stablecoin in another stand within the band, each side of the book? */
export function isOnPeg(price: Pick<RateSource, 'bid' | 'ask'>, bandBasisPoints: number): boolean {
  return [price.bid, price.ask].every((side) => distanceInBasisPoints(side, ONE) <= bandBasisPoints)
}

/** A pegged coin priced in USDT, where `asset` is one of the two. */
function isPegPair(pair: string, asset: string, { pegBandBasisPoints }: GuardLimits): boolean {
  const [base = '', quote = ''] = pair.split('/')
  const arePegged = pegBandBasisPoints.has(base) && pegBandBasisPoints.has(quote)
  return arePegged && (asset === base || asset === quote)
}

function isNearerToTheDollar(
  asset: string,
  broken: RateSource,
  given: {
    readonly books: Books
    readonly limits: GuardLimits
    readonly official: Rate | undefined
    readonly band: number
  },
): boolean {
  const dollar = dollarInTenge(broken, given)
  const tenge = tengeOf(given.books, broken.exchange)
  if (dollar === undefined || tenge === undefined) return false
  const quoteCoin = midOf(tenge)
  const baseCoin = crossRate(midOf(broken), quoteCoin)
  const [ours, other] = asset === 'USDT' ? [quoteCoin, baseCoin] : [baseCoin, quoteCoin]
  const distance = distanceInBasisPoints(ours, dollar)
  return (
    distance <= given.limits.medianBandBasisPoints &&
    2 * distance <= distanceInBasisPoints(other, dollar)
  )
}

function dollarInTenge(
  broken: RateSource,
  { books, official, band }: { books: Books; official: Rate | undefined; band: number },
): Rate | undefined {
  const told = booksOf(books, broken.pair)
    .filter((book) => book.exchange !== broken.exchange && isOnPeg(book, band))
    .flatMap(({ exchange }) => books.filter((book) => isTenge(book) && book.exchange === exchange))
  return told.length > 0 ? medianOf(told.map(midOf)) : official
}

/** The price of USDT in tenge at an exchange, or where it has none, at the first that has. */
function tengeOf(books: Books, exchange: string): RateSource | undefined {
  const all = books.filter(isTenge)
  return all.find((book) => book.exchange === exchange) ?? all[0]
}

function isTenge({ pair }: RateSource): boolean {
  return pair === 'USDT/KZT'
}

function midOf({ bid, ask }: Pick<RateSource, 'bid' | 'ask'>): Rate {
  return midRate(bid, ask)
}

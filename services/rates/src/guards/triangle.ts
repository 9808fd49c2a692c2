import type { RateSource } from '@tolem/domain/quote'
import { crossRate } from '@tolem/money/rate'
import { type Books, booksOf } from './books.ts'
import { distanceOfTicks } from './tick.ts'

/** A coin's own tenge book, and the same price by way of USDT. */
type Triangle = readonly [
  direct: Pick<RateSource, 'bid' | 'ask'>,
  through: Pick<RateSource, 'bid' | 'ask'>,
]

/**
 * Does a price that no other exchange has agree with what the other books say by way of USDT? `BTC/KZT` is compared
 * with `BTC/USDT` × `USDT/KZT`, and each of these two with the third in the same way. It is refused when at least half
 * of all ways that there are contradict it; where there is none it has nothing to be compared with.
 */
export function agreesThroughUsdt(
  source: RateSource,
  books: Books,
  bandBasisPoints: number,
): boolean {
  const triangles = trianglesWith(source, books)
  const far = triangles.filter(
    ([direct, through]) => distanceOfTicks(through, direct) > bandBasisPoints,
  )
  return far.length === 0 || far.length * 2 < triangles.length
}

/** Do the other books say anything about a price by way of USDT? */
export function isComparedThroughUsdt(source: RateSource, books: Books): boolean {
  return trianglesWith(source, books).length > 0
}

function trianglesWith(source: RateSource, books: Books): readonly Triangle[] {
  const [base = '', quote = ''] = source.pair.split('/')
  const tenge = booksOf(books, 'USDT/KZT')
  if (source.pair === 'USDT/KZT') return trianglesOver(source, books)
  if (quote === 'USDT')
    return booksOf(books, `${base}/KZT`).flatMap((direct) =>
      tenge.map((through): Triangle => [direct, cross(source, through)]),
    )
  return booksOf(books, `${base}/USDT`).flatMap((first) =>
    tenge.map((second): Triangle => [source, cross(first, second)]),
  )
}

function trianglesOver(tenge: RateSource, books: Books): readonly Triangle[] {
  return books
    .filter(({ pair }) => pair.endsWith('/USDT'))
    .flatMap((first) =>
      booksOf(books, first.pair.replace('/USDT', '/KZT')).map(
        (direct): Triangle => [direct, cross(first, tenge)],
      ),
    )
}

function cross(
  first: Pick<RateSource, 'bid' | 'ask'>,
  second: Pick<RateSource, 'bid' | 'ask'>,
): Pick<RateSource, 'bid' | 'ask'> {
  return { bid: crossRate(first.bid, second.bid), ask: crossRate(first.ask, second.ask) }
}

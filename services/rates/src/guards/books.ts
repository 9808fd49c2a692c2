import type { RateSource } from '@tolem/domain/quote'

/** All prices that may be compared with: accepted as last heard, and heard lately. */
export type Books = readonly RateSource[]

/** Those of one pair. */
export function booksOf(books: Books, pair: string): Books {
  return books.filter((book) => book.pair === pair)
}

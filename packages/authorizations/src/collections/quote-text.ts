import type { Quote } from '@tolem/domain/quote'
import { amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'

/** A quote as JSON keeps it: amounts are texts, because a JSON number would round them. */
type QuoteJson = Omit<Quote, 'billing' | 'fee' | 'debit' | 'spread'> & {
  readonly asset: CryptoAsset
  readonly billing: string
  readonly fee: string
  readonly debit: string
  readonly spread: string
}

/** A quote as a row keeps it for ever. */
export function writeQuote(quote: Quote): string {
  return JSON.stringify(quote, (_key, value) => (typeof value === 'bigint' ? String(value) : value))
}

/**
 * A quote out of a row. Only our own bytes stand there, so their shape is known.
 *
 * @throws {SyntaxError} when the row holds no quote.
 */
export function readQuote(text: string): Quote {
  const { billing, fee, debit, spread, ...quote }: QuoteJson = JSON.parse(text)
  return {
    ...quote,
    billing: amountOf('KZT', BigInt(billing)),
    fee: amountOf('KZT', BigInt(fee)),
    debit: amountOf(quote.asset, BigInt(debit)),
    spread: amountOf('KZT', BigInt(spread)),
  }
}

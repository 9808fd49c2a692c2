import type { Quote } from '@tolem/domain/quote'
import { amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'

/** A quote as a row keeps it for ever, by `toJson`: amounts are texts. */
type QuoteJson = Omit<Quote, 'billing' | 'fee' | 'debit' | 'spread'> & {
  readonly asset: CryptoAsset
  readonly billing: string
  readonly fee: string
  readonly debit: string
  readonly spread: string
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

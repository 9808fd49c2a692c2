import type { Amount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Rate } from '@tolem/money/rate'
import type { ExchangeId, QuoteId } from './ids.ts'

/** One order book that a price came from. Times are milliseconds since the epoch, of our own clock at receipt. */
export type RateSource = {
  readonly exchange: ExchangeId
  readonly pair: string
  readonly bid: Rate
  readonly ask: Rate
  readonly observedAt: number
}

/**
 * A firm price for one authorization, kept with it for ever. The cardholder pays `billing + fee` tenge at `applied`,
 * which is the bid lowered by the spread; `debit` is that in crypto, rounded up to the venue's step.
 */
export type Quote = {
  readonly id: QuoteId
  readonly exchange: ExchangeId
  readonly asset: CryptoAsset
  readonly billing: Amount<'KZT'>
  readonly fee: Amount<'KZT'>
  readonly debit: Amount<CryptoAsset>
  /** What `debit` is worth at the bid beyond `billing + fee`: our margin, the step's rounding included. */
  readonly spread: Amount<'KZT'>
  readonly spreadBasisPoints: number
  readonly mid: Rate
  readonly bid: Rate
  readonly applied: Rate
  /** When the oldest of its sources was received. */
  readonly observedAt: number
  readonly ageMs: number
  readonly sources: readonly RateSource[]
}

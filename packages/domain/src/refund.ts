import type { Amount } from '@tolem/money/amount'
import type { NetworkKey, OriginalReference } from './authorization.ts'
import type { BankId, CardToken } from './ids.ts'

/** A refund: the merchant gives money back after the fact, and it becomes crypto again. */
export type RefundRequest = {
  readonly bank: BankId
  /** The authorization whose money comes back; absent where the acquirer does not know it. */
  readonly original: OriginalReference | undefined
  readonly cardToken: CardToken
  readonly amount: Amount<'KZT'>
  readonly networkKey: NetworkKey
  readonly fingerprint: Buffer
}

/** At which rate a matched refund becomes crypto: the one that the cardholder paid, or the present one. */
export const REFUND_RATES = ['original', 'present'] as const
export type RefundRate = (typeof REFUND_RATES)[number]

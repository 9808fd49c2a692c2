import type { Amount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { FundingDebit, OpenExposure, Tenge } from './hold.ts'
import type { AuthorizationId, BankId, ClearingId, MovementReference, RefundId } from './ids.ts'

/**
 * What goes back of one debit: `amount` of crypto to the wallet, and of the tenge that the debit had paid for, `billing`,
 * `fee` and `spread`. `reference` names the credit; there is none where it all comes to no crypto.
 */
export type CreditIntent = {
  /** As it was before. */
  readonly debit: FundingDebit
  readonly reference: MovementReference | undefined
  readonly amount: Amount<CryptoAsset>
  readonly billing: Tenge
  readonly fee: Tenge
  readonly spread: Tenge
}

/** What of an exposure is not owed any more. */
export type ExposureCut = {
  /** As it was before. */
  readonly exposure: OpenExposure
  readonly amount: Tenge
}

/**
 * What becomes of one part of a hold. `raised` is what the approval grows by without a debit: an exposure covers it.
 * `uncovered` is the share of `released` (or, in a refund, of `refunded`) that neither a debit nor an exposure had to
 * pay for any more, because a refund had already taken that back.
 */
export type PartChange = {
  readonly id: AuthorizationId
  readonly isFinal: boolean
  readonly raised: Tenge
  readonly released: Tenge
  readonly cleared: Tenge
  readonly refunded: Tenge
  /** What the part had released before: tells the journals of several releases apart. */
  readonly releasedBefore: Tenge
  readonly credits: readonly CreditIntent[]
  readonly cuts: readonly ExposureCut[]
  readonly uncovered: Tenge
}

/** What one message or one moment does to a hold: the parts that change, in the hold's order. */
export type HoldChange = readonly PartChange[]

/** Whose hold changes, and what for: what journals are named after. */
export type HoldCause = { readonly bank: BankId } & (
  | { readonly kind: 'release' }
  | { readonly kind: 'clearing'; readonly id: ClearingId }
  | { readonly kind: 'advice'; readonly id: AuthorizationId }
  | { readonly kind: 'refund'; readonly id: RefundId }
)

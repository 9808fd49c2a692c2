import type { Amount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { AuthorizationId, ExchangeId, ExposureId, MovementReference } from './ids.ts'

/** Tenge in tiyn. */
type Tenge = Amount<'KZT'>

/**
 * An executed debit that paid for a part of a hold. `released` is how much of `billing` was given up again, and
 * `credited` how much of `amount` went or will go back for whatever reason. `step` is the smallest amount that its rail
 * moves.
 */
export type FundingDebit = {
  readonly reference: MovementReference
  readonly exchange: ExchangeId
  readonly asset: CryptoAsset
  readonly step: bigint
  readonly amount: Amount<CryptoAsset>
  readonly credited: Amount<CryptoAsset>
  readonly billing: Tenge
  readonly fee: Tenge
  readonly spread: Tenge
  readonly released: Tenge
}

/** What is still owed of a hold and was never debited. */
export type OpenExposure = { readonly id: ExposureId; readonly owed: Tenge }

/**
 * One approved row of a hold: the first authorization, or one of its increments. Open is what is neither released nor
 * cleared. `credits` is how many credits there are already: the next one's ordinal is one more.
 */
export type HoldPart = {
  readonly id: AuthorizationId
  readonly approved: Tenge
  readonly released: Tenge
  readonly cleared: Tenge
  readonly refunded: Tenge
  readonly isFinal: boolean
  readonly credits: number
  /** In the order in which they were made. */
  readonly debits: readonly FundingDebit[]
  readonly exposures: readonly OpenExposure[]
}

/** Everything that one authorization holds: itself first, then its approved increments in the order of receipt. */
export type Hold = readonly [HoldPart, ...HoldPart[]]

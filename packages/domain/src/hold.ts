import { type Amount, add, amountOf, subtract } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Rate } from '@tolem/money/rate'
import type { AuthorizationId, ExchangeId, ExposureId, MovementReference } from './ids.ts'

/** Tenge in tiyn. */
export type Tenge = Amount<'KZT'>

/** Why nothing of a hold is open any more. */
export const CLOSED_AS = ['reversed', 'cleared', 'expired'] as const
export type ClosedAs = (typeof CLOSED_AS)[number]

/**
 * An executed debit that paid for a part of a hold. `released` is how much of `billing` was given up again, and
 * `credited` how much of `amount` went or will go back for whatever reason. `step` is the smallest amount that its rail
 * moves, and `rate` the one that its quote applied.
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
  readonly rate: Rate
}

/**
 * What is still owed of a hold and was never debited. `cancelled` is how much of it was cancelled before: it grows with
 * every cancellation, so it tells their journals apart.
 */
export type OpenExposure = {
  readonly id: ExposureId
  readonly owed: Tenge
  readonly cancelled: Tenge
}

/**
 * One approved row of a hold: the first authorization, or one of its increments. Open is what is neither released nor
 * cleared. `credits` is the highest ordinal that a credit of it bears already: the next one's is one more.
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

/** What a part still holds: neither released nor cleared. */
export function openOf({ approved, released, cleared }: HoldPart): Tenge {
  return subtract(approved, add(released, cleared))
}

/** How much of a part a refund may still bring back. */
export function refundableOf({ approved, released, refunded }: HoldPart): Tenge {
  const kept = subtract(approved, released)
  return subtract(kept, kept < refunded ? kept : refunded)
}

/** The sum of one amount over the parts of a hold. */
export function total(parts: readonly HoldPart[], amountOfPart: (part: HoldPart) => Tenge): Tenge {
  return parts.reduce<Tenge>((sum, part) => add(sum, amountOfPart(part)), NO_TENGE)
}

/** Nothing. */
export const NO_TENGE: Tenge = amountOf('KZT', 0n)

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
 * An executed debit that paid for a part of a hold. `released` is how much of `billing` was given up again, `refunded`
 * how much of it was refunded at the rate that it paid, and `credited` how much of `amount` went or will go back for
 * whatever reason. What was refunded may be released afterwards: the two together may exceed `billing`. `step` is the
 * smallest amount that its rail moves, and `rate` the one that its quote applied.
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
  readonly refunded: Tenge
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

/**
 * What can happen to an authorization and to what follows it, and who is told by itself: the bank and the operators, or
 * the operators alone. The list is closed, and a part of the API.
 */
export const EVENT_AUDIENCES = {
  /** An approval is on record; the detail names its outcome where that is not plain. */
  approved: 'bank',
  /** A decline is on record, with its reason. */
  declined: 'bank',
  /** An approval that reached nobody became a decline, with its reason. */
  withdrawn: 'bank',
  /** A later message came while it was being decided: it will be declined, with the reason. */
  stopped: 'bank',
  /** The bank decided in our place; the detail is why. */
  advised: 'bank',
  /** An advice changed what is held; the detail is the advice. */
  adjusted: 'bank',
  /** A presentment claimed a part; the detail is the clearing. */
  cleared: 'bank',
  /** Clearing of what was never approved; the detail is the clearing. */
  force_posted: 'bank',
  /** A reversal undid it. */
  reversed: 'bank',
  /** A reversal released a part; the detail is how much, in tiyn. */
  partially_reversed: 'bank',
  /** Its time was over: what was open is released. */
  expired: 'bank',
  /** A refund was granted; the detail is the refund. */
  refunded: 'bank',
  /** Crypto is back in the wallet; the detail is the movement. */
  credited: 'bank',
  /** What was owed was debited; the detail is the movement. */
  exposure_collected: 'bank',
  /** The exchange executed a debit after it had been given up; it is credited. The detail is the movement. */
  debit_executed_late: 'operators',
  /** A debit in doubt certainly did not happen; the detail is the movement. */
  debit_refused: 'operators',
  /** A debit of what is owed did not happen; the detail is the movement. */
  collection_refused: 'operators',
  /** A movement is open for too long; the detail is the movement. */
  movement_escalated: 'operators',
  /** What is owed is not collected for too long; the detail says what the last try met. */
  exposure_escalated: 'operators',
} as const satisfies Readonly<Record<string, 'bank' | 'operators'>>

/** What happened to an authorization: one of a closed list. */
export type EventKind = keyof typeof EVENT_AUDIENCES

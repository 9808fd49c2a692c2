import type { Amount } from '@tolem/money/amount'
import type { NetworkKey, OriginalReference } from './authorization.ts'
import type { BankId } from './ids.ts'

/** Why a bank reverses: the 4000 series of reason codes (DE25), by jPOS-CMF's words. */
export const REVERSAL_REASONS = [
  'customer_cancellation',
  'suspected_malfunction',
  'completed_partially',
  'original_amount_incorrect',
  'response_received_too_late',
  'no_response',
  'not_delivered_to_terminal',
  'no_cash_dispensed',
  'authorization_expired',
] as const
export type ReversalReason = (typeof REVERSAL_REASONS)[number]

/** What a reversal found and did. All of them are answered 00: a reversal is never refused for business reasons. */
export const REVERSAL_OUTCOMES = [
  /** What was still held is credited back within seconds; nothing is held any more. */
  'reversed',
  /** The amount was lowered to what the reversal says; the difference is credited back. */
  'partially_reversed',
  /** An earlier reversal had already undone as much, or more. */
  'already_reversed',
  /** All of it has been cleared: giving it back is a refund's matter. */
  'already_cleared',
  /** It was declined, or its hold had expired: there is nothing to undo. */
  'nothing_to_reverse',
  /** It is being decided now and will be declined. */
  'stopped',
  /** It has not arrived yet and will be declined when it does. */
  'recorded_before_original',
] as const
export type ReversalOutcome = (typeof REVERSAL_OUTCOMES)[number]

/** A reversal as we understood it. */
export type ReversalRequest = {
  readonly bank: BankId
  readonly original: OriginalReference
  readonly reason: ReversalReason
  /** What the original shall amount to from now on, increments included (DE95); absent: nothing, a full reversal. */
  readonly replacement: Amount<'KZT'> | undefined
  readonly networkKey: NetworkKey
  readonly fingerprint: Buffer
}

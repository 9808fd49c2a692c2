import type { NetworkKey } from './authorization.ts'
import type { AuthorizationId, BankId } from './ids.ts'

/** Why a bank reverses: full reversals of the 4000 series of reason codes (DE25), by jPOS-CMF's words. */
export const REVERSAL_REASONS = [
  'customer_cancellation',
  'suspected_malfunction',
  'response_received_too_late',
  'no_response',
  'not_delivered_to_terminal',
] as const
export type ReversalReason = (typeof REVERSAL_REASONS)[number]

/** What a reversal found and did. All of them are answered 00: a reversal is never refused for business reasons. */
export const REVERSAL_OUTCOMES = [
  /** The authorization was approved; its debit is credited back within seconds. */
  'reversed',
  /** An earlier reversal had already undone it. */
  'already_reversed',
  /** It was declined: there is nothing to undo. */
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
  readonly original:
    | { readonly kind: 'by_id'; readonly authorizationId: AuthorizationId }
    | { readonly kind: 'by_key'; readonly networkKey: NetworkKey }
  readonly reason: ReversalReason
  readonly networkKey: NetworkKey
  readonly fingerprint: Buffer
}

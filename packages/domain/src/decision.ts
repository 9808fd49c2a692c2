/**
 * Every reason for which an authorization is declined, in order of precedence: where several apply, only the first is
 * answered. What is counted (daily and monthly limits) is known only under lock, and is asked only where nothing
 * known in memory declined first. The list is closed; a new reason does not compile until it has a response code and
 * messages.
 */
export const DECLINE_REASONS = [
  'unknown_card',
  'card_expired',
  'card_lost',
  'card_stolen',
  'card_frozen',
  'card_closed',
  'card_not_activated',
  'wallet_not_linked',
  'exchange_not_licensed',
  'exchange_not_permitted',
  'transaction_type_not_permitted',
  'channel_not_permitted',
  'merchant_category_not_permitted',
  'country_not_permitted',
  'currency_not_supported',
  'invalid_amount',
  'original_not_found',
  'original_closed',
  'refund_exceeds_original',
  'amount_limit_exceeded',
  'count_limit_exceeded',
  'asset_suspended',
  'rate_unavailable',
  'rate_unsafe',
  'insufficient_funds',
  'exchange_refused',
  'exchange_unavailable',
  'exchange_in_doubt',
  'deadline_exceeded',
  'reversed_before_authorization',
  'cleared_before_authorization',
  'advised_before_authorization',
  'system_malfunction',
] as const

/** Why we decline, in our own closed words. */
export type DeclineReason = (typeof DECLINE_REASONS)[number]

/** The reason that is answered where several apply; nothing where none does. */
export function firstReason<Reason extends DeclineReason>(
  reasons: readonly Reason[],
): Reason | undefined {
  return reasons.toSorted(
    (left, right) => DECLINE_REASONS.indexOf(left) - DECLINE_REASONS.indexOf(right),
  )[0]
}

/** Reasons for which a request is declined although it was or would have been approved: a later message came first. */
export type OvertakenReason = Extract<DeclineReason, `${string}_before_authorization`>

/**
 * Approvals that have response codes of their own. `verified`: an account verification, in which nothing moves;
 * `approved_without_cashback`: the purchase, but not the cash.
 */
export const APPROVAL_OUTCOMES = [
  'approved',
  'partially_approved',
  'verified',
  'approved_without_cashback',
] as const
export type ApprovalOutcome = (typeof APPROVAL_OUTCOMES)[number]

/** What the cardholder's bank is told. */
export type Decision = 'approved' | 'partially_approved' | 'declined'

/** All six-character codes of digits and capitals (DE38 is an6). */
const CODES = 36n ** 6n

/** Coprime to 36, so that consecutive numbers visit every code once, far apart, before one comes again. */
const STRIDE = 1_500_450_271n

/** Six letters or digits, unique among two thousand million authorizations. */
export function toApprovalCode(approvalNumber: bigint): string {
  const code = (approvalNumber * STRIDE) % CODES
  return code.toString(36).toUpperCase().padStart(6, '0')
}

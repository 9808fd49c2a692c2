import type { AdviceOutcome, AdviceReason } from '@tolem/domain/advice'
import type { ClearingOutcome } from '@tolem/domain/clearing'
import type { ApprovalOutcome, DeclineReason } from '@tolem/domain/decision'
import type { ReversalOutcome, ReversalReason } from '@tolem/domain/reversal'

/** What a bank's processor best does after a decline. */
type Retry = 'never' | 'later' | 'at once'

/** One decline in words: when it is answered, and whether asking again can help. */
type DeclineNote = { readonly meaning: string; readonly retry: Retry }

const never = (meaning: string): DeclineNote => ({ meaning, retry: 'never' })
const later = (meaning: string): DeclineNote => ({ meaning, retry: 'later' })
const atOnce = (meaning: string): DeclineNote => ({ meaning, retry: 'at once' })

/** Every decline, in words. `at once` means a new message under a new network key: a declined one stays declined. */
export const DECLINE_NOTES = {
  unknown_card: never('the bank never provisioned this card token'),
  card_expired: never('its last month is over'),
  card_lost: never('the bank says so'),
  card_stolen: never('the bank says so'),
  card_frozen: later('the bank or the cardholder froze it'),
  card_closed: never('the bank closed it'),
  card_not_activated: later('the bank has not activated it yet'),
  wallet_not_linked: later('no wallet is linked'),
  exchange_not_licensed: never('the exchange has no valid licence today'),
  exchange_not_permitted: never('programme, bank or card does not permit the exchange'),
  transaction_type_not_permitted: never('programme, bank or card does not permit the type'),
  channel_not_permitted: never('programme, bank or card does not permit the terminal’s type'),
  merchant_category_not_permitted: never('programme, bank or card does not permit the category'),
  country_not_permitted: never('programme, bank or card does not permit the country'),
  currency_not_supported: never('not in tenge, and without a billing amount'),
  invalid_amount: never('zero where money is asked for, or not zero in a verification'),
  original_not_found: never('no authorization is known by that id or key'),
  original_closed: never('it was declined, reversed, cleared or has expired'),
  refund_exceeds_original: never('more than was paid and not yet given back'),
  amount_limit_exceeded: later('a limit or cap of card, bank or programme is reached'),
  count_limit_exceeded: later('a limit of the number of operations is reached'),
  asset_suspended: later('none of the wallet’s assets may be used now'),
  rate_unavailable: later('no fresh rate'),
  rate_unsafe: later('the rates disagree, jump, or a stablecoin has lost its peg'),
  insufficient_funds: later('the wallet does not hold enough'),
  exchange_refused: later('the exchange refused for a reason of its own'),
  exchange_unavailable: atOnce('the exchange was not reached; nothing was debited'),
  exchange_in_doubt: later('the exchange did not answer; a debit that happened is credited back'),
  deadline_exceeded: atOnce('too little of the response budget was left'),
  reversed_before_authorization: never('its reversal came first'),
  cleared_before_authorization: never('its clearing came first, and was force-posted'),
  advised_before_authorization: never('the bank’s own decision came first'),
  system_malfunction: atOnce('a mistake of ours'),
} as const satisfies Record<DeclineReason, DeclineNote>

/** Every approval that has a response code of its own. */
export const APPROVAL_NOTES = {
  approved: 'for all that was asked',
  partially_approved: 'for less; only where the terminal supports it',
  verified: 'an account verification: the card would pay',
  approved_without_cashback: 'the goods, but not the cash',
} as const satisfies Record<ApprovalOutcome, string>

/** Why a bank decides in our place. */
export const ADVICE_REASON_NOTES = {
  issuer_option: 'the bank chose to stand in',
  issuer_timed_out: 'we had not answered in time',
  issuer_unavailable: 'we were not reached',
  under_floor_limit: 'small enough not to ask',
} as const satisfies Record<AdviceReason, string>

/** What an advice did. */
export const ADVICE_OUTCOME_NOTES = {
  approved: 'owed from now on, and debited after the answer',
  declined: 'recorded; its original, if it was being decided, is stopped',
  already_approved: 'we had approved the original for as much: nothing more moves',
  already_reversed: 'its reversal came first: nothing moves',
} as const satisfies Record<AdviceOutcome, string>

/** Why a bank reverses. */
export const REVERSAL_REASON_NOTES = {
  customer_cancellation: 'the cardholder changed their mind',
  suspected_malfunction: 'the terminal doubts itself',
  completed_partially: 'less was delivered, or less cash was dispensed',
  original_amount_incorrect: 'another amount was meant',
  response_received_too_late: 'our answer came after the terminal’s time was up',
  no_response: 'no answer came',
  not_delivered_to_terminal: 'the answer could not be handed on',
  no_cash_dispensed: 'the machine gave nothing',
  authorization_expired: 'the bank ends the hold early: it is closed as expired',
} as const satisfies Record<ReversalReason, string>

/** What a reversal found and did. */
export const REVERSAL_OUTCOME_NOTES = {
  reversed: 'nothing is held any more',
  partially_reversed: 'lowered to the replacement amount',
  already_reversed: 'an earlier reversal had undone as much, or more',
  already_cleared: 'all of it is cleared: send a refund',
  nothing_to_reverse: 'it was declined, has expired, or is not known by that id',
  stopped: 'it is being decided and will be declined',
  recorded_before_original: 'it has not arrived and will be declined when it does',
} as const satisfies Record<ReversalOutcome, string>

/** What a presentment found. */
export const CLEARING_OUTCOME_NOTES = {
  cleared: 'what was held covered it',
  cleared_beyond_hold: 'the rest is collected from the wallet afterwards',
  force_posted: 'no authorization stood: all of it is collected afterwards',
} as const satisfies Record<ClearingOutcome, string>

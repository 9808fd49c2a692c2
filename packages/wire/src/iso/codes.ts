import type { AdviceReason } from '@tolem/domain/advice'
import type { AuthorizationType, EntryMode, TerminalType } from '@tolem/domain/authorization'
import type { ReversalReason } from '@tolem/domain/reversal'

/** DE3, first two digits: what is done. The accounts behind them are left open (0000). */
export const PROCESSING_CODES = {
  purchase: '00',
  cash_withdrawal: '01',
  purchase_with_cashback: '09',
  quasi_cash: '11',
  account_verification: '33',
} as const satisfies Record<AuthorizationType, string>

/** DE3 of a refund. */
export const REFUND_PROCESSING_CODE = '200000'

/** DE3 of a balance inquiry. */
export const BALANCE_PROCESSING_CODE = '300000'

/** DE70 of an echo. */
export const ECHO_MANAGEMENT_CODE = '301'

/** DE22, first two digits. */
export const ENTRY_MODE_CODES = {
  manual: '01',
  chip: '05',
  contactless: '07',
  credential_on_file: '10',
  fallback: '80',
  ecommerce: '81',
  magnetic_stripe: '90',
} as const satisfies Record<EntryMode, string>

/** DE22 that other processors write for the same: read, never written. */
export const OTHER_ENTRY_MODE_CODES: Readonly<Record<string, EntryMode>> = {
  '02': 'magnetic_stripe',
  '91': 'contactless',
}

/** DE25 as of 1987. An ATM is a terminal that its customer works alone, so 02 reads back as `unattended`. */
export const CONDITION_CODES = {
  pos: '00',
  unattended: '02',
  atm: '02',
  mail_or_phone: '08',
  ecommerce: '59',
} as const satisfies Record<TerminalType, string>

/** DE25 of a preauthorized request. */
export const PREAUTHORIZATION_CONDITION = '06'

/** DE25 of an advice: the 1000 series of jPOS-CMF. */
export const ADVICE_REASON_CODES = {
  issuer_option: '1000',
  issuer_timed_out: '1002',
  issuer_unavailable: '1003',
  under_floor_limit: '1006',
} as const satisfies Record<AdviceReason, string>

/** DE25 of a reversal: the 4000 series of jPOS-CMF. */
export const REVERSAL_REASON_CODES = {
  customer_cancellation: '4000',
  suspected_malfunction: '4002',
  completed_partially: '4004',
  original_amount_incorrect: '4005',
  response_received_too_late: '4006',
  not_delivered_to_terminal: '4013',
  no_cash_dispensed: '4017',
  no_response: '4021',
  authorization_expired: '4351',
} as const satisfies Record<ReversalReason, string>

import { DECLINE_REASONS, type DeclineReason } from '@tolem/domain/decision'

/** ISO 8583 field 39. */
export type ResponseCode = string

/** Approved. */
export const APPROVED: ResponseCode = '00'

/** The common table, in ISO 8583 (1987) codes; a bank whose scheme differs overrides it in the programme. */
export const RESPONSE_CODES = {
  unknown_card: '14',
  card_expired: '54',
  card_lost: '41',
  card_stolen: '43',
  card_frozen: '62',
  card_closed: '14',
  card_not_activated: '78',
  wallet_not_linked: '78',
  exchange_not_licensed: '57',
  transaction_type_not_permitted: '57',
  channel_not_permitted: '58',
  merchant_category_not_permitted: '57',
  country_not_permitted: '62',
  currency_not_supported: '12',
  invalid_amount: '13',
  amount_limit_exceeded: '61',
  count_limit_exceeded: '65',
  asset_suspended: '57',
  rate_unavailable: '91',
  rate_unsafe: '91',
  insufficient_funds: '51',
  exchange_refused: '05',
  exchange_unavailable: '91',
  exchange_in_doubt: '91',
  deadline_exceeded: '91',
  reversed_before_authorization: '05',
  system_malfunction: '96',
} as const satisfies Record<DeclineReason, ResponseCode>

/** What ISO 8583 (1987) field 39 says of approvals: with identification, partial, of a VIP, and with a track update. */
const APPROVALS = new Set([APPROVED, '08', '10', '11', '16'])

/** The response code of each reason for one bank. */
export type ResponseCodeTable = Readonly<Record<DeclineReason, ResponseCode>>

/**
 * A bank's own table over the common one.
 *
 * @throws {Error} naming every reason in `overrides` that does not exist, or that would be sent on as an approval.
 */
export function responseCodeTable(overrides: Readonly<Record<string, string>>): ResponseCodeTable {
  const unknown = Object.keys(overrides).filter(
    (reason) => !(DECLINE_REASONS as readonly string[]).includes(reason),
  )
  if (unknown.length > 0) throw new Error(`no such decline reason: ${unknown.join(', ')}`)
  const approving = Object.keys(overrides).filter((reason) =>
    APPROVALS.has(overrides[reason] ?? ''),
  )
  if (approving.length > 0)
    throw new Error(`a decline must not have the code of an approval: ${approving.join(', ')}`)
  return { ...RESPONSE_CODES, ...overrides }
}

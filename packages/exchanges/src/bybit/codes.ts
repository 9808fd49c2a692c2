import type { CodeMeaning } from '../verdict.ts'
import { meaningIn } from './gateway-codes.ts'

/** The endpoints of a mandate; one code can say different things at each. */
export type BybitPayEndpoint = 'pay' | 'refund'

type Row = readonly [
  name: string,
  pay: CodeMeaning,
  refund: CodeMeaning,
  /** Queries to which this code says that there is no such record. */
  notFoundFor?: readonly BybitPayEndpoint[],
]

/**
 * Every documented code of Bybit Pay's mandates (pay-docs, error-codes), by what it says about the movement that was
 * asked for; {@link meaningIn} adds those of the gateway. `unclear` is what another request under the same reference
 * can cause, what is documented for other endpoints only, and every fault of the exchange's own. A refund that exceeds
 * what is left is `unclear`, because our own earlier attempt may be what used it up.
 */
const CODES: Readonly<Record<string, Row>> = {
  '40000': ['PARAM_VALID_ERROR', 'misconfigured', 'misconfigured'],
  '40001': ['UNAUTHORIZED', 'misconfigured', 'misconfigured'],
  '40002': ['FORBIDDEN', 'misconfigured', 'misconfigured'],
  '40003': ['NOT_FOUND', 'misconfigured', 'misconfigured'],
  '40004': ['DUPLICATE_REQUEST', 'unclear', 'unclear'],
  '42900': ['TOO_MANY_REQUESTS', 'throttled', 'throttled'],
  '50000': ['SYSTEM_ERROR', 'unclear', 'unclear'],
  '50001': ['SERVICE_UNAVAILABLE', 'unclear', 'unclear'],
  '50002': ['DOWNSTREAM_ERROR', 'unclear', 'unclear'],
  '139001001': ['AGREEMENT_NOT_EXIST', 'refused', 'refused'],
  '139001002': ['AGREEMENT_EXPIRED', 'refused', 'unclear'],
  '139001003': ['AGREEMENT_UNSIGNED', 'refused', 'unclear'],
  '139001004': ['AGREEMENT_SUSPENDED', 'refused', 'refused'],
  '139001005': ['AGREEMENT_STATUS_INVALID', 'refused', 'refused'],
  '139001006': ['AGREEMENT_TEMPLATE_NOT_EXIST', 'misconfigured', 'misconfigured'],
  '139001007': ['AGREEMENT_ALREADY_SIGNED', 'unclear', 'unclear'],
  '139001008': ['SCENE_CODE_MISMATCH', 'unclear', 'unclear'],
  '139001009': ['MERCHANT_ID_MISMATCH', 'misconfigured', 'misconfigured'],
  '139001010': ['USER_ID_MISMATCH', 'refused', 'refused'],
  '139001011': ['AGREEMENT_USER_MISMATCH', 'refused', 'refused'],
  '139001012': ['SIGN_URL_EXPIRED', 'unclear', 'unclear'],
  '139001013': ['AGREEMENT_TYPE_MISMATCH', 'refused', 'refused'],
  '139002001': ['TRADE_NOT_EXIST', 'unclear', 'refused', ['pay', 'refund']],
  '139002002': ['QUOTA_EXCEEDED', 'refused', 'unclear'],
  '139002003': ['BALANCE_NOT_ENOUGH', 'insufficient_funds', 'insufficient_funds'],
  '139002004': ['TRADE_STATUS_INVALID', 'unclear', 'unclear'],
  '139002005': ['TRADE_PROCESSING', 'unclear', 'unclear'],
  '139003001': ['REFUND_AMOUNT_EXCEED', 'unclear', 'unclear'],
  '139003002': ['REFUND_NOT_ALLOW', 'unclear', 'unclear'],
  '139003003': ['REFUND_PROCESSING', 'unclear', 'unclear'],
  '139003004': ['REFUND_NOT_EXIST', 'unclear', 'unclear', ['refund']],
  '139004001': ['CHAIN_NOT_SUPPORTED', 'misconfigured', 'misconfigured'],
  '139004002': ['CURRENCY_NOT_SUPPORTED', 'refused', 'refused'],
  '139004003': ['EXCHANGE_RATE_EXPIRED', 'refused', 'refused'],
  '139004004': ['INVALID_AMOUNT', 'refused', 'refused'],
  '139004005': ['AMOUNT_EXCEED_SINGLE_LIMIT', 'refused', 'refused'],
  '139004006': ['AMOUNT_EXCEED_PERIOD_LIMIT', 'refused', 'refused'],
  '139004007': ['USER_LIMIT_EXCEED_MERCHANT', 'refused', 'refused'],
  '139004008': ['EXCEED_MERCHANT_QUOTA_LIMIT', 'refused', 'refused'],
  '139005001': ['RISK_REJECT', 'refused', 'refused'],
  '139005002': ['INVALID_SIGNATURE', 'misconfigured', 'misconfigured'],
  '139005003': ['INVALID_TIMESTAMP', 'clock_off', 'clock_off'],
  '139005004': ['KEY_NOT_FOUND', 'misconfigured', 'misconfigured'],
  '139006001': ['MERCHANT_NOT_EXIST', 'misconfigured', 'misconfigured'],
  '139006002': ['USER_NOT_EXIST', 'refused', 'refused'],
  '139006004': ['MERCHANT_SETTLEMENT_CONFIG_ERROR', 'misconfigured', 'misconfigured'],
}

const CODE_BY_NAME = new Map(Object.entries(CODES).map(([code, [name]]) => [name, code]))

/** What a `retCode` says about the movement, and how to tell operators; an unknown code is `unclear`. */
export function meaningOf(
  code: string,
  endpoint: BybitPayEndpoint,
): { readonly meaning: CodeMeaning; readonly label: string } {
  const row = Object.hasOwn(CODES, code) ? CODES[code] : undefined
  if (!row) return meaningIn({}, code)
  const [name, pay, refund] = row
  return { meaning: endpoint === 'pay' ? pay : refund, label: `${code} ${name}` }
}

/** The same for the `failure_reason` of a record, which carries a code's name. */
export function failureMeaningOf(reason: string, endpoint: BybitPayEndpoint) {
  return meaningOf(CODE_BY_NAME.get(reason) ?? 'of an undocumented failure', endpoint)
}

/** Does this code say that there is no record of a payment or refund under the reference that was asked for? */
export function isNotFound(code: string, endpoint: BybitPayEndpoint): boolean {
  return Object.hasOwn(CODES, code) && CODES[code]?.[3]?.includes(endpoint) === true
}

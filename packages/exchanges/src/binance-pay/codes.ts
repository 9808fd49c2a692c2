import type { UnpublishedCodes } from '../settings.ts'
import type { CodeMeaning } from '../verdict.ts'

/** What was asked for; one code can say different things to each. */
export type PayEndpoint = 'apply' | 'refund' | 'offer' | 'end'

type Row = {
  readonly name: string
  /** What it says wherever it comes. */
  readonly meaning: CodeMeaning
  /** Where it says something else. */
  readonly at?: { readonly [endpoint in PayEndpoint]?: CodeMeaning }
}

const misconfigured = (name: string): Row => ({ name, meaning: 'misconfigured' })
const unclear = (name: string): Row => ({ name, meaning: 'unclear' })

/**
 * Every code of Binance Pay that is published (Binance Pay, Common Rules; the contract's by a public client library),
 * by what it says about the movement or the contract that was asked for. What a repeat of our own may cause is
 * `unclear`, and so is a contract's code where no contract was named.
 */
const CODES: Readonly<Record<string, Row>> = {
  '400000': unclear('UNKNOWN_ERROR'),
  '400001': misconfigured('INVALID_REQUEST'),
  '400002': misconfigured('INVALID_SIGNATURE'),
  '400003': { name: 'INVALID_TIMESTAMP', meaning: 'clock_off' },
  '400004': misconfigured('INVALID_API_KEY_OR_IP'),
  '400005': misconfigured('BAD_API_KEY_FMT'),
  '400006': misconfigured('BAD_HTTP_METHOD'),
  '400007': misconfigured('MEDIA_TYPE_NOT_SUPPORTED'),
  '400008': misconfigured('INVALID_REQUEST_BODY'),
  '400100': misconfigured('MANDATORY_PARAM_EMPTY_OR_MALFORMED'),
  '400101': misconfigured('INVALID_PARAM_WRONG_LENGTH'),
  '400102': misconfigured('INVALID_PARAM_WRONG_VALUE'),
  '400103': misconfigured('INVALID_PARAM_ILLEGAL_CHAR'),
  '400104': misconfigured('INVALID_REQUEST_TOO_LARGE'),
  // Whether it also means a repeated one is not published.
  '400201': unclear('INVALID_MERCHANT_TRADE_NO'),
  '400203': { name: 'INVALID_ACCOUNT_STATUS', meaning: 'refused', at: { refund: 'unclear' } },
  '400206': misconfigured('SUB_MERCHANT_INVALID'),
  '400606': misconfigured('MERCHANT_ACCESS_FORBIDDEN'),
  '406207': {
    name: 'PAYMENT_DIRECT_DEBIT_CONTRACT_NOT_FOUND',
    meaning: 'unclear',
    at: { apply: 'refused', end: 'refused' },
  },
  // To a termination it may say that the contract is ended already: who ends one asks its query then.
  '406212': {
    name: 'PAYMENT_DIRECT_DEBIT_CONTRACT_NOT_SIGNED',
    meaning: 'unclear',
    at: { apply: 'refused' },
  },
  '100001001': unclear('SYSTEM_ABNORMALITY'),
}

const CONTRACT_NOT_FOUND = '406207'

/** What a code says about what was asked for, and how to tell operators; an unknown code is `unclear`. */
export function meaningOf(
  code: string,
  endpoint: PayEndpoint,
  unpublished: UnpublishedCodes = {},
): { readonly meaning: CodeMeaning; readonly label: string } {
  const row = Object.hasOwn(CODES, code) ? CODES[code] : undefined
  if (row) return { meaning: row.at?.[endpoint] ?? row.meaning, label: `${code} ${row.name}` }
  const isWant = endpoint === 'apply' && unpublished.insufficientFunds?.includes(code)
  if (isWant) return { meaning: 'insufficient_funds', label: `${code} as the programme names it` }
  return { meaning: 'unclear', label: `code ${code.slice(0, 20)}` }
}

/** Does this code say that there is no such order, refund or contract? Only a contract's is published. */
export function isNotFound(
  code: string,
  what: 'order' | 'refund' | 'contract',
  unpublished: UnpublishedCodes = {},
): boolean {
  switch (what) {
    case 'order':
      return unpublished.orderNotFound?.includes(code) === true
    case 'refund':
      return unpublished.refundNotFound?.includes(code) === true
    case 'contract':
      return code === CONTRACT_NOT_FOUND
  }
}

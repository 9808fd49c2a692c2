import type { CodeMeaning } from '../verdict.ts'

type Row = {
  readonly name: string
  readonly meaning: CodeMeaning
  /** The code says this only with this message; with any other it is `unclear`. */
  readonly onlyWith?: RegExp
}

const misconfigured = (name: string): Row => ({ name, meaning: 'misconfigured' })
const unclear = (name: string): Row => ({ name, meaning: 'unclear' })

/**
 * The error codes that a transfer between sub-accounts may answer, by what they say about the transfer: Binance Spot
 * API, Error Codes, and from -4026 on what Binance's other lists and users' reports name. The code of a repeated
 * clientTranId is not documented for this endpoint: whatever may be one is `unclear`, and so is everything that is not
 * named here. -2010 has one code for several things.
 */
const CODES: Readonly<Record<string, Row>> = {
  '-1000': unclear('UNKNOWN'),
  '-1001': unclear('DISCONNECTED'),
  '-1002': unclear('UNAUTHORIZED'),
  '-1003': { name: 'TOO_MANY_REQUESTS', meaning: 'throttled' },
  '-1006': unclear('UNEXPECTED_RESP'),
  '-1007': unclear('TIMEOUT'),
  '-1008': unclear('SERVER_BUSY'),
  '-1013': unclear('INVALID_MESSAGE'),
  '-1015': { name: 'TOO_MANY_ORDERS', meaning: 'throttled' },
  '-1021': misconfigured('INVALID_TIMESTAMP'),
  '-1022': misconfigured('INVALID_SIGNATURE'),
  '-1102': misconfigured('MANDATORY_PARAM_EMPTY_OR_MALFORMED'),
  '-1103': misconfigured('UNKNOWN_PARAM'),
  '-1111': misconfigured('BAD_PRECISION'),
  '-1121': misconfigured('BAD_SYMBOL'),
  '-2010': {
    name: 'NEW_ORDER_REJECTED',
    meaning: 'insufficient_funds',
    onlyWith: /insufficient balance/i,
  },
  '-2011': unclear('CANCEL_REJECTED'),
  '-2013': unclear('NO_SUCH_ORDER'),
  '-2014': misconfigured('BAD_API_KEY_FMT'),
  '-2015': misconfigured('REJECTED_MBX_KEY'),
  '-2026': unclear('ORDER_ARCHIVED'),
  '-4026': { name: 'USER_ASSET_NOT_ENOUGH', meaning: 'insufficient_funds' },
  '-4110': unclear('CLIENT_TRAN_ID_LENGTH'),
  '-4111': unclear('DUPLICATED_CLIENT_TRAN_ID'),
  '-4114': unclear('CLIENT_TRAN_ID_LENGTH'),
  '-4115': unclear('DUPLICATED_CLIENT_TRAN_ID'),
  '-5002': { name: 'INSUFFICIENT_BALANCE', meaning: 'insufficient_funds' },
  '-5013': { name: 'ASSET_TRANSFER_FAILED', meaning: 'insufficient_funds' },
  '-9000': { name: 'NO_AVAILABLE_AMOUNT', meaning: 'insufficient_funds' },
  '100001002': unclear('UNSUPPORTED_OPERATION'),
}

/** What an error says about the transfer, and how to tell operators. */
export function meaningOf(error: { readonly code: string; readonly msg: string }): {
  readonly meaning: CodeMeaning
  readonly label: string
} {
  const row = Object.hasOwn(CODES, error.code) ? CODES[error.code] : undefined
  if (!row) return { meaning: 'unclear', label: `code ${error.code.slice(0, 20)}` }
  const isSure = !row.onlyWith || row.onlyWith.test(error.msg)
  return { meaning: isSure ? row.meaning : 'unclear', label: `${error.code} ${row.name}` }
}

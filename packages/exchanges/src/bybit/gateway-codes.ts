import type { CodeMeaning } from '../verdict.ts'

/** A code's name and what it says about the request that it answers. */
export type CodeRow = readonly [name: string, meaning: CodeMeaning]

/**
 * The codes of the V5 gateway in front of every product (Bybit V5, Error Codes, UTA). It checks a request before any
 * product sees it; only time-outs, its own faults and what another request under the same id can cause are `unclear`.
 */
export const GATEWAY_CODES: Readonly<Record<string, CodeRow>> = {
  '-1': ['REQUEST_EXPIRED', 'clock_off'],
  '429': ['TRADING_SERVICE_BUSY', 'unclear'],
  '10000': ['SERVER_TIMEOUT', 'unclear'],
  '10001': ['PARAMETER_ERROR', 'misconfigured'],
  '10002': ['TIME_WINDOW', 'clock_off'],
  '10003': ['KEY_INVALID', 'misconfigured'],
  '10004': ['SIGN_ERROR', 'misconfigured'],
  '10005': ['PERMISSION_DENIED', 'misconfigured'],
  '10006': ['TOO_MANY_VISITS', 'throttled'],
  '10007': ['AUTHENTICATION_FAILED', 'misconfigured'],
  '10008': ['COMMON_BANNED', 'misconfigured'],
  '10009': ['REGION_FORBIDDEN', 'misconfigured'],
  '10010': ['IP_NOT_ALLOWED', 'misconfigured'],
  '10014': ['INVALID_DUPLICATE_REQUEST', 'unclear'],
  '10016': ['SERVER_ERROR', 'unclear'],
  '10017': ['ROUTE_NOT_FOUND', 'misconfigured'],
  '10024': ['COMPLIANCE_RULES', 'refused'],
  '10027': ['TRANSACTIONS_BANNED', 'refused'],
  '10028': ['UNIFIED_ACCOUNTS_ONLY', 'misconfigured'],
  '10029': ['SYMBOL_NOT_ALLOWED', 'misconfigured'],
  '100028': ['NOT_FOR_UNIFIED_ACCOUNTS', 'misconfigured'],
}

/** What a code of this table or of the gateway says, and how to tell operators; an unknown one is `unclear`. */
export function meaningIn(
  table: Readonly<Record<string, CodeRow>>,
  code: string,
): { readonly meaning: CodeMeaning; readonly label: string } {
  const row = Object.hasOwn(table, code)
    ? table[code]
    : Object.hasOwn(GATEWAY_CODES, code)
      ? GATEWAY_CODES[code]
      : undefined
  if (!row) return { meaning: 'unclear', label: `retCode ${code.slice(0, 20)}` }
  const [name, meaning] = row
  return { meaning, label: `${code} ${name}` }
}

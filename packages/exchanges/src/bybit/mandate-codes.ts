import type { CodeMeaning } from '../verdict.ts'
import { meaningIn } from './gateway-codes.ts'

/** The calls about a mandate itself; one code can say different things at each. */
export type MandateEndpoint = 'sign' | 'query' | 'unsign'

/** What a code says: `done` is what was asked for already, `not_found` that there is no such mandate. */
export type MandateMeaning = 'done' | 'not_found' | 'unclear' | 'rejected'

type Row = {
  readonly name: string
  readonly sign?: MandateMeaning
  readonly query?: MandateMeaning
  readonly unsign?: MandateMeaning
  /** Where the code contradicts its own table: with these words it says `otherwise`. */
  readonly unless?: { readonly words: RegExp; readonly otherwise: Omit<Row, 'name' | 'unless'> }
}

const rejected = (name: string): Row => ({ name, sign: 'rejected', unsign: 'rejected' })

/** The request was turned away for a while: the same one goes through later, so it says nothing about the mandate. */
const later = (name: string): Row => ({ name })

/**
 * The documented codes of signing, asking for and ending a mandate (pay-docs, error-codes and the samples of its
 * pages). The samples contradict the table three times: 40001 is UNAUTHORIZED and "already exists", 40003 a missing
 * path and a missing agreement, 40004 any duplicate and "already unsigned"; the words tell which. What is not named
 * here says nothing about the mandate.
 */
const CODES: Readonly<Record<string, Row>> = {
  '40000': rejected('PARAM_VALID_ERROR'),
  '40001': {
    ...rejected('UNAUTHORIZED'),
    unless: { words: /already exist/i, otherwise: { sign: 'unclear' } },
  },
  '40002': rejected('FORBIDDEN'),
  '40003': {
    ...rejected('NOT_FOUND'),
    unless: {
      words: /agreement\b.*\bnot exist/i,
      otherwise: { sign: 'rejected', query: 'not_found', unsign: 'not_found' },
    },
  },
  '40004': {
    name: 'DUPLICATE_REQUEST',
    unless: { words: /already unsigned/i, otherwise: { unsign: 'done' } },
  },
  '42900': later('TOO_MANY_REQUESTS'),
  '50000': { name: 'SYSTEM_ERROR' },
  '50001': { name: 'SERVICE_UNAVAILABLE' },
  '50002': { name: 'DOWNSTREAM_ERROR' },
  '139001001': { name: 'AGREEMENT_NOT_EXIST', query: 'not_found', unsign: 'not_found' },
  '139001002': { name: 'AGREEMENT_EXPIRED', unsign: 'done' },
  '139001003': { name: 'AGREEMENT_UNSIGNED', unsign: 'done' },
  '139001004': { name: 'AGREEMENT_SUSPENDED' },
  '139001005': { name: 'AGREEMENT_STATUS_INVALID' },
  '139001006': rejected('AGREEMENT_TEMPLATE_NOT_EXIST'),
  '139001007': { name: 'AGREEMENT_ALREADY_SIGNED', unsign: 'rejected' },
  '139001008': rejected('SCENE_CODE_MISMATCH'),
  '139001009': rejected('MERCHANT_ID_MISMATCH'),
  '139001010': rejected('USER_ID_MISMATCH'),
  '139001011': rejected('AGREEMENT_USER_MISMATCH'),
  '139001012': { name: 'SIGN_URL_EXPIRED' },
  '139001013': rejected('AGREEMENT_TYPE_MISMATCH'),
  '139004001': rejected('CHAIN_NOT_SUPPORTED'),
  '139004002': rejected('CURRENCY_NOT_SUPPORTED'),
  '139004004': rejected('INVALID_AMOUNT'),
  '139004005': rejected('AMOUNT_EXCEED_SINGLE_LIMIT'),
  '139004006': rejected('AMOUNT_EXCEED_PERIOD_LIMIT'),
  '139004007': rejected('USER_LIMIT_EXCEED_MERCHANT'),
  '139004008': rejected('EXCEED_MERCHANT_QUOTA_LIMIT'),
  '139005001': rejected('RISK_REJECT'),
  '139005002': rejected('INVALID_SIGNATURE'),
  '139005003': later('INVALID_TIMESTAMP'),
  '139005004': rejected('KEY_NOT_FOUND'),
  '139006001': rejected('MERCHANT_NOT_EXIST'),
  '139006002': rejected('USER_NOT_EXIST'),
  '139006004': rejected('MERCHANT_SETTLEMENT_CONFIG_ERROR'),
}

/** What a refusal says about the mandate at this endpoint, and how to tell operators. */
export function mandateMeaningOf(
  refusal: { readonly code: string; readonly message: string },
  endpoint: MandateEndpoint,
): { readonly meaning: MandateMeaning; readonly label: string } {
  const { code, message } = refusal
  const row = Object.hasOwn(CODES, code) ? CODES[code] : undefined
  if (!row) {
    const { meaning, label } = meaningIn({}, code)
    return { meaning: endpoint === 'query' ? 'unclear' : TOLD[meaning], label }
  }
  const said = row.unless?.words.test(message) ? row.unless.otherwise : row
  return { meaning: said[endpoint] ?? 'unclear', label: `${code} ${row.name}` }
}

/** The gateway checks a request before any product sees it. */
const TOLD = {
  insufficient_funds: 'rejected',
  refused: 'rejected',
  throttled: 'unclear',
  misconfigured: 'rejected',
  clock_off: 'unclear',
  unclear: 'unclear',
} as const satisfies Record<CodeMeaning, MandateMeaning>

import type { CodeMeaning } from '../verdict.ts'

/** What was asked for when the code came; one code can say different things to each. */
export type BinanceCall = 'transfer' | 'order' | 'quote' | 'accept'

/** What a code says about what was asked for. The last two are said of conversions only. */
export type BinanceMeaning = CodeMeaning | 'below_minimum' | 'ticket_expired'

type Row = {
  readonly name: string
  readonly meaning: BinanceMeaning
  /** Where it says something else. */
  readonly at?: { readonly [call in BinanceCall]?: BinanceMeaning }
  /** Where its message tells more, by the first text that fits. */
  readonly texts?: readonly (readonly [text: RegExp, at: BinanceCall, meaning: BinanceMeaning])[]
}

const misconfigured = (name: string): Row => ({ name, meaning: 'misconfigured' })
const unclear = (name: string): Row => ({ name, meaning: 'unclear' })
const noFunds = (name: string): Row => ({ name, meaning: 'insufficient_funds' })

/** Reasons for which an order is turned down for good (Binance Spot API, Errors, messages of -2010). */
const TURNED_DOWN = [
  /^Market is closed\.$/,
  /^Market orders are not supported for this symbol\.$/,
  /^This action is disabled on this account\.$/,
  /^This account may not place or cancel orders\.$/,
  /^This symbol is (not permitted|restricted) for this account\.$/,
  /^Price \* QTY is zero or less\.$/,
  /^Order book liquidity is less than `?LOT_SIZE`? filter minimum quantity\.$/,
]

/**
 * The error codes of Binance, by what they say about a transfer between sub-accounts, a market order, a quote of
 * Convert and its acceptance (Binance Spot API, Errors; from -4026 on what Binance's other lists and users' reports
 * name; the expiry of a quote from Binance Pay's convert). The code of a repeated clientTranId is not documented for
 * transfers: whatever may be one is `unclear`, and so is everything that is not named here. -2010 and -1013 have one
 * code for several things. A quote moves nothing, so what is unclear of one is harmless.
 */
const CODES: Readonly<Record<string, Row>> = {
  '-1000': unclear('UNKNOWN'),
  '-1001': unclear('DISCONNECTED'),
  // To a quote it says that this key was never admitted to Convert.
  '-1002': { name: 'UNAUTHORIZED', meaning: 'unclear', at: { quote: 'misconfigured' } },
  '-1003': { name: 'TOO_MANY_REQUESTS', meaning: 'throttled' },
  '-1006': unclear('UNEXPECTED_RESP'),
  '-1007': unclear('TIMEOUT'),
  '-1008': unclear('SERVER_BUSY'),
  '-1013': {
    name: 'INVALID_MESSAGE',
    meaning: 'unclear',
    texts: [
      [/^Filter failure: (MIN_NOTIONAL|NOTIONAL)$/, 'order', 'below_minimum'],
      [/^Filter failure: [A-Z_]+$/, 'order', 'refused'],
    ],
  },
  '-1015': { name: 'TOO_MANY_ORDERS', meaning: 'throttled' },
  '-1021': { name: 'INVALID_TIMESTAMP', meaning: 'clock_off' },
  '-1022': misconfigured('INVALID_SIGNATURE'),
  '-1102': misconfigured('MANDATORY_PARAM_EMPTY_OR_MALFORMED'),
  '-1103': misconfigured('UNKNOWN_PARAM'),
  '-1111': misconfigured('BAD_PRECISION'),
  '-1121': misconfigured('BAD_SYMBOL'),
  '-2010': {
    name: 'NEW_ORDER_REJECTED',
    meaning: 'unclear',
    texts: [
      [/insufficient balance/i, 'transfer', 'insufficient_funds'],
      [/insufficient balance/i, 'order', 'insufficient_funds'],
      ...TURNED_DOWN.map((text) => [text, 'order', 'refused'] as const),
    ],
  },
  '-2011': unclear('CANCEL_REJECTED'),
  '-2013': unclear('NO_SUCH_ORDER'),
  '-2014': misconfigured('BAD_API_KEY_FMT'),
  '-2015': misconfigured('REJECTED_MBX_KEY'),
  '-2026': unclear('ORDER_ARCHIVED'),
  '-2039': unclear('CLIENT_ORDER_ID_INVALID'),
  '-4026': noFunds('USER_ASSET_NOT_ENOUGH'),
  '-4110': unclear('CLIENT_TRAN_ID_LENGTH'),
  '-4111': unclear('DUPLICATED_CLIENT_TRAN_ID'),
  '-4114': unclear('CLIENT_TRAN_ID_LENGTH'),
  '-4115': unclear('DUPLICATED_CLIENT_TRAN_ID'),
  '-5002': noFunds('INSUFFICIENT_BALANCE'),
  '-5013': noFunds('ASSET_TRANSFER_FAILED'),
  '-9000': noFunds('NO_AVAILABLE_AMOUNT'),
  '345231': { name: 'TIME_OUT', meaning: 'unclear', at: { accept: 'ticket_expired' } },
  '100001002': unclear('UNSUPPORTED_OPERATION'),
}

/** An error's code, an integer of any length and sign as its text, and its message. */
export type BinanceError = { readonly code: string; readonly msg: string }

/** What an error says about what was asked for, and how to tell operators. */
export function meaningOf(
  error: BinanceError,
  call: BinanceCall,
): { readonly meaning: BinanceMeaning; readonly label: string } {
  const row = Object.hasOwn(CODES, error.code) ? CODES[error.code] : undefined
  if (!row) return { meaning: 'unclear', label: `code ${error.code.slice(0, 20)}` }
  const told = row.texts?.find(([text, at]) => at === call && text.test(error.msg))
  const meaning = told?.[2] ?? row.at?.[call] ?? row.meaning
  return { meaning, label: `${error.code} ${row.name}` }
}

/** What an error says about a transfer. */
export function transferMeaningOf(error: BinanceError): {
  readonly meaning: CodeMeaning
  readonly label: string
} {
  const { meaning, label } = meaningOf(error, 'transfer')
  const isOfConversions = meaning === 'below_minimum' || meaning === 'ticket_expired'
  return { meaning: isOfConversions ? 'unclear' : meaning, label }
}

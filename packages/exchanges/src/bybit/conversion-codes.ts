import type { ConversionRefusal } from '@tolem/domain/conversion'
import { meaningIn } from './gateway-codes.ts'

/** What a code says about the order that it answers; `unclear`: it may have been executed. */
export type ConversionMeaning = ConversionRefusal | 'unclear'

type Row = readonly [name: string, meaning: ConversionMeaning]
type Codes = Readonly<Record<string, Row>>

/**
 * The codes of a new spot order (Bybit V5, Error Codes, Spot Trade). `unclear` is what an earlier order under the same
 * orderLinkId can cause (170141), time-outs and the exchange's own faults. Codes of cancelling, amending and margin are
 * not named here: they are unclear because they cannot be an answer to ours.
 */
export const SPOT_CODES: Codes = {
  '170001': ['INTERNAL_ERROR', 'unclear'],
  '170005': ['TOO_MANY_NEW_ORDERS', 'exchange_unavailable'],
  '170007': ['BACKEND_TIMEOUT', 'unclear'],
  '170031': ['FEATURE_SUSPENDED', 'exchange_refused'],
  '170032': ['NETWORK_ERROR', 'unclear'],
  '170033': ['MARGIN_INSUFFICIENT_BALANCE', 'insufficient_funds'],
  '170035': ['SUBMITTED_FOR_PROCESSING', 'unclear'],
  '170105': ['PARAMETER_EMPTY', 'exchange_unavailable'],
  '170115': ['INVALID_TIME_IN_FORCE', 'exchange_unavailable'],
  '170116': ['INVALID_ORDER_TYPE', 'exchange_unavailable'],
  '170117': ['INVALID_SIDE', 'exchange_unavailable'],
  '170121': ['INVALID_SYMBOL', 'exchange_refused'],
  '170124': ['ORDER_AMOUNT_TOO_LARGE', 'exchange_refused'],
  '170130': ['PARAMETER_NOT_VALID', 'exchange_unavailable'],
  '170131': ['BALANCE_INSUFFICIENT', 'insufficient_funds'],
  '170136': ['QUANTITY_BELOW_MINIMUM', 'below_minimum'],
  '170137': ['QUANTITY_DECIMALS', 'exchange_refused'],
  '170140': ['VALUE_BELOW_MINIMUM', 'below_minimum'],
  '170141': ['DUPLICATE_CLIENT_ORDER_ID', 'unclear'],
  '170146': ['ORDER_CREATION_TIMEOUT', 'unclear'],
  '170148': ['MARKET_AMOUNT_DECIMALS', 'exchange_refused'],
  '170149': ['CREATE_ORDER_FAILED', 'unclear'],
  '170151': ['PAIR_NOT_OPEN', 'exchange_refused'],
  '170157': ['PAIR_NOT_FOR_API', 'exchange_refused'],
  '170159': ['MARKET_ORDERS_NOT_YET', 'exchange_refused'],
  '170193': ['BUY_PRICE_TOO_HIGH', 'exchange_refused'],
  '170194': ['SELL_PRICE_TOO_LOW', 'exchange_refused'],
  '170197': ['BUY_QUANTITY_TOO_LARGE', 'exchange_refused'],
  '170198': ['SELL_QUANTITY_TOO_LARGE', 'exchange_refused'],
  '170201': ['INVALID_ORDER_FILTER', 'exchange_unavailable'],
  '170209': ['REGION_NOT_SERVED', 'exchange_refused'],
  '170210': ['NEW_ORDER_REJECTED', 'exchange_refused'],
  '170217': ['LIMIT_MAKER_ONLY', 'exchange_refused'],
  '170219': ['UID_NOT_AVAILABLE', 'exchange_refused'],
  '170221': ['COIN_DOES_NOT_EXIST', 'exchange_refused'],
  '170222': ['TOO_MANY_REQUESTS', 'exchange_unavailable'],
  '170227': ['FEATURE_NOT_SUPPORTED', 'exchange_refused'],
  '170228': ['ABOVE_ESTIMATED_PURCHASE', 'exchange_refused'],
  '170229': ['ABOVE_ESTIMATED_SALE', 'exchange_refused'],
  '170234': ['SYSTEM_ERROR', 'unclear'],
  '170241': ['RISK_DISCLOSURE_UNREAD', 'exchange_refused'],
  '170341': ['QUANTITY_ABOVE_LIMIT', 'exchange_refused'],
  '170348': ['OTHER_SITE', 'exchange_refused'],
  '170381': ['QUANTITY_TOO_LARGE', 'exchange_refused'],
  '170382': ['QUANTITY_TOO_LARGE', 'exchange_refused'],
  '170709': ['PAIR_NOT_WHITELISTED', 'exchange_refused'],
  '170810': ['TOO_MANY_OPEN_ORDERS', 'exchange_unavailable'],
}

/**
 * The codes of Convert (Bybit V5, Convert Guideline and Error Codes). Asking for a quote moves nothing, so no code
 * leaves one in doubt.
 */
export const QUOTE_CODES: Codes = {
  '700000': ['PARAMETER_ERROR', 'exchange_unavailable'],
  '700001': ['NO_DEALER', 'exchange_unavailable'],
  '700002': ['QUOTE_TYPE_NOT_SUPPORTED', 'exchange_refused'],
  '700005': ['INSUFFICIENT_BALANCE', 'insufficient_funds'],
  '700006': ['BELOW_MINIMUM', 'below_minimum'],
  '700007': ['ABOVE_MAXIMUM', 'exchange_refused'],
  '700008': ['PRICE_TIME_OUT', 'exchange_unavailable'],
  '700010': ['LOAN_USER', 'exchange_refused'],
  '700012': ['UTA_UPGRADING', 'exchange_unavailable'],
  '700013': ['COIN_NOT_SUPPORTED', 'exchange_refused'],
  '700016': ['RATE_BELOW_CURRENT', 'exchange_unavailable'],
  '700021': ['ANOTHER_ORDER_IN_PROCESS', 'exchange_unavailable'],
  '700022': ['NOT_SUPPORTED', 'exchange_refused'],
  '790000': ['SYSTEM_ERROR', 'exchange_unavailable'],
  '790001': ['SIGN_VERIFICATION', 'exchange_unavailable'],
}

/**
 * The same at the execution of a quote. 700009 says that the quote was used, by whom ever; 700008 says this or that it
 * expired, because the quote of a done order is forgotten too; 700021 may speak of this very order.
 */
export const EXECUTE_CODES: Codes = {
  '32024': ['RATE_MOVED', 'ticket_expired'],
  '700000': ['PARAMETER_ERROR', 'exchange_unavailable'],
  '700003': ['ORDER_STATUS_NOT_ALLOWED', 'unclear'],
  '700004': ['ORDER_DOES_NOT_EXIST', 'unclear'],
  '700005': ['INSUFFICIENT_BALANCE', 'insufficient_funds'],
  '700006': ['BELOW_MINIMUM', 'below_minimum'],
  '700007': ['ABOVE_MAXIMUM', 'exchange_refused'],
  '700008': ['EXPIRED_OR_UNKNOWN_QUOTE', 'unclear'],
  '700009': ['QUOTE_ALREADY_USED', 'unclear'],
  '700010': ['LOAN_USER', 'exchange_refused'],
  '700011': ['ANOTHER_USERS_QUOTE', 'exchange_refused'],
  '700012': ['UTA_UPGRADING', 'exchange_unavailable'],
  '700013': ['COIN_NOT_SUPPORTED', 'exchange_refused'],
  '700016': ['RATE_BELOW_CURRENT', 'ticket_expired'],
  '700021': ['ANOTHER_ORDER_IN_PROCESS', 'unclear'],
  '700022': ['NOT_SUPPORTED', 'exchange_refused'],
  '790000': ['SYSTEM_ERROR', 'unclear'],
  '790001': ['SIGN_VERIFICATION', 'exchange_unavailable'],
}

const MEANING_OF_GATEWAY = {
  insufficient_funds: 'insufficient_funds',
  refused: 'exchange_refused',
  throttled: 'exchange_unavailable',
  misconfigured: 'exchange_unavailable',
  clock_off: 'exchange_unavailable',
  unclear: 'unclear',
} as const

/** What a code of this table or of the gateway says, and how to tell operators; an unknown one is `unclear`. */
export function conversionMeaningOf(
  codes: Codes,
  code: string,
): { readonly meaning: ConversionMeaning; readonly label: string } {
  const row = Object.hasOwn(codes, code) ? codes[code] : undefined
  if (row) return { meaning: row[1], label: `${code} ${row[0]}` }
  const { meaning, label } = meaningIn({}, code)
  return { meaning: MEANING_OF_GATEWAY[meaning], label }
}

import type { Answer } from '../../call.ts'
import { parseCoins } from '../../coins.ts'
import { stepOf } from '../../prices/depth.ts'
import type { Market, Top } from '../../prices/market.ts'
import { binanceError, malformed } from '../answers.ts'
import { PRICE_SCALE, type Wanted } from './matching.ts'

/** A market order as asked for: its form and the symbol's filters are right. Units are hundred-millionths. */
export type SpotOrder = {
  readonly top: Top
  readonly side: 'BUY' | 'SELL'
  readonly wanted: Wanted
  /** Empty when the caller named none. */
  readonly clientOrderId: string
  readonly responseType: 'ACK' | 'RESULT' | 'FULL'
}

const CLIENT_ORDER_ID = /^[a-zA-Z0-9-_]{1,36}$/
const SIDES = ['BUY', 'SELL'] as const

/** What only orders of other types may name. */
const NOT_OF_MARKET = ['timeInForce', 'price', 'stopPrice', 'icebergQty']

const RESPONSE_TYPES = ['ACK', 'RESULT', 'FULL'] as const

/** The largest quantity of one order, in whole coins of the base asset. */
export const QUANTITY_MAX = '9000000.00000000'

/** Reads a market order and holds it against the symbol's filters, as exchangeInfo shows them. */
export function readOrder(params: URLSearchParams, market: Market): SpotOrder | Answer {
  const top = market.top('binance', params.get('symbol') ?? '')
  if (top === undefined) return binanceError(400, -1121, 'Invalid symbol.')
  const kind = readKind(params)
  if ('status' in kind) return kind
  const clientOrderId = params.get('newClientOrderId') ?? ''
  if (clientOrderId !== '' && !CLIENT_ORDER_ID.test(clientOrderId)) return illegalId()
  const wanted = readWanted(params, top)
  if ('status' in wanted) return wanted
  const filter = failedFilter(wanted, top, kind.side)
  if (filter !== undefined) return binanceError(400, -1013, `Filter failure: ${filter}`)
  return { top, ...kind, wanted, clientOrderId }
}

/** One step of the symbol's quantities, in units. */
export function stepUnits({ symbol }: Top): bigint {
  return units(stepOf(symbol.listings.binance.sizeDecimals))
}

function readKind(params: URLSearchParams): Pick<SpotOrder, 'side' | 'responseType'> | Answer {
  const missing = ['side', 'type'].find((name) => (params.get(name) ?? '') === '')
  if (missing !== undefined) return malformed(missing)
  const side = SIDES.find((each) => each === params.get('side'))
  if (side === undefined) return binanceError(400, -1117, 'Invalid side.')
  if (params.get('type') !== 'MARKET') return binanceError(400, -1116, 'Invalid orderType.')
  const needless = NOT_OF_MARKET.find((name) => params.has(name))
  if (needless !== undefined) return notRequired(needless)
  const asked = params.get('newOrderRespType') ?? 'FULL'
  const responseType = RESPONSE_TYPES.find((each) => each === asked)
  return responseType === undefined ? malformed('newOrderRespType') : { side, responseType }
}

function readWanted(params: URLSearchParams, top: Top): Wanted | Answer {
  const quantity = params.get('quantity')
  const quoteOrderQty = params.get('quoteOrderQty')
  if (quantity !== null && quoteOrderQty !== null) return notRequired('quoteOrderQty')
  const name = quoteOrderQty === null ? 'quantity' : 'quoteOrderQty'
  const text = quantity ?? quoteOrderQty ?? ''
  const amount = parseCoins(text, PRICE_SCALE)
  if (amount === undefined) return /^\d+\.\d{9,}$/.test(text) ? tooPrecise(name) : malformed(name)
  if (amount === 0n) return malformed(name)
  return name === 'quantity' ? { base: amount } : { quote: amount, step: stepUnits(top) }
}

/** The first filter that the order fails. The reference price is the best one of the side that it trades with. */
function failedFilter(wanted: Wanted, top: Top, side: 'BUY' | 'SELL'): string | undefined {
  const step = stepUnits(top)
  const minNotional = units(top.symbol.listings.binance.minNotional)
  if ('quote' in wanted) return wanted.quote < minNotional ? 'NOTIONAL' : undefined
  const isInLots = wanted.base >= step && wanted.base % step === 0n
  if (!isInLots || wanted.base > units(QUANTITY_MAX)) return 'LOT_SIZE'
  const price = units(side === 'SELL' ? top.bid : top.ask)
  const notional = (wanted.base * price) / 10n ** BigInt(PRICE_SCALE)
  return notional < minNotional ? 'NOTIONAL' : undefined
}

function units(text: string): bigint {
  return parseCoins(text, PRICE_SCALE) ?? 0n
}

function notRequired(parameter: string): Answer {
  return binanceError(400, -1106, `Parameter '${parameter}' sent when not required.`)
}

function tooPrecise(parameter: string): Answer {
  return binanceError(400, -1111, `Parameter '${parameter}' has too much precision.`)
}

function illegalId(): Answer {
  const range = "legal range is '^[a-zA-Z0-9-_]{1,36}$'."
  const what = "Illegal characters found in parameter 'newClientOrderId'"
  return binanceError(400, -1100, `${what}; ${range}`)
}

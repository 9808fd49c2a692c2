import { parseCoins } from '../../coins.ts'
import { depthOf } from '../../prices/depth.ts'
import { FILL_SCALE } from '../../prices/fills.ts'
import type { Market, Top } from '../../prices/market.ts'
import type { Listing } from '../../prices/symbols.ts'
import { type Fields, text } from '../gate.ts'

/** A spot order as asked for, checked against the symbol's steps and least value. Numbers count hundred-millionths. */
export type SpotOrder = {
  readonly top: Top
  readonly side: 'Buy' | 'Sell'
  readonly orderType: 'Market' | 'Limit'
  readonly timeInForce: 'IOC' | 'FOK'
  readonly isByValue: boolean
  readonly quantity: bigint
  /** The worst price it takes; undefined when any will do. */
  readonly worst: bigint | undefined
  readonly orderLinkId: string
  readonly echo: Readonly<Record<string, string>>
}

/** Why an order was refused. */
export type OrderRefusal = readonly [retCode: number, retMsg: string]

const ONE = 10n ** BigInt(FILL_SCALE)

/** The largest market order of every symbol, as instruments-info says. */
const MOST = 4_500_000n * ONE

/** Decimals of an order's value, as instruments-info says (quotePrecision). */
const VALUE_DECIMALS = 7

/** Reads an order, or says why it cannot be made. Only orders that do not wait: IOC and FOK. */
export function readOrder(fields: Fields, market: Market): SpotOrder | OrderRefusal {
  if (text(fields, 'category') !== 'spot') return parameter('category')
  const top = market.top('bybit', text(fields, 'symbol'))
  if (top === undefined) return [170121, 'Invalid symbol.']
  const side = text(fields, 'side')
  const kind = readKind(fields)
  if ((side !== 'Buy' && side !== 'Sell') || kind === undefined) {
    return parameter('side, orderType or timeInForce')
  }
  const orderLinkId = text(fields, 'orderLinkId')
  if (!/^[\w-]{0,36}$/.test(orderLinkId)) return parameter('orderLinkId')
  const unit = text(fields, 'marketUnit') || (side === 'Buy' ? 'quoteCoin' : 'baseCoin')
  const worst = worstPrice(fields, { top, side, isLimit: kind.orderType === 'Limit' })
  if (!UNITS.has(unit) || worst === null) return parameter('marketUnit, price or slippageTolerance')
  const isByValue = kind.orderType === 'Market' && unit === 'quoteCoin'
  const terms = { best: bestPrice(top, side), isByValue, listing: top.symbol.listings.bybit }
  const quantity = readQuantity(text(fields, 'qty'), terms)
  if (typeof quantity !== 'bigint') return quantity
  const echo = echoOf(fields, unit)
  return { top, side, ...kind, isByValue, quantity, worst, orderLinkId, echo }
}

const UNITS = new Set(['quoteCoin', 'baseCoin'])

function bestPrice(top: Top, side: string): bigint {
  return parseCoins(side === 'Sell' ? top.bid : top.ask, FILL_SCALE) ?? 0n
}

function parameter(name: string): OrderRefusal {
  return [10001, `Request parameter error: ${name}`]
}

/** A market order is an IOC one, whatever it says. A limit order that would wait in the book is not played here. */
function readKind(fields: Fields): Pick<SpotOrder, 'orderType' | 'timeInForce'> | undefined {
  const orderType = text(fields, 'orderType')
  const timeInForce = text(fields, 'timeInForce') || 'GTC'
  if (orderType === 'Market') return { orderType, timeInForce: 'IOC' }
  const isAtOnce = timeInForce === 'IOC' || timeInForce === 'FOK'
  return orderType === 'Limit' && isAtOnce ? { orderType, timeInForce } : undefined
}

/** Undefined: any price will do. Null: the fields make no sense. */
function worstPrice(
  fields: Fields,
  order: { top: Top; side: 'Buy' | 'Sell'; isLimit: boolean },
): bigint | null | undefined {
  const { top, side, isLimit } = order
  if (isLimit) return parseCoins(text(fields, 'price'), FILL_SCALE) || null
  const type = text(fields, 'slippageToleranceType')
  const given = text(fields, 'slippageTolerance')
  if (type + given === '') return undefined
  const best = bestPrice(top, side)
  const slip = slipOf(type, given, { best, tickDecimals: top.symbol.listings.bybit.tickDecimals })
  if (slip === undefined) return null
  return side === 'Sell' ? best - slip : best + slip
}

/** TickSize: 1 to 10000 ticks. Percent: 0.01 to 10, two decimals. */
function slipOf(
  type: string,
  given: string,
  price: { best: bigint; tickDecimals: number },
): bigint | undefined {
  if (type === 'TickSize' && /^[1-9]\d{0,4}$/.test(given) && Number(given) <= 10_000) {
    return (BigInt(given) * ONE) / 10n ** BigInt(price.tickDecimals)
  }
  const hundredths = parseCoins(given, 2)
  if (type !== 'Percent' || hundredths === undefined) return undefined
  if (hundredths < 1n || hundredths > 1_000n) return undefined
  return (price.best * hundredths) / 10_000n
}

type QuantityTerms = {
  readonly best: bigint
  readonly isByValue: boolean
  readonly listing: Listing
}

function readQuantity(given: string, terms: QuantityTerms): bigint | OrderRefusal {
  const { best, isByValue, listing } = terms
  if (!/^\d{1,15}(\.\d{1,18})?$/.test(given)) {
    return [170130, 'Data sent for parameter qty is not valid.']
  }
  const quantity = parseCoins(given, FILL_SCALE) ?? 0n
  if (parseCoins(given, isByValue ? VALUE_DECIMALS : listing.sizeDecimals) === undefined) {
    return isByValue ? VALUE_DECIMALS_REFUSAL : QUANTITY_DECIMALS_REFUSAL
  }
  if (quantity === 0n) return [170136, 'Order quantity below the lower limit.']
  if (!isByValue && quantity > MOST) return [170124, 'Order amount too large.']
  const value = isByValue ? quantity : (quantity * best) / ONE
  return isWorthIt(value, listing) ? quantity : [170140, 'Order value exceeded lower limit.']
}

function isWorthIt(value: bigint, { minNotional }: Listing): boolean {
  return value >= (parseCoins(minNotional, FILL_SCALE) ?? 0n)
}

const VALUE_DECIMALS_REFUSAL = [170148, 'Market order amount decimal too long.'] as const

const QUANTITY_DECIMALS_REFUSAL = [170137, 'Order volume decimal too long.'] as const

function echoOf(fields: Fields, marketUnit: string): Record<string, string> {
  const isMarket = text(fields, 'orderType') === 'Market'
  return {
    symbol: text(fields, 'symbol'),
    side: text(fields, 'side'),
    orderType: text(fields, 'orderType'),
    timeInForce: isMarket ? 'IOC' : text(fields, 'timeInForce'),
    price: isMarket ? '0' : text(fields, 'price'),
    qty: text(fields, 'qty'),
    marketUnit: isMarket ? marketUnit : '',
    slippageToleranceType: text(fields, 'slippageToleranceType') || 'UNKNOWN',
    slippageTolerance: text(fields, 'slippageTolerance'),
  }
}

/** The levels that an order of this side takes from, best first: fifty of them. */
export function levelsFor({ top, side }: SpotOrder) {
  const { bids, asks } = depthOf(top, 'bybit', 50)
  return side === 'Sell' ? bids : asks
}

import { formatCoins } from '../../coins.ts'
import type { Conversion } from '../../entries.ts'
import type { Fault } from '../../faults.ts'
import { PRICE_SCALE } from './matching.ts'
import type { SpotOrder } from './order-form.ts'
import type { FillAnswer, Trade } from './trade.ts'

/** orderId of the first order. */
const FIRST_ORDER_ID = 4_000_000_000

/** What the book keeps of an order besides its money: texts, as answers repeat them. */
type Kept = {
  readonly symbol: string
  readonly side: string
  readonly origQty: string
  readonly origQuoteOrderQty: string
  readonly executedQty: string
  readonly cummulativeQuoteQty: string
  readonly fills: string
  readonly isFilled: 'true' | 'false'
}

/** The exchange's number for an order. */
export function orderIdOf({ number }: Conversion): number {
  return FIRST_ORDER_ID + number
}

/** The conversion with this order id, if it can be one. */
export function numberOf(orderId: string): number {
  return Number(orderId) - FIRST_ORDER_ID
}

/** What to keep of an order that was matched. */
export function keep({ wanted, top, side }: SpotOrder, { match, fills }: Trade): Kept {
  const coins = (units: bigint) => formatCoins(units, PRICE_SCALE)
  const isByBase = 'base' in wanted
  return {
    symbol: top.symbol.symbol,
    side,
    origQty: coins(isByBase ? wanted.base : match.base),
    origQuoteOrderQty: isByBase ? '0.000000' : coins(wanted.quote),
    executedQty: coins(match.base),
    cummulativeQuoteQty: coins(match.quote),
    fills: JSON.stringify(fills),
    isFilled: match.isComplete ? 'true' : 'false',
  }
}

/** NEW while under way; a market order ends as FILLED, or EXPIRED where the book was at its end before. */
export function statusOf(order: Conversion, time: number): 'NEW' | 'FILLED' | 'EXPIRED' {
  if (time < order.settlesAt) return 'NEW'
  return order.failure === undefined && order.echo['isFilled'] === 'true' ? 'FILLED' : 'EXPIRED'
}

/** POST's answer, as short or long as was asked for. Under `wrong_echo` it tells one unit too much. */
export function describePlaced(
  order: Conversion,
  responseType: SpotOrder['responseType'],
  { fault, time }: { fault: Fault | undefined; time: number },
) {
  const status = statusOf(order, time)
  const ack = { ...identityOf(order), transactTime: order.at }
  if (responseType === 'ACK') return ack
  const result = {
    ...ack,
    price: '0.00000000',
    ...quantitiesOf(order, time, fault),
    status,
    timeInForce: 'GTC',
    type: 'MARKET',
    side: order.echo['side'],
    workingTime: order.at,
    selfTradePreventionMode: 'NONE',
    ...(status === 'EXPIRED' ? { expiryReason: 'INSUFFICIENT_LIQUIDITY' } : {}),
  }
  if (responseType === 'RESULT') return result
  return { ...result, fills: hasMoved(order, time) ? fillsOf(order) : [] }
}

/** GET's answer. */
export function describeFound(order: Conversion, fault: Fault | undefined, time: number) {
  const { executedQty, origQty, origQuoteOrderQty, cummulativeQuoteQty } = quantitiesOf(
    order,
    time,
    fault,
  )
  return {
    ...identityOf(order),
    price: '0.00000000',
    origQty,
    executedQty,
    cummulativeQuoteQty,
    status: statusOf(order, time),
    timeInForce: 'GTC',
    type: 'MARKET',
    side: order.echo['side'],
    stopPrice: '0.00000000',
    icebergQty: '0.00000000',
    time: order.at,
    updateTime: Math.max(order.at, hasMoved(order, time) ? order.settlesAt : 0),
    isWorking: true,
    workingTime: order.at,
    origQuoteOrderQty,
    selfTradePreventionMode: 'NONE',
  }
}

function identityOf(order: Conversion) {
  return {
    symbol: order.echo['symbol'],
    orderId: orderIdOf(order),
    orderListId: -1,
    clientOrderId: order.reference,
  }
}

function quantitiesOf(order: Conversion, time: number, fault: Fault | undefined) {
  const { origQty, origQuoteOrderQty, executedQty, cummulativeQuoteQty } = order.echo
  const moved = hasMoved(order, time)
  const wrong = (text: string | undefined) => `${text?.slice(0, -1)}${text?.endsWith('9') ? 8 : 9}`
  const quoted = fault?.kind === 'wrong_echo' ? wrong(cummulativeQuoteQty) : cummulativeQuoteQty
  return {
    origQty,
    executedQty: moved ? executedQty : '0.00000000',
    origQuoteOrderQty,
    cummulativeQuoteQty: moved ? quoted : '0.00000000',
  }
}

/** Has it ended, and traded? */
export function hasMoved(order: Conversion, time: number): boolean {
  return time >= order.settlesAt && order.failure === undefined
}

/** The fills with their trades' ids. */
export function fillsOf(order: Conversion) {
  const fills: FillAnswer[] = JSON.parse(order.echo['fills'] ?? '[]')
  return fills.map((fill, index) => ({ ...fill, tradeId: order.number * 1_000 + index }))
}

import type { Answer, Endpoint } from '../../call.ts'
import { formatCoinsShort, scaleOf } from '../../coins.ts'
import { type Conversion, MASTER, type Money } from '../../entries.ts'
import { type Fault, isHidden } from '../../faults.ts'
import { v5Answer, v5Refusal } from '../answers.ts'
import { type Fields, text } from '../gate.ts'
import { createSignedGate } from '../v5/signed-gate.ts'
import { readSpan, type Span } from '../v5/span.ts'
import { findOrder, orderIdOf, type TradeDeps } from './order-create.ts'

/** How many closed orders order/realtime still knows. */
const RECENT_MAX = 500

/** Orders that were never filled are forgotten after a day. */
const UNFILLED_KEPT_MS = 86_400_000

type Filter = {
  readonly orderId: string
  readonly orderLinkId: string
  readonly symbol: string
  readonly isOpenOnly: boolean
  readonly limit: number
  readonly before: number
  readonly span: Span
}

/**
 * GET /v5/order/realtime: open orders, and those of the last 500 closed that this process has seen (a restart of
 * Bybit's forgets them too); closed ones only by id, or with openOnly=1.
 */
export function orderRealtimeEndpoint(deps: TradeDeps): Endpoint {
  const began = deps.book.conversions.list().length
  return orderListEndpoint(deps, (conversion, filter) => {
    const oldest = Math.max(began, deps.book.conversions.list().length - RECENT_MAX)
    if (deps.now() < conversion.settlesAt) return true
    return conversion.number > oldest && !filter.isOpenOnly
  })
}

/** GET /v5/order/history: closed orders, filled ones for two years, others for a day. */
export function orderHistoryEndpoint(deps: TradeDeps): Endpoint {
  return orderListEndpoint(deps, (conversion) => {
    const age = deps.now() - conversion.at
    const isKept = isFilled(conversion) || age <= UNFILLED_KEPT_MS
    return deps.now() >= conversion.settlesAt && isKept
  })
}

function orderListEndpoint(
  deps: TradeDeps,
  isShown: (conversion: Conversion, filter: Filter) => boolean,
): Endpoint {
  const admit = createSignedGate(deps, {
    perSecond: deps.config.SANDBOX_BYBIT_ORDER_QUERY_PER_SECOND,
  })
  return (request) => {
    const admitted = admit(request)
    if ('status' in admitted) return admitted
    const { fields, headers, failures } = admitted
    const filter = readFilter(fields, deps.now())
    if (filter === undefined) return v5Refusal(10001, 'Request parameter error.', deps.now())
    const run = (fault: Fault | undefined) =>
      list(deps, { filter, isShown: (each) => isShown(each, filter) }, fault)
    return { operation: 'look_up', wallet: MASTER, headers, failures, run }
  }
}

async function list(
  deps: TradeDeps,
  asked: { readonly filter: Filter; readonly isShown: (conversion: Conversion) => boolean },
  fault: Fault | undefined,
): Promise<Answer> {
  const { filter, isShown } = asked
  const time = deps.now()
  const found: Conversion[] = []
  for (const each of candidates(deps, filter)) {
    if (isHidden(each.at, fault, time) || !isShown(each)) continue
    if (filter.symbol !== '' && each.echo['symbol'] !== filter.symbol) continue
    if (found.push(each) > filter.limit) break
  }
  const shown = found.slice(0, filter.limit)
  await Promise.all(shown.flatMap(({ saving }) => (saving === undefined ? [] : [saving])))
  const isMore = found.length > filter.limit
  const result = {
    list: shown.map((each) => describe(each, time, fault)),
    nextPageCursor: isMore ? `page_token%3D${shown.at(-1)?.number}%26` : '',
    category: 'spot',
  }
  return v5Answer(result, time)
}

function* candidates({ book }: TradeDeps, filter: Filter): Generator<Conversion> {
  if (filter.orderId + filter.orderLinkId !== '') {
    const named = findOrder(book, filter)
    if (named !== undefined) yield named
    return
  }
  const last = Math.min(filter.before - 1, book.conversions.list().length)
  for (let number = last; number >= 1; number--) {
    const each = book.conversions.byNumber(number)
    if (each === undefined || isBefore(each, filter.span)) return
    if (each.exchange === 'bybit' && each.market === 'spot' && !isAfter(each, filter.span))
      yield each
  }
}

function isBefore({ at }: Conversion, span: Span): boolean {
  return Math.floor(at / 1_000) < span.from
}

function isAfter({ at }: Conversion, span: Span): boolean {
  return Math.floor(at / 1_000) > span.to
}

/** The span counts only where no id is given. */
function readFilter(fields: Fields, time: number): Filter | undefined {
  const span = readSpan(fields, time)
  const limit = text(fields, 'limit') || '20'
  const cursor = text(fields, 'cursor')
  const before = cursor === '' ? Infinity : Number(/^page_token%3D(\d{1,15})%26$/.exec(cursor)?.[1])
  if (text(fields, 'category') !== 'spot' || span === undefined || Number.isNaN(before)) {
    return undefined
  }
  if (!/^\d{1,2}$/.test(limit) || Number(limit) < 1 || Number(limit) > 50) return undefined
  const orderId = text(fields, 'orderId')
  const orderLinkId = text(fields, 'orderLinkId')
  const isNamed = orderId + orderLinkId !== ''
  const isOpenOnly = !isNamed && text(fields, 'openOnly') !== '1'
  const symbol = text(fields, 'symbol')
  return { orderId, orderLinkId, symbol, isOpenOnly, limit: Number(limit), before, span }
}

function isFilled({ sold, failure }: Conversion): boolean {
  return failure === undefined && sold.units > 0n
}

/** The documented fields of a spot order. */
function describe(conversion: Conversion, time: number, fault: Fault | undefined) {
  const { echo, settlesAt, at, reference } = conversion
  return {
    orderId: orderIdOf(conversion),
    orderLinkId: fault?.kind === 'wrong_echo' ? `${reference}0` : reference,
    blockTradeId: '',
    symbol: echo['symbol'],
    price: echo['price'],
    qty: echo['qty'],
    marketUnit: echo['marketUnit'],
    side: echo['side'],
    isLeverage: '0',
    positionIdx: 0,
    ...describeOutcome(conversion, time),
    timeInForce: echo['timeInForce'],
    orderType: echo['orderType'],
    ...UNUSED_FIELDS,
    basePrice: '',
    createdTime: String(at),
    updatedTime: String(time < settlesAt ? at : Math.max(at, settlesAt)),
    slippageToleranceType: echo['slippageToleranceType'],
    slippageTolerance: echo['slippageTolerance'],
    extraFees: '',
  }
}

/** While an order is under way it shows nothing of what it did. */
function describeOutcome(conversion: Conversion, time: number) {
  const { echo, fee, failure, interim } = conversion
  const isOpen = time < conversion.settlesAt
  if (isOpen || !isFilled(conversion)) {
    return {
      orderStatus: isOpen ? interim : 'Cancelled',
      cancelType: 'UNKNOWN',
      rejectReason: isOpen || failure !== undefined ? 'EC_NoError' : 'EC_NoImmediateQtyToFill',
      avgPrice: '',
      leavesQty: isOpen ? echo['qty'] : '0',
      leavesValue: '0',
      cumExecQty: '0',
      cumExecValue: '0',
      cumExecFee: '0',
      cumFeeDetail: {},
    }
  }
  return {
    orderStatus: echo['status'],
    cancelType: 'UNKNOWN',
    rejectReason: 'EC_NoError',
    avgPrice: echo['avgPrice'],
    leavesQty: echo['leavesQty'],
    leavesValue: '0',
    cumExecQty: echo['cumExecQty'],
    cumExecValue: inCoins(valueOf(conversion)),
    cumExecFee: inCoins(fee),
    cumFeeDetail: { [fee.asset]: inCoins(fee) },
  }
}

/** What was exchanged in the quote asset. */
function valueOf({ echo, sold, bought }: Conversion): Money {
  return echo['side'] === 'Sell' ? bought : sold
}

function inCoins({ asset, units }: Money): string {
  return formatCoinsShort(units, scaleOf('bybit', asset) ?? 0)
}

const UNUSED_FIELDS = {
  stopOrderType: '',
  orderIv: '',
  triggerPrice: '0',
  takeProfit: '0',
  stopLoss: '0',
  tpTriggerBy: '',
  slTriggerBy: '',
  triggerDirection: 0,
  triggerBy: '',
  lastPriceOnCreated: '',
  reduceOnly: false,
  closeOnTrigger: false,
  smpType: 'None',
  smpGroup: 0,
  smpOrderId: '',
  tpLimitPrice: '',
  slLimitPrice: '',
  placeType: '',
} as const

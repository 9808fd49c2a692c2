import type { Endpoint } from '../../call.ts'
import { formatCoins, parseCoins } from '../../coins.ts'
import { type Conversion, MASTER } from '../../entries.ts'
import { type Fault, isHidden } from '../../faults.ts'
import { binanceAnswer, binanceError, malformed } from '../answers.ts'
import { PRICE_SCALE } from './matching.ts'
import type { SpotDeps } from './order.ts'
import { fillsOf, hasMoved, numberOf, orderIdOf } from './order-answer.ts'

const NUMBERS = ['orderId', 'startTime', 'endTime', 'fromId', 'limit']

/** What a list of trades asks for. */
type Asked = { readonly symbol: string } & Readonly<Record<(typeof NUMBERS)[number], string>>

/** GET /api/v3/myTrades: the trades of a symbol or of one order, oldest first, with the commission of each. */
export function tradesEndpoint(deps: SpotDeps): Endpoint {
  return (request) => {
    const weight = /(^|&)orderId=/.test(request.query) ? 5 : 20
    const cost = { path: 'GET /api/v3/myTrades', weight, by: 'api_ip' } as const
    const admitted = deps.gate.signed(request, cost)
    if ('status' in admitted) return admitted
    const { params, headers, recheck } = admitted
    const symbol = params.get('symbol') ?? ''
    if (symbol === '') return malformed('symbol')
    const isKnown = deps.market.top('binance', symbol) !== undefined
    if (!isKnown) return binanceError(400, -1121, 'Invalid symbol.')
    const wrong = NUMBERS.find((name) => !/^\d{0,16}$/.test(params.get(name) ?? ''))
    if (wrong !== undefined) return malformed(wrong)
    const numbers = NUMBERS.map((name) => [name, params.get(name) ?? ''] as const)
    const asked = { symbol, ...Object.fromEntries(numbers) }
    const run = (fault: Fault | undefined) => list(deps, asked, fault)
    return { operation: 'look_up', wallet: MASTER, headers, recheck, run }
  }
}

async function list(deps: SpotDeps, asked: Asked, fault: Fault | undefined) {
  const orders = candidates(deps, asked).filter((order) => isListed(order, asked, deps.now()))
  const seen = orders.filter(({ at }) => !isHidden(at, fault, deps.now()))
  await Promise.all(seen.flatMap(({ saving }) => (saving === undefined ? [] : [saving])))
  const trades = seen.flatMap(describe).filter(({ id }) => id >= Number(asked['fromId'] || 0))
  return binanceAnswer(trades.slice(0, Math.min(1_000, Number(asked['limit'] || 500))))
}

function candidates({ book }: SpotDeps, { orderId = '' }: Asked): readonly Conversion[] {
  if (orderId === '') return book.conversions.list()
  const found = book.conversions.byNumber(numberOf(orderId))
  return found === undefined ? [] : [found]
}

function isListed(order: Conversion, asked: Asked, time: number): boolean {
  return (
    order.exchange === 'binance' &&
    order.market === 'spot' &&
    order.echo['symbol'] === asked.symbol &&
    hasMoved(order, time) &&
    order.at >= Number(asked['startTime'] || 0) &&
    order.at <= Number(asked['endTime'] || Infinity)
  )
}

function describe(order: Conversion) {
  return fillsOf(order).map(({ tradeId, price, qty, commission, commissionAsset }) => ({
    symbol: order.echo['symbol'],
    id: tradeId,
    orderId: orderIdOf(order),
    orderListId: -1,
    price,
    qty,
    quoteQty: times(price, qty),
    commission,
    commissionAsset,
    time: order.at,
    isBuyer: order.echo['side'] === 'BUY',
    isMaker: false,
    isBestMatch: true,
  }))
}

function times(price: string, qty: string): string {
  const units = (parseCoins(price, PRICE_SCALE) ?? 0n) * (parseCoins(qty, PRICE_SCALE) ?? 0n)
  return formatCoins(units / 10n ** BigInt(PRICE_SCALE), PRICE_SCALE)
}

import type { Book } from '../../book.ts'
import type { Answer, Endpoint } from '../../call.ts'
import type { SandboxConfig } from '../../config.ts'
import { MASTER, type Money } from '../../entries.ts'
import { type Fault, isPending, PENDING_MS } from '../../faults.ts'
import type { Market } from '../../prices/market.ts'
import { whenSaved } from '../../when-saved.ts'
import { binanceAnswer, binanceError } from '../answers.ts'
import type { Admitted, Gate } from '../gate.ts'
import { describePlaced, keep, statusOf } from './order-answer.ts'
import type { OrderCount } from './order-count.ts'
import { readOrder, type SpotOrder } from './order-form.ts'
import { type Trade, tradeOf } from './trade.ts'

export type SpotDeps = {
  readonly config: SandboxConfig
  readonly book: Book
  readonly market: Market
  readonly gate: Gate
  readonly orderCount: OrderCount
  readonly now: () => number
}

/**
 * POST /api/v3/order: a market order on the master's wallet, matched with the sandbox's own book. "Orders with the same
 * newClientOrderID can be accepted only when the previous one is filled, otherwise the order will be rejected."
 */
export function orderEndpoint(deps: SpotDeps): Endpoint {
  const cost = { path: 'POST /api/v3/order', weight: 1, by: 'api_ip' } as const
  return (request) => {
    const admitted = deps.gate.signed(request, cost)
    if ('status' in admitted) return admitted
    const order = readPermitted(admitted, deps)
    if ('status' in order) return order
    const tooMany = deps.orderCount.refuse()
    if (tooMany !== undefined) return tooMany
    return {
      operation: 'convert',
      wallet: MASTER,
      headers: admitted.headers,
      recheck: admitted.recheck,
      run: (fault) => place(deps, order, fault),
    }
  }
}

/** POST /api/v3/order/test: the same checks of form, and nothing else. */
export function orderTestEndpoint(deps: SpotDeps): Endpoint {
  const cost = { path: 'POST /api/v3/order/test', weight: 1, by: 'api_ip' } as const
  return (request) => {
    const admitted = deps.gate.signed(request, cost)
    if ('status' in admitted) return admitted
    const order = readPermitted(admitted, deps)
    if ('status' in order) return order
    const { headers, recheck } = admitted
    return { operation: 'prices', headers, recheck, run: () => binanceAnswer({}) }
  }
}

function readPermitted({ key, params }: Admitted, deps: SpotDeps): SpotOrder | Answer {
  if (key.restrictions['enableSpotAndMarginTrading'] === false) {
    return binanceError(401, -2015, 'Invalid API-key, IP, or permissions for action.')
  }
  return readOrder(params, deps.market)
}

function place(deps: SpotDeps, order: SpotOrder, fault: Fault | undefined) {
  const { book, now } = deps
  const earlier = book.conversions.find(keyOf(order.clientOrderId))
  const isTaken = earlier !== undefined && statusOf(earlier, now()) !== 'FILLED'
  const isDuplicate = fault?.kind === 'duplicate_code'
  if (isTaken || (isDuplicate && !fault.executes)) return rejected('Duplicate order sent.')
  const trade = tradeOf(order, deps)
  const refusal = checkTrade(book, trade)
  if (refusal !== undefined) return refusal
  if (fault?.kind === 'insufficient') return insufficient()
  const reference = order.clientOrderId || newClientOrderId(deps)
  const placed = book.conversions.post({
    ...keyOf(reference),
    sold: trade.sold,
    bought: trade.bought,
    fee: trade.commission,
    ...(fault?.kind === 'pending_then_failed' ? { failure: 'EXPIRED' } : {}),
    settlesAt: isPending(fault) ? now() + (fault.delayMs || PENDING_MS) : 0,
    interim: 'NEW',
    executions: fault?.kind === 'execute_twice' ? 2 : 1,
    echo: keep(order, trade),
  })
  deps.orderCount.add(placed)
  if (isDuplicate) return whenSaved(placed, rejected('Duplicate order sent.'))
  const data = describePlaced(placed, order.responseType, { fault, time: now() })
  const answer = binanceAnswer(data)
  const headers = { ...answer.headers, ...deps.orderCount.headers() }
  return whenSaved(placed, { ...answer, headers })
}

function keyOf(reference: string) {
  return { exchange: 'binance', market: 'spot', reference } as const
}

function checkTrade(book: Book, { match, sold, bought, commission }: Trade): Answer | undefined {
  if (match.base === 0n) {
    return rejected('Order book liquidity is less than `LOT_SIZE` filter minimum quantity.')
  }
  const covers = (money: Money) => book.covers('binance', MASTER, money)
  const isThird = commission.asset !== bought.asset
  return covers(sold) && (!isThird || covers(commission)) ? undefined : insufficient()
}

function insufficient(): Answer {
  return rejected('Account has insufficient balance for requested action.')
}

function rejected(message: string): Answer {
  return binanceError(400, -2010, message)
}

/** "Auto-generated if not sent": twenty-two letters and digits. */
function newClientOrderId({ book }: SpotDeps): string {
  return `auto${String(book.conversions.list().length + 1).padStart(18, '0')}`
}

import type { Endpoint } from '../../call.ts'
import { type Conversion, MASTER } from '../../entries.ts'
import { type Fault, isHidden } from '../../faults.ts'
import { whenSaved } from '../../when-saved.ts'
import { binanceAnswer, binanceError, malformed } from '../answers.ts'
import type { SpotDeps } from './order.ts'
import { describeFound, numberOf } from './order-answer.ts'

/** GET /api/v3/order: by orderId, else by origClientOrderId, which then names the latest of that name. */
export function orderQueryEndpoint(deps: SpotDeps): Endpoint {
  const cost = { path: 'GET /api/v3/order', weight: 4, by: 'api_ip' } as const
  return (request) => {
    const admitted = deps.gate.signed(request, cost)
    if ('status' in admitted) return admitted
    const { params, headers, recheck } = admitted
    const asked = {
      symbol: params.get('symbol') ?? '',
      orderId: params.get('orderId') ?? '',
      clientOrderId: params.get('origClientOrderId') ?? '',
    }
    if (asked.symbol === '') return malformed('symbol')
    const isKnown = deps.market.top('binance', asked.symbol) !== undefined
    if (!isKnown) return binanceError(400, -1121, 'Invalid symbol.')
    const isNamed = asked.orderId + asked.clientOrderId !== ''
    if (!isNamed || !/^\d{0,16}$/.test(asked.orderId)) return malformed('orderId')
    const run = (fault: Fault | undefined) => lookUp(deps, asked, fault)
    return { operation: 'look_up', wallet: MASTER, headers, recheck, run }
  }
}

type Asked = { readonly symbol: string; readonly orderId: string; readonly clientOrderId: string }

function lookUp(deps: SpotDeps, asked: Asked, fault: Fault | undefined) {
  const found = find(deps, asked)
  const time = deps.now()
  if (found?.echo['symbol'] !== asked.symbol || isHidden(found.at, fault, time)) {
    return binanceError(400, -2013, 'Order does not exist.')
  }
  if (asked.clientOrderId !== '' && asked.clientOrderId !== found.reference) {
    return binanceError(400, -2039, 'Client order ID is not correct for this order ID.')
  }
  return whenSaved(found, binanceAnswer(describeFound(found, fault, time)))
}

function find({ book }: SpotDeps, asked: Asked): Conversion | undefined {
  const { orderId, clientOrderId: reference } = asked
  const { conversions } = book
  if (orderId === '') return conversions.find({ exchange: 'binance', market: 'spot', reference })
  const found = conversions.byNumber(numberOf(orderId))
  return found?.exchange === 'binance' && found.market === 'spot' ? found : undefined
}

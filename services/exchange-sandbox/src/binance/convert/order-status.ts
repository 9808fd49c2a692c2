import type { Endpoint } from '../../call.ts'
import { type Conversion, MASTER } from '../../entries.ts'
import { type Fault, isHidden } from '../../faults.ts'
import { bareNumber } from '../../raw-json.ts'
import { whenSaved } from '../../when-saved.ts'
import { binanceAnswer, binanceError, malformed } from '../answers.ts'
import { admit, CONVERT, type ConvertDeps, numberOf, orderIdOf, statusOf } from './convert.ts'

/** GET /sapi/v1/convert/orderStatus: by orderId or quoteId. The order's id is a bare number beyond 2^53. */
export function orderStatusEndpoint(deps: ConvertDeps): Endpoint {
  return (request) => {
    const admitted = admit(deps, request, { path: `GET ${CONVERT}/orderStatus`, weight: 100 })
    if ('status' in admitted) return admitted
    const { params, headers, recheck } = admitted
    const [orderId, reference] = [params.get('orderId') ?? '', params.get('quoteId') ?? '']
    if (!/^\d{0,19}$/.test(orderId) || orderId + reference === '') return malformed('orderId')
    const run = (fault: Fault | undefined) => {
      const found = find(deps, { orderId, reference })
      if (found === undefined || isHidden(found.at, fault, deps.now())) {
        return binanceError(400, -2013, 'Order does not exist.')
      }
      return whenSaved(found, binanceAnswer(describe(found, fault, deps.now())))
    }
    return { operation: 'look_up', wallet: MASTER, headers, recheck, run }
  }
}

function find(
  { book }: ConvertDeps,
  { orderId, reference }: { orderId: string; reference: string },
): Conversion | undefined {
  const key = { exchange: 'binance', market: 'convert', reference } as const
  if (orderId === '') return book.conversions.find(key)
  const found = book.conversions.byNumber(numberOf(orderId))
  return found?.exchange === 'binance' && found.market === 'convert' ? found : undefined
}

function describe(order: Conversion, fault: Fault | undefined, time: number) {
  const { fromAsset, fromAmount, toAsset, toAmount, ratio, inverseRatio } = order.echo
  return {
    orderId: bareNumber(orderIdOf(order)),
    orderStatus: statusOf(order, time),
    fromAsset,
    fromAmount,
    toAsset,
    toAmount: fault?.kind === 'wrong_echo' ? `1${toAmount}` : toAmount,
    ratio,
    inverseRatio,
    createTime: order.at,
  }
}

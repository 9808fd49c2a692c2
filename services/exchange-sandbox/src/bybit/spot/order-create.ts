import type { Book } from '../../book.ts'
import type { Answer, Endpoint } from '../../call.ts'
import { scaleOf } from '../../coins.ts'
import { type Conversion, MASTER } from '../../entries.ts'
import type { Fault } from '../../faults.ts'
import { FILL_SCALE, rescale } from '../../prices/fills.ts'
import type { Market } from '../../prices/market.ts'
import { whenSaved } from '../../when-saved.ts'
import { v5Answer, v5Refusal } from '../answers.ts'
import { effectOf } from '../pay/trade.ts'
import { createSignedGate, type SignedDeps } from '../v5/signed-gate.ts'
import { match } from './matching.ts'
import { readOrder, type SpotOrder } from './order-request.ts'

/** What the endpoints of the spot market and of Convert share. */
export type TradeDeps = SignedDeps & { readonly book: Book; readonly market: Market }

/** Nineteen digits, as Bybit's own. */
const FIRST_ORDER_ID = 1_321_003_749_386_327_552n

/**
 * POST /v5/order/create on the spot market, from the master's wallet. The answer acknowledges; what was filled is in
 * the look-ups. An orderLinkId is used once for ever (170141); an order that is refused leaves it free.
 */
export function orderCreateEndpoint(deps: TradeDeps): Endpoint {
  const admit = createSignedGate(deps, {
    perSecond: deps.config.SANDBOX_BYBIT_ORDER_PER_SECOND,
    permission: { group: 'Spot', anyOf: ['SpotTrade'] },
    writes: true,
  })
  return (request) => {
    const admitted = admit(request)
    if ('status' in admitted) return admitted
    const { fields, headers, failures } = admitted
    return {
      operation: 'convert',
      wallet: MASTER,
      headers,
      failures,
      // Read when it is executed: the book may move while a fault delays it.
      run: (fault) => {
        const order = readOrder(fields, deps.market)
        return 'side' in order ? create(deps, order, fault) : v5Refusal(...order, deps.now())
      },
    }
  }
}

/** Bybit's number for an order. */
export function orderIdOf({ number }: Conversion): string {
  return String(FIRST_ORDER_ID + BigInt(number))
}

/** The order with this number of Bybit's, or with this orderLinkId. The number wins. */
export function findOrder(
  book: Book,
  ids: { readonly orderId: string; readonly orderLinkId: string },
): Conversion | undefined {
  const { orderId, orderLinkId: reference } = ids
  if (orderId === '') return book.conversions.find({ exchange: 'bybit', market: 'spot', reference })
  const number = /^\d{19}$/.test(orderId) ? Number(BigInt(orderId) - FIRST_ORDER_ID) : 0
  const found = book.conversions.byNumber(number)
  return found?.exchange === 'bybit' && found.market === 'spot' ? found : undefined
}

function create(deps: TradeDeps, order: SpotOrder, fault: Fault | undefined) {
  const { book, config, now } = deps
  const reference = order.orderLinkId
  const earlier =
    reference === '' ? undefined : findOrder(book, { orderId: '', orderLinkId: reference })
  const duplicate = v5Refusal(170141, 'Duplicate clientOrderId', now())
  if (earlier !== undefined) return whenSaved(earlier, duplicate)
  if (fault?.kind === 'duplicate_code' && !fault.executes) return duplicate
  const matched = match(order, config.SANDBOX_BYBIT_SPOT_FEE_BASIS_POINTS)
  if (fault?.kind === 'insufficient' || !isCovered(book, order, matched.sold)) {
    return v5Refusal(170131, 'Balance insufficient.', now())
  }
  const conversion = book.conversions.post({
    exchange: 'bybit',
    market: 'spot',
    reference,
    ...matched,
    ...effectOf(fault, now()),
    interim: 'New',
  })
  if (fault?.kind === 'duplicate_code') return whenSaved(conversion, duplicate)
  return whenSaved(conversion, answerTo(conversion, fault, now()))
}

/** The whole order must be covered, also what is then cancelled: a sell by its quantity, a buy by its value. */
function isCovered(book: Book, order: SpotOrder, sold: Conversion['sold']): boolean {
  const { base, quote } = order.top.symbol
  const isSell = order.side === 'Sell'
  const asked = isSell !== order.isByValue ? orderedUnits(order, isSell ? base : quote) : 0n
  const units = asked > sold.units ? asked : sold.units
  return book.covers('bybit', MASTER, { asset: sold.asset, units })
}

function orderedUnits({ quantity }: SpotOrder, asset: string): bigint {
  return rescale(quantity, FILL_SCALE, scaleOf('bybit', asset) ?? 0)
}

function answerTo(conversion: Conversion, fault: Fault | undefined, time: number): Answer {
  const { reference } = conversion
  const orderLinkId = fault?.kind === 'wrong_echo' ? `${reference}0` : reference
  return v5Answer({ orderId: orderIdOf(conversion), orderLinkId }, time)
}

import type { Answer, Endpoint } from '../../call.ts'
import { parseCoins } from '../../coins.ts'
import { MASTER } from '../../entries.ts'
import { type Fault, isPending, PENDING_MS } from '../../faults.ts'
import { binanceAnswer, binanceError, malformed } from '../answers.ts'
import { PRICE_SCALE } from '../spot/matching.ts'
import { admit, CONVERT, type ConvertDeps, orderIdOf, statusOf } from './convert.ts'

/** POST /sapi/v1/convert/acceptQuote: executes a quote once, while it is valid. */
export function acceptQuoteEndpoint(deps: ConvertDeps): Endpoint {
  return (request) => {
    const admitted = admit(deps, request, { path: `POST ${CONVERT}/acceptQuote`, weight: 500 })
    if ('status' in admitted) return admitted
    const { params, headers, recheck } = admitted
    const quoteId = params.get('quoteId') ?? ''
    if (quoteId === '') return malformed('quoteId')
    return {
      operation: 'convert',
      wallet: MASTER,
      headers,
      recheck,
      run: (fault) => accept(deps, quoteId, fault),
    }
  }
}

async function accept(deps: ConvertDeps, quoteId: string, fault: Fault | undefined) {
  const { book, quotes, now, config } = deps
  const offered = quotes.find(quoteId)
  // A crash may have kept the order and the quote.
  const key = { exchange: 'binance', market: 'convert', reference: quoteId } as const
  const isUsed = book.conversions.find(key) !== undefined
  const isGone = offered === undefined || isUsed || now() >= offered.validTimestamp
  if (isGone || (fault?.kind === 'duplicate_code' && !fault.executes)) return expired()
  const sold = { asset: offered.fromAsset, units: unitsOf(offered.fromAmount) }
  const isCovered = book.covers('binance', MASTER, sold) && fault?.kind !== 'insufficient'
  const fails = !isCovered || fault?.kind === 'pending_then_failed'
  const takesMs = config.SANDBOX_BINANCE_CONVERT_PROCESSING_MS
  const order = book.conversions.post({
    ...key,
    sold,
    bought: { asset: offered.toAsset, units: unitsOf(offered.toAmount) },
    fee: { asset: offered.toAsset, units: 0n },
    ...(fails ? { failure: 'FAIL' } : {}),
    settlesAt: now() + (isPending(fault) ? fault.delayMs || PENDING_MS : takesMs),
    interim: 'PROCESS',
    executions: fault?.kind === 'execute_twice' ? 2 : 1,
    echo: { ...offered, validTimestamp: String(offered.validTimestamp) },
  })
  await Promise.all([order.saving, quotes.remove(quoteId)])
  if (fault?.kind === 'duplicate_code') return expired()
  const orderStatus = statusOf(order, now())
  return binanceAnswer({ orderId: orderIdOf(order), createTime: order.at, orderStatus })
}

/** The code of Binance Pay's own Convert; that of /sapi is not published. A quote that was used is gone as well. */
function expired(): Answer {
  const what = 'System failed to execute the quote, which has expired.'
  return binanceError(400, 345_231, `${what} Please request for quote again`)
}

function unitsOf(amount: string): bigint {
  return parseCoins(amount, PRICE_SCALE) ?? 0n
}

import type { ConversionLookUp, ConversionOrder, ConversionResult } from '@tolem/domain/conversion'
import type { ExchangeId } from '@tolem/domain/ids'
import { accept, refuse } from '@tolem/domain/outcome'
import { writeCoins } from '../coins.ts'
import type { ConversionPort } from '../conversion-port.ts'
import { judgeForeignTicket } from '../foreign-ticket.ts'
import { CUT_DETAIL, historySpan } from '../history-span.ts'
import { startLookUp } from '../look-up-limit.ts'
import type { CallLimit, LookUpSpan } from '../port.ts'
import type { ConversionSettings } from '../settings.ts'
import { type BybitAccess, bybitGet, bybitPost } from './calls.ts'
import { judgeNewOrder, judgeOrders, readInstruments, SIDE, symbolOf } from './spot-answers.ts'

type BybitSpotDeps = BybitAccess & {
  readonly exchange: ExchangeId
  readonly settings: ConversionSettings
}

/**
 * Converts by market orders on Bybit's spot market (Bybit V5, Place Order). The ticket is our own reference, sent as
 * orderLinkId. That it is "always unique" is documented, what a repeat answers follows from the list of codes alone
 * (170141): no resend is called safe. A market order ends at the slippage that the programme allows and may be filled
 * in part.
 */
export function createBybitSpot(deps: BybitSpotDeps): ConversionPort {
  const { exchange, settings } = deps
  return {
    exchange,
    capabilities: {
      reference: { kind: 'undocumented' },
      notFoundIsFinalAfterMs: settings.notFoundIsFinalAfterMs,
    },
    async markets(limit) {
      const query = { category: 'spot' }
      const answer = await bybitGet(deps, { path: '/v5/market/instruments-info', query, limit })
      const markets = readInstruments(answer)
      return markets ? accept(markets) : refuse('unavailable')
    },
    prepare: (order) => Promise.resolve(accept({ text: order.reference })),
    execute: (order, ticket, limit) => execute(deps, { order, linkId: ticket.text }, limit),
    async lookUp(order, ticket, span) {
      return judgeForeignTicket(order, ticket, 'spot') ?? lookUp(deps, order, span)
    },
  }
}

async function execute(
  deps: BybitSpotDeps,
  { order, linkId }: { readonly order: ConversionOrder; readonly linkId: string },
  limit: CallLimit,
): Promise<ConversionResult> {
  const detail = flawOf(order, linkId)
  if (detail) return { kind: 'rejected', reason: 'exchange_refused', detail: `not sent: ${detail}` }
  const body = JSON.stringify({
    category: 'spot',
    symbol: symbolOf(order),
    side: SIDE[order.side],
    orderType: 'Market',
    qty: writeCoins(order.asset, order.amount),
    marketUnit: 'baseCoin',
    orderLinkId: linkId,
    slippageToleranceType: 'Percent',
    slippageTolerance: writePercent(deps.settings.slippageBasisPoints),
  })
  const path = '/v5/order/create'
  const answer = await bybitPost(deps, { purpose: 'debit', path, body, limit })
  return judgeNewOrder(answer, linkId)
}

/** Why an order can never be sent. */
function flawOf({ asset, money, amount, reference }: ConversionOrder, linkId: string) {
  if (linkId !== reference) return 'the ticket is of another order'
  if (amount <= 0n) return 'nothing to convert'
  return asset === money ? 'an asset is not converted into itself' : undefined
}

/** `0.50` for 50: Bybit takes two decimals, 0.01 to 10. */
function writePercent(basisPoints: number): string {
  const digits = String(basisPoints).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/**
 * Open orders and the last that ended are in one list; it forgets the ended ones when Bybit restarts, and they are in
 * another (Bybit V5, Get Open & Closed Orders; Get Order History).
 */
async function lookUp(
  deps: BybitSpotDeps,
  order: ConversionOrder,
  span: LookUpSpan,
): Promise<ConversionLookUp> {
  const timeLeft = startLookUp()
  const query = { category: 'spot', orderLinkId: order.reference }
  const path = '/v5/order/realtime'
  const recent = judgeOrders(await bybitGet(deps, { path, query, limit: timeLeft() }), order)
  if (recent.kind !== 'not_found') return recent
  const { span: times, isCut } = historySpan(span, 1_000)
  const history = await bybitGet(deps, {
    path: '/v5/order/history',
    query: { ...query, ...times },
    limit: timeLeft(),
  })
  const found = judgeOrders(history, order)
  return found.kind === 'not_found' && isCut ? { kind: 'in_doubt', detail: CUT_DETAIL } : found
}

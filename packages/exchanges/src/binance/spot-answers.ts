import type { ConversionFee, ConversionOrder, ConversionResult } from '@tolem/domain/conversion'
import { z } from 'zod'
import { readCoins } from '../coins.ts'
import { type Commission, readFinest, readWorth, sumFees } from './conversion-amounts.ts'
import { symbolOf } from './markets.ts'

const orderId = z.string().regex(/^[0-9]{1,20}$/)
const decimal = z.string().max(64)
const milliseconds = z
  .string()
  .regex(/^[0-9]{13}$/)
  .transform(Number)

const trade = z.object({ qty: decimal, commission: decimal, commissionAsset: z.string().max(20) })

const order = z.object({
  symbol: z.string(),
  orderId,
  clientOrderId: z.string(),
  side: z.string(),
  origQty: decimal,
  executedQty: decimal,
  cummulativeQuoteQty: decimal,
  status: z.string(),
  time: milliseconds.optional(),
  fills: z.array(trade).optional(),
})

const listedTrade = trade.extend({ orderId, id: z.string().regex(/^[0-9]{1,20}$/) })
const trades = z.array(listedTrade)

/** A trade of an order, as the list of trades tells it. */
export type SpotTrade = z.output<typeof listedTrade>

/** An order as Binance tells it, in the answer to the order and in its record alike. */
export type SpotOrder = z.output<typeof order>

type Trade = Commission & { readonly qty: string }

/** The record of exactly our order; `isOurs` says that another order has our name. */
export function readOrder(
  json: unknown,
  ordered: ConversionOrder,
):
  | { readonly kind: 'order'; readonly record: SpotOrder }
  | { readonly kind: 'other'; readonly isOurs: boolean; readonly detail: string } {
  const parsed = order.safeParse(json)
  if (!parsed.success) return { kind: 'other', isOurs: false, detail: 'no record of an order' }
  const record = parsed.data
  if (record.clientOrderId !== ordered.reference)
    return { kind: 'other', isOurs: false, detail: 'the answer is about another order' }
  const flaw = flawOf(record, ordered)
  return flaw
    ? { kind: 'other', isOurs: true, detail: `the order has another ${flaw}` }
    : { kind: 'order', record }
}

function flawOf(record: SpotOrder, ordered: ConversionOrder): string | undefined {
  if (record.symbol !== symbolOf(ordered)) return 'market'
  if (record.side !== ordered.side.toUpperCase()) return 'side'
  return readCoins(ordered.asset, record.origQty) === ordered.amount ? undefined : 'quantity'
}

/**
 * How an order ended, if it has: `filled` says that something was executed, the whole or a part. A market order that
 * finds too little in the book expires with what it got (Binance Spot API, Enum definitions, Order status).
 */
export function endOf(
  record: SpotOrder,
): 'filled' | Extract<ConversionResult, { readonly kind: 'open' | 'rejected' | 'in_doubt' }> {
  const executed = readFinest(record.executedQty)
  const ordered = readFinest(record.origQty)
  if (executed === undefined || ordered === undefined || executed > ordered)
    return { kind: 'in_doubt', detail: 'an executed quantity that cannot be' }
  const detail = `status ${record.status.slice(0, 20)}`
  switch (record.status) {
    case 'FILLED':
      return executed === ordered ? 'filled' : { kind: 'in_doubt', detail: `${detail} in part` }
    case 'CANCELED':
    case 'EXPIRED':
    case 'EXPIRED_IN_MATCH':
    case 'REJECTED':
      return executed > 0n ? 'filled' : { kind: 'rejected', reason: 'exchange_refused', detail }
    case 'NEW':
    case 'PENDING_NEW':
    case 'PARTIALLY_FILLED':
    case 'PENDING_CANCEL':
      return { kind: 'open' }
    default:
      return { kind: 'in_doubt', detail }
  }
}

/** A page of the trades of an order, all of them this order's own; nothing when the answer is no list of them. */
export function readTrades(json: unknown, record: SpotOrder): readonly SpotTrade[] | undefined {
  const parsed = trades.safeParse(json)
  if (!parsed.success) return undefined
  return parsed.data.every((one) => one.orderId === record.orderId) ? parsed.data : undefined
}

/** The fees of trades that together are all that was executed; nothing while some are missing. */
export function feesOf(
  list: readonly Trade[],
  record: SpotOrder,
): readonly ConversionFee[] | undefined {
  const quantities = list.map(({ qty }) => readFinest(qty))
  if (quantities.includes(undefined)) return undefined
  const sum = quantities.reduce<bigint>((total, quantity) => total + (quantity ?? 0n), 0n)
  return sum === readFinest(record.executedQty) ? sumFees(list) : undefined
}

/** What was executed, as far as it is told. */
export function fill(
  record: SpotOrder,
  ordered: ConversionOrder,
  fees: readonly ConversionFee[],
): Extract<ConversionResult, { readonly kind: 'filled' | 'in_doubt' }> {
  const amount = readCoins(ordered.asset, record.executedQty)
  const worth = readWorth(ordered, record.cummulativeQuoteQty)
  if (amount === undefined || worth === undefined)
    return { kind: 'in_doubt', detail: 'filled, and what it was worth is not told' }
  return { kind: 'filled', fill: { exchangeReference: record.orderId, amount, worth, fees } }
}

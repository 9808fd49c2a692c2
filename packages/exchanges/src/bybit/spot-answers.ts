import type {
  ConversionFee,
  ConversionLookUp,
  ConversionMarket,
  ConversionMoney,
  ConversionOrder,
  ConversionResult,
} from '@tolem/domain/conversion'
import { CRYPTO_ASSETS, isAssetCode } from '@tolem/money/asset'
import { z } from 'zod'
import { readCoins } from '../coins.ts'
import type { Answer } from '../http/send.ts'
import { conversionMeaningOf, SPOT_CODES } from './conversion-codes.ts'
import { readEnvelope } from './envelope.ts'
import { readRounded, smallestUnit } from './units.ts'

const acknowledged = z.object({ orderId: z.string().min(1).max(64), orderLinkId: z.string() })

const order = z.object({
  orderId: z.string().min(1).max(64),
  orderLinkId: z.string(),
  symbol: z.string(),
  side: z.string(),
  qty: z.string(),
  orderStatus: z.string(),
  rejectReason: z.string().catch(''),
  cumExecQty: z.string(),
  cumExecValue: z.string(),
  cumExecFee: z.string().nullish(),
  /** Coin by coin; an order without a fill has none, or an empty text. */
  cumFeeDetail: z
    .union([z.record(z.string().max(32), z.string().max(64)), z.literal('')])
    .nullish(),
})
type Order = z.output<typeof order>

const orders = z.object({ list: z.array(order) })

const instruments = z.object({ list: z.array(z.unknown()) })
const instrument = z.object({
  baseCoin: z.string(),
  quoteCoin: z.string(),
  status: z.literal('Trading'),
  lotSizeFilter: z.object({
    basePrecision: z.string(),
    minOrderQty: z.string().optional(),
    minOrderAmt: z.string(),
    maxOrderQty: z.string().optional(),
    maxMarketOrderQty: z.string().optional(),
  }),
})

/** The market of an order: `BTCUSDT`. */
export function symbolOf({ asset, money }: Pick<ConversionOrder, 'asset' | 'money'>): string {
  return `${asset}${money}`
}

/** Bybit's word for what is done with the asset. */
export const SIDE = { sell: 'Sell', buy: 'Buy' } as const

/** What the answer to a new order says. Success is an acknowledgement and no more: the order is open. */
export function judgeNewOrder(answer: Answer, linkId: string): ConversionResult {
  const read = readEnvelope(answer)
  if (read.kind === 'code') {
    const { meaning, label } = conversionMeaningOf(SPOT_CODES, read.code)
    if (meaning === 'unclear') return { kind: 'in_doubt', detail: label }
    return { kind: 'rejected', reason: meaning, detail: label }
  }
  if (read.kind === 'refused')
    return { kind: 'rejected', reason: 'exchange_unavailable', detail: read.detail }
  if (read.kind !== 'result') return doubt('detail' in read ? read.detail : 'no envelope')
  const said = acknowledged.safeParse(read.result)
  if (!said.success) return doubt('success without an order')
  return said.data.orderLinkId === linkId
    ? { kind: 'open' }
    : doubt('the answer is about another order')
}

/** What one of Bybit's two lists says about an order; `not_found` is of this list alone. */
export function judgeOrders(answer: Answer, ordered: ConversionOrder): ConversionLookUp {
  const read = readEnvelope(answer)
  if (read.kind === 'code') return doubt(conversionMeaningOf(SPOT_CODES, read.code).label)
  if (read.kind !== 'result') return doubt('detail' in read ? read.detail : 'no envelope')
  const said = orders.safeParse(read.result)
  if (!said.success) return doubt('success without a list of orders')
  const { list } = said.data
  const ours = list.filter(({ orderLinkId }) => orderLinkId === ordered.reference)
  const [found, another] = ours
  if (another) return { kind: 'contradicted', detail: `${ours.length} orders have our reference` }
  if (found) return judgeOrder(found, ordered)
  return list.length === 0 ? { kind: 'not_found' } : doubt('the list is about other orders')
}

/**
 * The markets between assets that we count, as they trade now; nothing when the answer cannot be read. The smallest
 * quantity is not checked any more, says Bybit, but still told: an order that heeds it is right either way.
 */
export function readInstruments(answer: Answer): readonly ConversionMarket[] | undefined {
  const read = readEnvelope(answer)
  if (read.kind !== 'result') return undefined
  const said = instruments.safeParse(read.result)
  if (!said.success) return undefined
  return said.data.list.flatMap((one) => {
    const { data } = instrument.safeParse(one)
    return (data && marketOf(data)) ?? []
  })
}

function marketOf(data: z.output<typeof instrument>): ConversionMarket | undefined {
  const { baseCoin, quoteCoin, lotSizeFilter } = data
  const asset = CRYPTO_ASSETS.find((one) => one === baseCoin)
  const money = MONEY.find((one) => one === quoteCoin)
  if (!asset || !money) return undefined
  const { basePrecision, minOrderQty = '0', minOrderAmt } = lotSizeFilter
  const most = lotSizeFilter.maxMarketOrderQty ?? lotSizeFilter.maxOrderQty ?? ''
  const step = smallestUnit(asset, basePrecision)
  const smallest = readRounded(asset, minOrderQty, 'up')
  const largest = readRounded(asset, most, 'down')
  const smallestWorth = readRounded(money, minOrderAmt, 'up')
  if (!step || smallest === undefined || largest === undefined || smallestWorth === undefined)
    return undefined
  return { asset, money, step, smallest: smallest > step ? smallest : step, largest, smallestWorth }
}

/** What conversions are paid in. */
export const MONEY: readonly ConversionMoney[] = ['KZT', 'USDT']

function judgeOrder(found: Order, ordered: ConversionOrder): ConversionLookUp {
  const flaw = flawOf(found, ordered)
  if (flaw) return { kind: 'contradicted', detail: `the order has ${flaw}` }
  switch (found.orderStatus) {
    case 'New':
    case 'PartiallyFilled':
    case 'Untriggered':
      return { kind: 'open' }
    case 'Filled':
    case 'PartiallyFilledCanceled':
    case 'Cancelled':
    case 'Rejected':
      return judgeEnded(found, ordered)
    default:
      return doubt(`status ${found.orderStatus.slice(0, 30)}`)
  }
}

function flawOf(found: Order, ordered: ConversionOrder): string | undefined {
  if (found.symbol !== symbolOf(ordered)) return 'another symbol'
  if (found.side !== SIDE[ordered.side]) return 'another side'
  return readCoins(ordered.asset, found.qty) === ordered.amount ? undefined : 'another quantity'
}

/** A market order may be filled in part and then cancelled: what changed hands counts, whatever the status says. */
function judgeEnded(found: Order, ordered: ConversionOrder): ConversionLookUp {
  const isSale = ordered.side === 'sell'
  const amount = readRounded(ordered.asset, found.cumExecQty, isSale ? 'up' : 'down')
  const worth = readRounded(ordered.money, found.cumExecValue, isSale ? 'down' : 'up')
  if (amount === undefined || worth === undefined) return doubt('an order without readable fills')
  if (amount === 0n) {
    if (found.orderStatus === 'Filled') return doubt('a filled order without a fill')
    const detail = `${found.orderStatus}, ${found.rejectReason.slice(0, 60)}`
    return { kind: 'rejected', reason: 'exchange_refused', detail }
  }
  if (amount > ordered.amount)
    return { kind: 'contradicted', detail: 'more was filled than ordered' }
  if (worth === 0n) return doubt('a fill that is worth nothing')
  const fees = feesOf(found, ordered)
  return { kind: 'filled', fill: { exchangeReference: found.orderId, amount, worth, fees } }
}

/** The older form names no coin: a sale paid its fee in the money, a purchase in the asset. */
function feesOf({ cumFeeDetail, cumExecFee }: Order, ordered: ConversionOrder): ConversionFee[] {
  const older = ordered.side === 'sell' ? ordered.money : ordered.asset
  const told = cumFeeDetail ? Object.entries(cumFeeDetail) : [[older, cumExecFee ?? '0'] as const]
  return told.flatMap(([name, text]) => feeOf(name, text))
}

/** A fee is never taken for less than it was. What cannot be counted is told as it stands. */
function feeOf(name: string, text: string): ConversionFee[] {
  if (/^-?0*\.?0*$/.test(text)) return []
  const amount = isAssetCode(name) ? readRounded(name, text, 'up') : undefined
  if (amount === undefined || !isAssetCode(name)) return [{ asset: 'other', name, text }]
  return [{ asset: name, amount }]
}

function doubt(detail: string): { readonly kind: 'in_doubt'; readonly detail: string } {
  return { kind: 'in_doubt', detail }
}

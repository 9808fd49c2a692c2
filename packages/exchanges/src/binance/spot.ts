import type {
  ConversionLookUp,
  ConversionMarket,
  ConversionOrder,
  ConversionResult,
  ConversionTicket,
} from '@tolem/domain/conversion'
import type { ExchangeId } from '@tolem/domain/ids'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import { ledgerStep } from '../coins.ts'
import type { ConversionPort } from '../conversion-port.ts'
import { judgeForeignTicket } from '../foreign-ticket.ts'
import type { Answer } from '../http/send.ts'
import { startLookUp } from '../look-up-limit.ts'
import type { CallLimit, LookUpSpan } from '../port.ts'
import type { ConversionSettings } from '../settings.ts'
import { judgeError, readConversionBody, toMarkets } from './conversion-answers.ts'
import { type BinanceLine, callPublic, callSigned } from './line.ts'
import { readSpotMarkets, SYMBOLS, symbolOf } from './markets.ts'
import type { Parameters } from './sign.ts'
import {
  endOf,
  feesOf,
  fill,
  readOrder,
  readTrades,
  type SpotOrder,
  type SpotTrade,
} from './spot-answers.ts'
import { writeCoins } from './units.ts'

type SpotDeps = BinanceLine & {
  readonly exchange: ExchangeId
  readonly settings: ConversionSettings
}

const ORDER = '/api/v3/order'
const TRADES = '/api/v3/myTrades'

/** No order of this name: and an order that ended empty is forgotten after 90 days (Binance Spot API, Errors). */
const NO_SUCH_ORDER = '-2013'
const ORDER_ARCHIVED = '-2026'

/** One of the symbols that were asked for does not exist (Binance Spot API, Exchange information). */
const BAD_SYMBOL = '-1121'

/** The exchange's clock may differ from ours. */
const CLOCK_MARGIN_MS = 5 * 60_000

/**
 * Converts by market orders (Binance Spot API, New order). The exchange takes a second order under a name whose first
 * is filled, so nothing is ever sent again without a look-up, and our names never repeat. An order's record does not
 * tell its fees: a look-up reads its trades too.
 */
export function createBinanceSpot(deps: SpotDeps): ConversionPort {
  return {
    exchange: deps.exchange,
    capabilities: {
      reference: { kind: 'while_open' },
      notFoundIsFinalAfterMs: deps.settings.notFoundIsFinalAfterMs,
    },
    markets: (limit) => markets(deps, limit),
    prepare: (order) =>
      Promise.resolve(isSendable(order) ? accept({ text: order.reference }) : refuseUnsendable()),
    execute: (order, ticket, limit) => execute(deps, { order, ticket }, limit),
    async lookUp(order, ticket, span) {
      return judgeForeignTicket(order, ticket, 'spot') ?? lookUp(deps, { order, ticket }, span)
    },
  }
}

/** One symbol that Binance has given up would hide all the others: then each is asked for by itself. */
async function markets(
  deps: SpotDeps,
  limit: CallLimit,
): Promise<Outcome<readonly ConversionMarket[], 'unavailable'>> {
  const path = '/api/v3/exchangeInfo'
  const ask = (parameters: Parameters) => callPublic(deps, { path, parameters }, limit)
  const answer = await ask({ symbols: JSON.stringify(SYMBOLS) })
  if (!isBadSymbol(answer)) return toMarkets(readSpotMarkets(answer))
  const found: ConversionMarket[] = []
  for (const symbol of SYMBOLS) {
    const one = await ask({ symbol })
    const list = isBadSymbol(one) ? [] : readSpotMarkets(one)
    if (!list) return refuse('unavailable')
    found.push(...list)
  }
  return accept(found)
}

function isBadSymbol(answer: Answer): boolean {
  const read = readConversionBody(answer)
  return read.kind === 'error' && read.error.code === BAD_SYMBOL
}

type Placed = { readonly order: ConversionOrder; readonly ticket: ConversionTicket }

const refuseUnsendable = () => refuse('exchange_refused' as const)

/** The order's name is our own, so a ticket needs nobody. */
function isSendable(order: ConversionOrder): boolean {
  const isMarket = SYMBOLS.includes(symbolOf(order))
  return isMarket && order.amount > 0n && order.amount % ledgerStep(order.asset) === 0n
}

async function execute(
  deps: SpotDeps,
  { order, ticket }: Placed,
  limit: CallLimit,
): Promise<ConversionResult> {
  if (!isSendable(order) || ticket.text !== order.reference)
    return { kind: 'rejected', reason: 'exchange_refused', detail: 'not sent: no such order' }
  const parameters = {
    symbol: symbolOf(order),
    side: order.side.toUpperCase(),
    type: 'MARKET',
    quantity: writeCoins(order.asset, order.amount),
    newClientOrderId: ticket.text,
    newOrderRespType: 'FULL',
  }
  const call = { method: 'POST', path: ORDER, parameters, purpose: 'credit' } as const
  const read = readConversionBody(await callSigned(deps, call, limit))
  if (read.kind === 'error') return judgeError(read.error, 'order')
  if (read.kind !== 'json') return read
  const placed = readOrder(read.json, order)
  if (placed.kind === 'other') return { kind: 'in_doubt', detail: placed.detail }
  const { record } = placed
  const end = endOf(record)
  if (end !== 'filled') return end
  const fees = record.fills && feesOf(record.fills, record)
  return fees ? fill(record, order, fees) : { kind: 'in_doubt', detail: 'filled without its fees' }
}

async function lookUp(
  deps: SpotDeps,
  { order, ticket }: Placed,
  span: LookUpSpan,
): Promise<ConversionLookUp> {
  const parameters = { symbol: symbolOf(order), origClientOrderId: ticket.text }
  const call = { method: 'GET', path: ORDER, parameters, purpose: 'look_up' } as const
  const timeLeft = startLookUp()
  const read = readConversionBody(await callSigned(deps, call, timeLeft()))
  if (read.kind === 'error') return judgeMissing(read.error.code)
  if (read.kind !== 'json') return { kind: 'in_doubt', detail: read.detail }
  const found = readOrder(read.json, order)
  if (found.kind === 'other')
    return found.isOurs
      ? { kind: 'contradicted', detail: found.detail }
      : { kind: 'in_doubt', detail: found.detail }
  const { record } = found
  if (record.time !== undefined && record.time < span.sentAfter - CLOCK_MARGIN_MS)
    return { kind: 'contradicted', detail: 'an older order has our reference' }
  const end = endOf(record)
  return end === 'filled' ? withTrades({ ...deps, timeLeft }, order, record) : end
}

/** What an error says of an order that was looked for. */
function judgeMissing(code: string): ConversionLookUp {
  switch (code) {
    case NO_SUCH_ORDER:
      return { kind: 'not_found' }
    case ORDER_ARCHIVED:
      return { kind: 'rejected', reason: 'exchange_refused', detail: 'ended empty long ago' }
    default:
      return { kind: 'in_doubt', detail: `code ${code.slice(0, 20)}` }
  }
}

type LookingUp = SpotDeps & { readonly timeLeft: () => CallLimit }

async function withTrades(
  deps: LookingUp,
  order: ConversionOrder,
  record: SpotOrder,
): Promise<ConversionLookUp> {
  const trades = await tradesOf(deps, order, record)
  const fees = trades && feesOf(trades, record)
  return fees
    ? fill(record, order, fees)
    : { kind: 'in_doubt', detail: 'filled, and its trades are not told' }
}

/** Trades on one page, the most that Binance gives (Binance Spot API, Account trade list). */
const PAGE_SIZE = 1_000

/** A market order that ten thousand others fill is larger than any of ours. */
const MOST_PAGES = 10

/** All trades of an order, or nothing when they could not be read to their end. */
async function tradesOf(
  deps: LookingUp,
  order: ConversionOrder,
  record: SpotOrder,
): Promise<readonly SpotTrade[] | undefined> {
  const all: SpotTrade[] = []
  const base = { symbol: symbolOf(order), orderId: record.orderId, limit: String(PAGE_SIZE) }
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const last = all.at(-1)
    const parameters = last ? { ...base, fromId: String(BigInt(last.id) + 1n) } : base
    const call = { method: 'GET', path: TRADES, parameters, purpose: 'look_up' } as const
    const read = readConversionBody(await callSigned(deps, call, deps.timeLeft()))
    const trades = read.kind === 'json' ? readTrades(read.json, record) : undefined
    if (!trades) return undefined
    all.push(...trades)
    if (trades.length < PAGE_SIZE) return all
  }
  return undefined
}

import type {
  ConversionLookUp,
  ConversionOrder,
  ConversionRefusal,
  ConversionResult,
  ConversionTicket,
} from '@tolem/domain/conversion'
import type { ExchangeId } from '@tolem/domain/ids'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import { z } from 'zod'
import { ledgerStep, readCoins } from '../coins.ts'
import type { ConversionPort } from '../conversion-port.ts'
import { judgeForeignTicket } from '../foreign-ticket.ts'
import { LOOK_UP_LIMIT } from '../look-up-limit.ts'
import type { CallLimit } from '../port.ts'
import type { ConversionSettings } from '../settings.ts'
import { readWorth } from './conversion-amounts.ts'
import { judgeError, readConversionBody, refuseTicket, toMarkets } from './conversion-answers.ts'
import { type BinanceLine, callPublic, callSigned } from './line.ts'
import { readConvertMarkets } from './markets.ts'
import { writeCoins } from './units.ts'

type ConvertDeps = BinanceLine & {
  readonly exchange: ExchangeId
  readonly settings: ConversionSettings
}

const ROOT = '/sapi/v1/convert'

/** How long a quote may be accepted: the shortest that Convert offers, because it is accepted as soon as it is kept. */
const VALID_TIME = '10s'

/**
 * Converts by quotes (Binance Convert, Trade). A quote is accepted once, and its id finds the order for ever; what a
 * second acceptance answers is not documented, and neither is what an order is called that does not exist: the
 * programme names those codes. The price is all that Convert takes: there are no fees besides it.
 */
export function createBinanceConvert(deps: ConvertDeps): ConversionPort {
  return {
    exchange: deps.exchange,
    capabilities: {
      reference: { kind: 'undocumented' },
      notFoundIsFinalAfterMs: deps.settings.notFoundIsFinalAfterMs,
    },
    async markets(limit) {
      const path = `${ROOT}/exchangeInfo`
      const list = async (toAsset: string) =>
        readConvertMarkets(await callPublic(deps, { path, parameters: { toAsset } }, limit))
      const inTenge = await list('KZT')
      const inUsdt = inTenge && (await list('USDT'))
      return toMarkets(inUsdt && [...inTenge, ...inUsdt])
    },
    prepare: (order, limit) => prepare(deps, order, limit),
    execute: (_order, ticket, limit) => execute(deps, ticket, limit),
    async lookUp(order, ticket) {
      return judgeForeignTicket(order, ticket, 'convert') ?? lookUp(deps, order, ticket)
    },
  }
}

const quoteId = z.string().regex(/^[0-9A-Za-z-]{1,64}$/)
const decimal = z.string().max(64)

/** The id is there only with enough funds to convert: its absence is the refusal. */
const quote = z.object({
  quoteId: quoteId.optional(),
  validTimestamp: z
    .string()
    .regex(/^[0-9]{13}$/)
    .transform(Number)
    .optional(),
  fromAmount: decimal.optional(),
  toAmount: decimal.optional(),
})

async function prepare(
  deps: ConvertDeps,
  order: ConversionOrder,
  limit: CallLimit,
): Promise<Outcome<ConversionTicket, ConversionRefusal>> {
  if (order.amount <= 0n || order.amount % ledgerStep(order.asset) !== 0n)
    return refuse('exchange_refused')
  const [fromAsset, toAsset] = directionOf(order)
  const amount = writeCoins(order.asset, order.amount)
  const side = order.side === 'sell' ? { fromAmount: amount } : { toAmount: amount }
  const call = {
    method: 'POST',
    path: `${ROOT}/getQuote`,
    parameters: { fromAsset, toAsset, ...side, validTime: VALID_TIME },
    purpose: 'look_up',
  } as const
  const read = readConversionBody(await callSigned(deps, call, limit))
  if (read.kind === 'error') return refuseTicket(judgeError(read.error, 'quote'))
  if (read.kind !== 'json') return refuseTicket(read)
  return readQuote(read.json, order)
}

function readQuote(
  json: unknown,
  order: ConversionOrder,
): Outcome<ConversionTicket, ConversionRefusal> {
  const told = quote.safeParse(json)
  if (!told.success) return refuse('exchange_unavailable')
  const { quoteId: text, validTimestamp: expiresAt, fromAmount, toAmount } = told.data
  const quoted = order.side === 'sell' ? fromAmount : toAmount
  if (quoted === undefined || readCoins(order.asset, quoted) !== order.amount)
    return refuse('exchange_unavailable')
  if (text === undefined) return refuse('insufficient_funds')
  return expiresAt === undefined ? refuse('exchange_unavailable') : accept({ text, expiresAt })
}

const accepted = z.object({ orderId: z.string().min(1).max(64), orderStatus: z.string() })

/** The answer tells no amounts: an order that is done is still open to us until its record was read. */
async function execute(
  deps: ConvertDeps,
  ticket: ConversionTicket,
  limit: CallLimit,
): Promise<ConversionResult> {
  if (ticket.expiresAt !== undefined && deps.client.clock.now() >= ticket.expiresAt)
    return { kind: 'rejected', reason: 'ticket_expired', detail: 'not sent: the quote is over' }
  const parameters = { quoteId: ticket.text }
  const path = `${ROOT}/acceptQuote`
  const call = { method: 'POST', path, parameters, purpose: 'credit' } as const
  const read = readConversionBody(await callSigned(deps, call, limit))
  if (read.kind === 'error') return judgeError(read.error, 'accept')
  if (read.kind !== 'json') return read
  const told = accepted.safeParse(read.json)
  if (!told.success) return { kind: 'in_doubt', detail: 'no order in the answer' }
  const { orderStatus } = told.data
  return orderStatus === 'SUCCESS' ? { kind: 'open' } : byStatus(orderStatus)
}

const record = z.object({
  orderId: z.string().min(1).max(64),
  orderStatus: z.string(),
  fromAsset: z.string(),
  fromAmount: decimal,
  toAsset: z.string(),
  toAmount: decimal,
})

async function lookUp(
  deps: ConvertDeps,
  order: ConversionOrder,
  ticket: ConversionTicket,
): Promise<ConversionLookUp> {
  const parameters = { quoteId: ticket.text }
  const path = `${ROOT}/orderStatus`
  const call = { method: 'GET', path, parameters, purpose: 'look_up' } as const
  const read = readConversionBody(await callSigned(deps, call, LOOK_UP_LIMIT))
  if (read.kind === 'error') {
    const { code } = read.error
    return deps.settings.unpublishedCodes?.orderNotFound?.includes(code)
      ? { kind: 'not_found' }
      : { kind: 'in_doubt', detail: `code ${code.slice(0, 20)}` }
  }
  if (read.kind !== 'json') return { kind: 'in_doubt', detail: read.detail }
  const told = record.safeParse(read.json)
  return told.success
    ? judgeRecord(told.data, order)
    : { kind: 'in_doubt', detail: 'no record of an order' }
}

function judgeRecord(found: z.output<typeof record>, order: ConversionOrder): ConversionLookUp {
  const [fromAsset, toAsset] = directionOf(order)
  if (found.fromAsset !== fromAsset || found.toAsset !== toAsset)
    return { kind: 'contradicted', detail: 'the order is about other assets' }
  const [sold, got] = [found.fromAmount, found.toAmount]
  const [coins, money] = order.side === 'sell' ? [sold, got] : [got, sold]
  if (readCoins(order.asset, coins) !== order.amount)
    return { kind: 'contradicted', detail: 'the order has another amount' }
  if (found.orderStatus !== 'SUCCESS') return byStatus(found.orderStatus)
  const worth = readWorth(order, money)
  if (worth === undefined) return { kind: 'in_doubt', detail: 'done, and its worth is not told' }
  const { amount } = order
  return {
    kind: 'filled',
    fill: { exchangeReference: found.orderId, amount, worth, fees: [] },
  }
}

function byStatus(
  status: string,
): Extract<ConversionResult, { readonly kind: 'open' | 'rejected' | 'in_doubt' }> {
  switch (status) {
    case 'PROCESS':
    case 'ACCEPT_SUCCESS':
      return { kind: 'open' }
    case 'FAIL':
      return { kind: 'rejected', reason: 'exchange_refused', detail: 'status FAIL' }
    default:
      return { kind: 'in_doubt', detail: `status ${status.slice(0, 20)}` }
  }
}

function directionOf({ side, asset, money }: ConversionOrder): readonly [string, string] {
  return side === 'sell' ? [asset, money] : [money, asset]
}

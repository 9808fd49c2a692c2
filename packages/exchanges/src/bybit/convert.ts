import type {
  ConversionOrder,
  ConversionRefusal,
  ConversionResult,
  ConversionTicket,
} from '@tolem/domain/conversion'
import type { ExchangeId } from '@tolem/domain/ids'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import { type Amount, amountOf } from '@tolem/money/amount'
import { scaleOf } from '@tolem/money/asset'
import { crossRate, lowerRate, RATE_SCALE, type Rate, scaledRate } from '@tolem/money/rate'
import { writeCoins } from '../coins.ts'
import type { ConversionPort } from '../conversion-port.ts'
import { judgeForeignTicket } from '../foreign-ticket.ts'
import { LOOK_UP_LIMIT } from '../look-up-limit.ts'
import type { CallLimit } from '../port.ts'
import type { ConversionSettings } from '../settings.ts'
import { type BybitAccess, bybitGet, bybitPost, encoded } from './calls.ts'
import {
  type AskedQuote,
  type ConvertAccount,
  judgeExecution,
  judgeStatus,
  readAsk,
  readCoinList,
  readQuote,
} from './convert-answers.ts'
import { symbolOf } from './spot-answers.ts'

type BybitConvertDeps = BybitAccess & {
  readonly exchange: ExchangeId
  readonly settings: ConversionSettings
  readonly account: ConvertAccount
}

const ROOT = '/v5/asset/exchange'

/** How long a quote can be executed, and how long a second execution is answered by 700009 (Convert Guideline). */
const QUOTE_HOLDS_MS = 15_000

/**
 * Converts by Bybit's Convert (Bybit V5, Convert Guideline): a quote holds for 15 seconds and is executed once. Its id
 * is the ticket. A repeat is refused as long as the quote holds (700009), and then because it has expired (700008): it
 * never executes twice, but neither refusal tells what became of the first. Only the record of the quote does, and it
 * differs from what was quoted.
 */
export function createBybitConvert(deps: BybitConvertDeps): ConversionPort {
  const { exchange, settings, account, client } = deps
  return {
    exchange,
    capabilities: {
      reference: { kind: 'for_window', windowMs: QUOTE_HOLDS_MS },
      notFoundIsFinalAfterMs: settings.notFoundIsFinalAfterMs,
    },
    async markets(limit) {
      const query = { side: '0', accountType: account }
      const markets = readCoinList(
        await bybitGet(deps, { path: `${ROOT}/query-coin-list`, query, limit }),
      )
      return markets ? accept(markets) : refuse('unavailable')
    },
    prepare: (order, limit) => prepare(deps, order, limit),
    execute: (_order, ticket, limit) => execute(deps, ticket, limit),
    async lookUp(order, ticket) {
      const foreign = judgeForeignTicket(order, ticket, 'convert')
      if (foreign) return foreign
      const quoteTxId = ticket.text
      const answer = await bybitGet(deps, {
        path: `${ROOT}/convert-result-query`,
        query: encoded({ quoteTxId, accountType: account }),
        limit: LOOK_UP_LIMIT,
      })
      const isExpired = hasExpired(ticket, client.clock.now())
      return judgeStatus(answer, order, { quoteTxId, account, isExpired })
    },
  }
}

async function prepare(
  deps: BybitConvertDeps,
  order: ConversionOrder,
  limit: CallLimit,
): Promise<Outcome<ConversionTicket, ConversionRefusal>> {
  const giveUpAt = performance.now() + limit.timeoutMs
  if (order.amount <= 0n || symbolOf(order) === 'USDTUSDT') return refuse('exchange_refused')
  const asked = await askFor(deps, order, limit)
  if (!asked) return refuse('exchange_unavailable')
  if (asked.fromAmount <= 0n) return refuse('below_minimum')
  const body = JSON.stringify({
    accountType: deps.account,
    fromCoin: asked.from,
    toCoin: asked.to,
    requestCoin: asked.from,
    requestAmount: writeCoins(asked.from, asked.fromAmount),
    requestId: order.reference,
  })
  const answer = await bybitPost(deps, {
    purpose: 'look_up',
    path: `${ROOT}/quote-apply`,
    body,
    limit: { timeoutMs: giveUpAt - performance.now() },
  })
  return readQuote(answer, asked)
}

/**
 * Convert quotes what is given, never what is got (700002). To buy, the money to give is reckoned from the spot price,
 * less the slippage that the programme allows: so a little less is bought than was ordered and never more, because an
 * executed price may be half a percent off the quoted one (32024).
 */
async function askFor(
  deps: BybitConvertDeps,
  order: ConversionOrder,
  limit: CallLimit,
): Promise<AskedQuote | undefined> {
  const { asset, money, side, amount } = order
  if (side === 'sell') return { order, from: asset, to: money, fromAmount: amount }
  const ask = await askOf(deps, order, limit)
  if (!ask) return undefined
  const rate = lowerRate(ask, deps.settings.slippageBasisPoints)
  return { order, from: money, to: asset, fromAmount: worthOf(order, rate) }
}

/** What one coin costs on the spot market; in tenge through USDT, because hardly an asset has a tenge market. */
async function askOf(
  deps: BybitConvertDeps,
  { asset, money }: ConversionOrder,
  { timeoutMs }: CallLimit,
): Promise<Rate | undefined> {
  const giveUpAt = performance.now() + timeoutMs
  const ask = async (pair: Pick<ConversionOrder, 'asset' | 'money'>) => {
    const symbol = symbolOf(pair)
    const query = { category: 'spot', symbol }
    const limit = { timeoutMs: giveUpAt - performance.now() }
    return readAsk(await bybitGet(deps, { path: '/v5/market/tickers', query, limit }), symbol)
  }
  if (asset === 'USDT' || money === 'USDT') return ask({ asset, money })
  const inDollars = await ask({ asset, money: 'USDT' })
  const dollar = inDollars && (await ask({ asset: 'USDT', money }))
  return inDollars && dollar && crossRate(inDollars, dollar)
}

/** What the ordered amount costs at a price, to the minor unit below. */
function worthOf({ asset, money, amount }: ConversionOrder, rate: Rate): Amount {
  const dividend = amount * scaledRate(rate) * 10n ** BigInt(scaleOf(money))
  return amountOf(money, dividend / (RATE_SCALE * 10n ** BigInt(scaleOf(asset))))
}

async function execute(
  deps: BybitConvertDeps,
  ticket: ConversionTicket,
  limit: CallLimit,
): Promise<ConversionResult> {
  if (hasExpired(ticket, deps.client.clock.now()))
    return { kind: 'rejected', reason: 'ticket_expired', detail: 'not sent: the quote has expired' }
  const body = JSON.stringify({ quoteTxId: ticket.text })
  const path = `${ROOT}/convert-execute`
  return judgeExecution(await bybitPost(deps, { purpose: 'debit', path, body, limit }), ticket.text)
}

function hasExpired({ expiresAt }: ConversionTicket, now: number): boolean {
  return expiresAt !== undefined && now >= expiresAt
}

import type {
  ConversionLookUp,
  ConversionMarket,
  ConversionOrder,
  ConversionRefusal,
  ConversionResult,
  ConversionTicket,
} from '@tolem/domain/conversion'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import type { Amount } from '@tolem/money/amount'
import { type AssetCode, CRYPTO_ASSETS } from '@tolem/money/asset'
import { parseRate, type Rate } from '@tolem/money/rate'
import { z } from 'zod'
import { readCoins } from '../coins.ts'
import type { Answer } from '../http/send.ts'
import { conversionMeaningOf, EXECUTE_CODES, QUOTE_CODES } from './conversion-codes.ts'
import { readEnvelope } from './envelope.ts'
import { MONEY } from './spot-answers.ts'
import { readRounded, smallestUnit } from './units.ts'

/** A wallet of ours that Convert takes from and gives to. */
export type ConvertAccount = 'eb_convert_funding' | 'eb_convert_uta'

/** What a quote was asked for: an amount of what is given, exactly. */
export type AskedQuote = {
  readonly order: ConversionOrder
  readonly from: AssetCode
  readonly to: AssetCode
  readonly fromAmount: Amount
}

const quoteId = z.string().min(1).max(64)
const quote = z.object({
  quoteTxId: quoteId,
  fromCoin: z.string(),
  toCoin: z.string(),
  fromAmount: z.string(),
  toAmount: z.string(),
  expiredTime: z.string().regex(/^[0-9]{13}$/),
})
const executed = z.object({ quoteTxId: quoteId, exchangeStatus: z.string() })
const status = z.object({
  result: z.object({
    accountType: z.string(),
    exchangeTxId: z.string(),
    fromCoin: z.string(),
    toCoin: z.string(),
    fromAmount: z.string(),
    toAmount: z.string(),
    exchangeStatus: z.string(),
  }),
})
type Status = z.output<typeof status>['result']

const tickers = z.object({ list: z.array(z.object({ symbol: z.string(), ask1Price: z.string() })) })

const coins = z.object({ coins: z.array(z.unknown()) })
const coin = z.object({
  coin: z.string(),
  accuracyLength: z.string().regex(/^[0-9]{1,2}$/),
  singleFromMinLimit: z.string(),
  singleFromMaxLimit: z.string(),
  disableFrom: z.literal(false),
  disableTo: z.literal(false),
})

/** The price at which a spot market sells to us now; nothing when it is not told. */
export function readAsk(answer: Answer, market: string): Rate | undefined {
  const read = readEnvelope(answer)
  const { data } = tickers.safeParse(read.kind === 'result' ? read.result : undefined)
  const ours = data?.list.find(({ symbol }) => symbol === market)
  return ours && parseRate(ours.ask1Price)
}

/** The quote as the ticket of an order. Asking for one moves nothing, so whatever is unclear is no quote. */
export function readQuote(
  answer: Answer,
  asked: AskedQuote,
): Outcome<ConversionTicket, ConversionRefusal> {
  const read = readEnvelope(answer)
  if (read.kind === 'code') {
    const { meaning } = conversionMeaningOf(QUOTE_CODES, read.code)
    return refuse(meaning === 'unclear' ? 'exchange_unavailable' : meaning)
  }
  const { data } = quote.safeParse(read.kind === 'result' ? read.result : undefined)
  if (!data || data.fromCoin !== asked.from || data.toCoin !== asked.to)
    return refuse('exchange_unavailable')
  if (readCoins(asked.from, data.fromAmount) !== asked.fromAmount)
    return refuse('exchange_unavailable')
  const given = readRounded(asked.to, data.toAmount, 'down')
  const { side, amount } = asked.order
  if (!given || (side === 'buy' && given > amount)) return refuse('exchange_unavailable')
  return accept({ text: data.quoteTxId, expiresAt: Number(data.expiredTime) })
}

/** What the answer to an execution says. Even `success` is looked up: what was given is told there only. */
export function judgeExecution(answer: Answer, quoteTxId: string): ConversionResult {
  const read = readEnvelope(answer)
  if (read.kind === 'code') {
    const { meaning, label } = conversionMeaningOf(EXECUTE_CODES, read.code)
    if (meaning === 'unclear') return doubt(label)
    return { kind: 'rejected', reason: meaning, detail: label }
  }
  if (read.kind === 'refused')
    return { kind: 'rejected', reason: 'exchange_unavailable', detail: read.detail }
  if (read.kind !== 'result') return doubt('detail' in read ? read.detail : 'no envelope')
  const { data } = executed.safeParse(read.result)
  if (!data) return doubt('success without an order')
  if (data.quoteTxId !== quoteTxId) return doubt('the answer is about another quote')
  if (['init', 'processing', 'success'].includes(data.exchangeStatus)) return { kind: 'open' }
  if (data.exchangeStatus === 'failure') return failed()
  return doubt(statusDetail(data.exchangeStatus))
}

/**
 * What the record of a quote says. An order that was never executed has none, or stays `init`: once its quote has
 * expired nothing can execute it any more. What was executed counts, not what was quoted.
 */
export function judgeStatus(
  answer: Answer,
  order: ConversionOrder,
  known: {
    readonly quoteTxId: string
    readonly account: ConvertAccount
    readonly isExpired: boolean
  },
): ConversionLookUp {
  const read = readEnvelope(answer)
  if (read.kind === 'code') {
    if (read.code === '700004') return { kind: 'not_found' }
    return doubt(conversionMeaningOf(EXECUTE_CODES, read.code).label)
  }
  if (read.kind !== 'result') return doubt('detail' in read ? read.detail : 'no envelope')
  const said = status.safeParse(read.result)
  if (!said.success) return doubt('success without an order')
  const record = said.data.result
  const flaw = flawOf(record, order, known)
  if (flaw) return { kind: 'contradicted', detail: `the order has ${flaw}` }
  switch (record.exchangeStatus) {
    case 'success':
      return filled(record, order)
    case 'failure':
      return failed()
    case 'init':
      return known.isExpired ? { kind: 'not_found' } : { kind: 'open' }
    case 'processing':
      return { kind: 'open' }
    default:
      return doubt(statusDetail(record.exchangeStatus))
  }
}

/** The markets between coins that can be converted both ways; nothing when the answer cannot be read. */
export function readCoinList(answer: Answer): readonly ConversionMarket[] | undefined {
  const read = readEnvelope(answer)
  const said = coins.safeParse(read.kind === 'result' ? read.result : undefined)
  if (!said.success) return undefined
  const listed = said.data.coins.flatMap((one) => coin.safeParse(one).data ?? [])
  const specOf = (name: AssetCode) => listed.find((one) => one.coin === name)
  return CRYPTO_ASSETS.flatMap((asset) =>
    MONEY.flatMap((money) => {
      const [given, paid] = [specOf(asset), specOf(money)]
      if (!given || !paid || given === paid) return []
      const step = smallestUnit(asset, precisionOf(given.accuracyLength))
      const smallest = readRounded(asset, given.singleFromMinLimit, 'up')
      const largest = readRounded(asset, given.singleFromMaxLimit, 'down')
      const smallestWorth = readRounded(money, paid.singleFromMinLimit, 'up')
      if (!step || smallest === undefined || largest === undefined || smallestWorth === undefined)
        return []
      return [{ asset, money, step, smallest, largest, smallestWorth }]
    }),
  )
}

/** `0.001` for three decimals. */
function precisionOf(decimals: string): string {
  const count = Number(decimals)
  return count === 0 ? '1' : `0.${'1'.padStart(count, '0')}`
}

/** What is given is exact when we sell; when we buy it was reckoned from a price that is not known any more. */
function flawOf(
  record: Status,
  { side, asset, money, amount }: ConversionOrder,
  known: { readonly quoteTxId: string; readonly account: ConvertAccount },
): string | undefined {
  const [from, to] = side === 'sell' ? [asset, money] : [money, asset]
  if (record.exchangeTxId !== known.quoteTxId) return 'another quote'
  if (record.accountType !== known.account) return 'another account type'
  if (record.fromCoin !== from || record.toCoin !== to) return 'other coins'
  if (side === 'sell' && readCoins(asset, record.fromAmount) !== amount) return 'another amount'
  return undefined
}

/** Convert takes no fee: it is in the price. What we gave is rounded up and what we got is rounded down. */
function filled(record: Status, { side, asset, money }: ConversionOrder): ConversionLookUp {
  const isSale = side === 'sell'
  const amount = readRounded(
    asset,
    isSale ? record.fromAmount : record.toAmount,
    isSale ? 'up' : 'down',
  )
  const worth = readRounded(
    money,
    isSale ? record.toAmount : record.fromAmount,
    isSale ? 'down' : 'up',
  )
  if (!amount || !worth) return doubt('success without amounts')
  const { exchangeTxId: exchangeReference } = record
  return { kind: 'filled', fill: { exchangeReference, amount, worth, fees: [] } }
}

function failed(): ConversionResult {
  return { kind: 'rejected', reason: 'exchange_refused', detail: 'status failure' }
}

function statusDetail(text: string): string {
  return `status ${text.slice(0, 20)}`
}

function doubt(detail: string): { readonly kind: 'in_doubt'; readonly detail: string } {
  return { kind: 'in_doubt', detail }
}

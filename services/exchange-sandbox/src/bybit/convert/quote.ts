import { randomInt } from 'node:crypto'
import type { Cabinet, Drawer } from '../../cabinet.ts'
import type { Answer, Endpoint } from '../../call.ts'
import { formatCoins, parseCoins, scaleOf } from '../../coins.ts'
import { MASTER } from '../../entries.ts'
import type { Fault } from '../../faults.ts'
import { crossRate, type Fraction } from '../../prices/cross-rate.ts'
import { rescale } from '../../prices/fills.ts'
import { v5Answer, v5Refusal } from '../answers.ts'
import { type Fields, text } from '../gate.ts'
import type { TradeDeps } from '../spot/order-create.ts'
import { createSignedGate } from '../v5/signed-gate.ts'
import { CONVERT_COINS, type ConvertCoin } from './coins.ts'

/** What the Convert endpoints share. */
export type ConvertDeps = TradeDeps & { readonly cabinet: Cabinet }

/** A price that holds for fifteen seconds. Units are text, for the drawer. */
export type Quote = {
  readonly quoteTxId: string
  readonly accountType: string
  readonly fromCoin: string
  readonly toCoin: string
  readonly fromUnits: string
  readonly toUnits: string
  readonly expiresAt: number
}

/** Who may convert: keys with the permission that Bybit calls "Exchange". */
export const CONVERT_PERMISSION = { group: 'Exchange', anyOf: ['ExchangeHistory'] } as const

const VALID_MS = 15_000

/** Decimals of the rates and amounts of a quote, as in the documents' samples. */
const QUOTE_DECIMALS = 18

/** Which of the wallets that the real exchange has: here they are one. */
export const ACCOUNT_TYPES: ReadonlySet<string> = new Set(['eb_convert_uta', 'eb_convert_funding'])

/** The drawer of quotes that are still good. */
export function quotesOf(cabinet: Cabinet): Drawer<Quote> {
  return cabinet.open<Quote>('bybit-quotes')
}

/** POST /v5/asset/exchange/quote-apply: a price for so much of `fromCoin`, from the sandbox's best prices. */
export function quoteApplyEndpoint(deps: ConvertDeps): Endpoint {
  const admit = createSignedGate(deps, {
    perSecond: deps.config.SANDBOX_BYBIT_CONVERT_PER_SECOND,
    permission: CONVERT_PERMISSION,
  })
  return (request) => {
    const admitted = admit(request)
    if ('status' in admitted) return admitted
    const { fields, headers, failures } = admitted
    const run = (fault: Fault | undefined) => apply(deps, fields, fault)
    return { operation: 'convert', wallet: MASTER, headers, failures, run }
  }
}

/** What so many units bring at the present prices, less Convert's spread; rounded down. */
export function priceOf(
  { market, config }: ConvertDeps,
  asked: { readonly fromCoin: string; readonly toCoin: string; readonly fromUnits: bigint },
): { readonly rate: Fraction; readonly toUnits: bigint } | undefined {
  const { fromCoin: from, toCoin: to, fromUnits } = asked
  const best = crossRate(market, 'bybit', { from, to })
  if (best === undefined) return undefined
  const kept = BigInt(10_000 - config.SANDBOX_BYBIT_CONVERT_SPREAD_BASIS_POINTS)
  const rate = { numerator: best.numerator * kept, denominator: best.denominator * 10_000n }
  const wide = 36
  const gross = (rescale(fromUnits, scaleAt(from), wide) * rate.numerator) / rate.denominator
  return { rate, toUnits: rescale(gross, wide, scaleAt(to)) }
}

async function apply(deps: ConvertDeps, fields: Fields, fault: Fault | undefined): Promise<Answer> {
  const time = deps.now()
  const asked = readAsked(fields)
  if ('code' in asked) return v5Refusal(asked.code, asked.message, time)
  const priced = priceOf(deps, asked)
  if (priced === undefined) return v5Refusal(700001, 'no dealer', time)
  const poor = !deps.book.covers('bybit', MASTER, { asset: asked.fromCoin, units: asked.fromUnits })
  if (poor || fault?.kind === 'insufficient') return v5Refusal(700005, 'balance not enough', time)
  const quotes = quotesOf(deps.cabinet)
  for (const old of quotes.values()) {
    if (old.expiresAt > time) break
    quotes.remove(old.quoteTxId)?.catch(() => undefined)
  }
  const quote: Quote = {
    quoteTxId: newQuoteTxId(),
    accountType: asked.accountType,
    fromCoin: asked.fromCoin,
    toCoin: asked.toCoin,
    fromUnits: asked.fromUnits.toString(),
    toUnits: priced.toUnits.toString(),
    expiresAt: time + VALID_MS,
  }
  await quotes.put(quote.quoteTxId, quote)
  const more = fault?.kind === 'wrong_echo' ? 1n : 0n
  return v5Answer(
    {
      quoteTxId: quote.quoteTxId,
      exchangeRate: writeRate(priced.rate),
      fromCoin: quote.fromCoin,
      fromCoinType: 'crypto',
      toCoin: quote.toCoin,
      toCoinType: 'crypto',
      fromAmount: formatWide(asked.fromUnits + more, quote.fromCoin).replace(/\.?0+$/, ''),
      toAmount: formatWide(priced.toUnits, quote.toCoin),
      expiredTime: String(quote.expiresAt),
      requestId: text(fields, 'requestId'),
      extTaxAndFee: [],
    },
    time,
    'ok',
  )
}

/** A rate with eighteen decimals, the rest cut off. */
export function writeRate({ numerator, denominator }: Fraction): string {
  return formatCoins((numerator * 10n ** BigInt(QUOTE_DECIMALS)) / denominator, QUOTE_DECIMALS)
}

function formatWide(units: bigint, coin: string): string {
  return formatCoins(rescale(units, scaleAt(coin), QUOTE_DECIMALS), QUOTE_DECIMALS)
}

/** Twenty-nine digits, as in the documents' samples. */
function newQuoteTxId(): string {
  return `10100108106409340${[6, 6].map((size) => String(randomInt(10 ** size)).padStart(size, '0')).join('')}`
}

type Asked = {
  readonly accountType: string
  readonly fromCoin: string
  readonly toCoin: string
  readonly fromUnits: bigint
}

type Refusal = { readonly code: number; readonly message: string }

const WRONG: Refusal = { code: 700000, message: 'parameter error' }

function readAsked(fields: Fields): Asked | Refusal {
  const accountType = text(fields, 'accountType')
  const [fromCoin, toCoin] = [text(fields, 'fromCoin'), text(fields, 'toCoin')]
  const isNamed = /^[\w-]{0,36}$/.test(text(fields, 'requestId'))
  if (!ACCOUNT_TYPES.has(accountType) || !isNamed) return WRONG
  const coin = CONVERT_COINS.get(fromCoin)
  if (coin === undefined || !CONVERT_COINS.has(toCoin) || fromCoin === toCoin) {
    return { code: 700013, message: 'coin not supported' }
  }
  if (text(fields, 'requestCoin') !== fromCoin) {
    return { code: 700002, message: 'quote type not supported' }
  }
  const amount = parseCoins(text(fields, 'requestAmount'), coin.decimals)
  if (amount === undefined || amount === 0n) return WRONG
  const fromUnits = rescale(amount, coin.decimals, scaleAt(fromCoin))
  return checkLimits(coin, amount) ?? { accountType, fromCoin, toCoin, fromUnits }
}

function checkLimits({ least, most, decimals }: ConvertCoin, amount: bigint): Refusal | undefined {
  const limit = (coins: string) => parseCoins(coins, decimals) ?? 0n
  if (amount < limit(least)) return { code: 700006, message: 'below the low limit' }
  if (amount > limit(most)) return { code: 700007, message: 'above the large limit' }
  return undefined
}

function scaleAt(coin: string): number {
  return scaleOf('bybit', coin) ?? 0
}

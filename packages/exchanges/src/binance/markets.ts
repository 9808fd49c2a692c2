import type { ConversionMarket, ConversionMoney } from '@tolem/domain/conversion'
import { CRYPTO_ASSETS, type CryptoAsset } from '@tolem/money/asset'
import { z } from 'zod'
import { ledgerStep } from '../coins.ts'
import type { Answer } from '../http/send.ts'
import { parseJson } from '../json.ts'
import { inMinorUnits, readFinest } from './conversion-amounts.ts'

type Pair = { readonly asset: CryptoAsset; readonly money: ConversionMoney }

/** Binance has one market in tenge, USDTKZT: every other asset becomes tenge through USDT. */
const PAIRS: readonly Pair[] = [
  { asset: 'USDT', money: 'KZT' },
  ...CRYPTO_ASSETS.flatMap((asset) =>
    asset === 'USDT' ? [] : [{ asset, money: 'USDT' } as const],
  ),
]

/** The name of a market. */
export function symbolOf({ asset, money }: Pair): string {
  return `${asset}${money}`
}

/** Named one by one: the whole list is megabytes long. */
export const SYMBOLS: readonly string[] = PAIRS.map(symbolOf)

/** The finest number, in which an amount of any asset is whole. */
const finest = z.string().transform(readFinest).pipe(z.bigint())

const lot = { minQty: finest, maxQty: finest, stepSize: finest }
const filter = z.discriminatedUnion('filterType', [
  z.object({ filterType: z.literal('LOT_SIZE'), ...lot }),
  z.object({ filterType: z.literal('MARKET_LOT_SIZE'), ...lot }),
  z.object({
    filterType: z.literal('MIN_NOTIONAL'),
    minNotional: finest,
    applyToMarket: z.boolean(),
  }),
  z.object({
    filterType: z.literal('NOTIONAL'),
    minNotional: finest,
    applyMinToMarket: z.boolean(),
  }),
])
const KNOWN_FILTERS: ReadonlySet<string> = new Set([
  'LOT_SIZE',
  'MARKET_LOT_SIZE',
  'MIN_NOTIONAL',
  'NOTIONAL',
])

type Filter = z.output<typeof filter>

const exchangeInfo = z.object({
  symbols: z.array(
    z.object({
      symbol: z.string(),
      status: z.string(),
      orderTypes: z.array(z.string()),
      isSpotTradingAllowed: z.boolean(),
      filters: z.array(z.looseObject({ filterType: z.string() })),
    }),
  ),
})

/**
 * The spot markets in which a market order can be sent now (Binance Spot API, Exchange information and Filters). A
 * market whose rules cannot be read is left out. Nothing when the answer is no list of markets.
 */
export function readSpotMarkets(answer: Answer): readonly ConversionMarket[] | undefined {
  if (answer.kind !== 'answered' || answer.status !== 200) return undefined
  const info = exchangeInfo.safeParse(parseJson(answer.body))
  if (!info.success) return undefined
  return PAIRS.flatMap((pair) => {
    const symbol = info.data.symbols.find((one) => one.symbol === symbolOf(pair))
    const isOpen =
      symbol?.status === 'TRADING' &&
      symbol.isSpotTradingAllowed &&
      symbol.orderTypes.includes('MARKET')
    if (!isOpen) return []
    const known = symbol.filters.filter(({ filterType }) => KNOWN_FILTERS.has(filterType))
    const filters = z.array(filter).safeParse(known)
    return filters.success ? [marketOf(pair, filters.data)] : []
  })
}

/** A step of zero is a rule that is off, and so is a largest amount of zero (Binance Spot API, Filters). */
function marketOf(pair: Pair, filters: readonly Filter[]): ConversionMarket {
  const lots = filters.flatMap((one) => ('stepSize' in one ? [one] : []))
  const steps = lots.map((one) => inAsset(pair, one.stepSize)).filter((step) => step > 0n)
  const step = [ledgerStep(pair.asset), ...steps].reduce(leastCommonMultiple)
  const mosts = lots.map((one) => inAsset(pair, one.maxQty)).filter((most) => most > 0n)
  return {
    ...pair,
    step,
    smallest: roundUp(largestOf([step, ...lots.map((one) => inAsset(pair, one.minQty))]), step),
    largest: smallestOf([LARGEST, ...mosts]),
    smallestWorth: largestOf([0n, ...filters.map((one) => leastWorth(pair, one))]),
  }
}

/** Where no filter says how much is too much. */
const LARGEST = 10n ** 30n

function leastWorth({ money }: Pair, one: Filter): bigint {
  const applies =
    (one.filterType === 'MIN_NOTIONAL' && one.applyToMarket) ||
    (one.filterType === 'NOTIONAL' && one.applyMinToMarket)
  return applies ? inMinorUnits(money, one.minNotional, 'up') : 0n
}

const converts = z.array(
  z.object({
    fromAsset: z.string(),
    toAsset: z.string(),
    fromAssetMinAmount: finest,
    fromAssetMaxAmount: finest,
    toAssetMinAmount: finest,
  }),
)

/** The pairs that Convert takes (Binance Convert, List All Convert Pairs); nothing when the answer is no list. */
export function readConvertMarkets(answer: Answer): readonly ConversionMarket[] | undefined {
  if (answer.kind !== 'answered' || answer.status !== 200) return undefined
  const list = converts.safeParse(parseJson(answer.body))
  if (!list.success) return undefined
  return PAIRS.flatMap((pair) => {
    const told = list.data.find((one) => one.fromAsset === pair.asset && one.toAsset === pair.money)
    if (!told) return []
    const step = ledgerStep(pair.asset)
    return [
      {
        ...pair,
        step,
        smallest: roundUp(largestOf([step, inAsset(pair, told.fromAssetMinAmount)]), step),
        largest: inAsset(pair, told.fromAssetMaxAmount),
        smallestWorth: inMinorUnits(pair.money, told.toAssetMinAmount, 'up'),
      },
    ]
  })
}

/** What is finer than our own unit of an asset is dropped: Binance's ledger has nothing so fine. */
function inAsset({ asset }: Pair, number: bigint): bigint {
  return inMinorUnits(asset, number, 'down')
}

function roundUp(amount: bigint, step: bigint): bigint {
  return ((amount + step - 1n) / step) * step
}

function largestOf(numbers: readonly bigint[]): bigint {
  return numbers.reduce((most, one) => (one > most ? one : most))
}

function smallestOf(numbers: readonly bigint[]): bigint {
  return numbers.reduce((least, one) => (one < least ? one : least))
}

function leastCommonMultiple(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right]
  while (b > 0n) [a, b] = [b, a % b]
  return (left / a) * right
}

import type { Answer, Endpoint } from '../../call.ts'
import { parseCoins, scaleOf } from '../../coins.ts'
import { MASTER } from '../../entries.ts'
import { binanceAnswer, binanceError, malformed } from '../answers.ts'
import { PRICE_SCALE } from '../spot/matching.ts'
import { admit, CONVERT, type ConvertDeps } from './convert.ts'
import { boundsOf } from './pairs.ts'
import { type Quote, quoteOf, rateBetween } from './quotes.ts'

const VALID_MS: Readonly<Record<string, number>> = { '10s': 10_000, '30s': 30_000, '1m': 60_000 }

const WALLET_TYPES = new Set([
  'SPOT',
  'FUNDING',
  'EARN',
  'SPOT_FUNDING',
  'FUNDING_EARN',
  'SPOT_FUNDING_EARN',
  'SPOT_EARN',
])

/** POST /sapi/v1/convert/getQuote: "quoteId is returned only if you have enough funds to convert". */
export function getQuoteEndpoint(deps: ConvertDeps): Endpoint {
  return (request) => {
    const admitted = admit(deps, request, { path: `POST ${CONVERT}/getQuote`, weight: 200 })
    if ('status' in admitted) return admitted
    const terms = readTerms(admitted.params, deps)
    if ('status' in terms) return terms
    const { headers, recheck } = admitted
    return { operation: 'convert', wallet: MASTER, headers, recheck, run: () => quote(deps, terms) }
  }
}

type Terms = Omit<Quote, 'quoteId'>

function readTerms(params: URLSearchParams, { market, config, now }: ConvertDeps): Terms | Answer {
  const wrong = wrongParameter(params)
  if (wrong !== undefined) return malformed(wrong)
  const isFrom = params.has('fromAmount')
  const units = unitsOf(params, isFrom ? 'fromAmount' : 'toAmount')
  if (units === undefined || units === 0n) return malformed(isFrom ? 'fromAmount' : 'toAmount')
  const pair = { fromAsset: params.get('fromAsset') ?? '', toAsset: params.get('toAsset') ?? '' }
  const rate = rateBetween(market, pair, config.SANDBOX_BINANCE_CONVERT_SPREAD_BASIS_POINTS)
  if (rate === undefined) return binanceError(400, 345_103, 'The pair cannot be converted.')
  const amounts = quoteOf(rate, isFrom ? { from: units } : { to: units })
  if (!isInBounds(pair.fromAsset, amounts.fromAmount)) {
    return binanceError(400, 345_104, 'The amount is outside of the bounds of the pair.')
  }
  return { ...pair, ...amounts, validTimestamp: now() + (validMsOf(params) ?? 0) }
}

/** Only what is sold is bounded: the other bound follows from it, but for moves of the price. */
function isInBounds(asset: string, amount: string): boolean {
  const units = (text: string) => parseCoins(text, PRICE_SCALE) ?? 0n
  const { min, max } = boundsOf(asset)
  return units(amount) >= units(min) && units(amount) <= units(max)
}

function wrongParameter(params: URLSearchParams): string | undefined {
  const unknown = ['fromAsset', 'toAsset'].find(
    (name) => scaleOf('binance', params.get(name) ?? '') === undefined,
  )
  if (unknown !== undefined) return unknown
  if (params.has('fromAmount') === params.has('toAmount')) return 'fromAmount'
  if (validMsOf(params) === undefined) return 'validTime'
  return WALLET_TYPES.has(params.get('walletType') ?? 'SPOT') ? undefined : 'walletType'
}

function validMsOf(params: URLSearchParams): number | undefined {
  return VALID_MS[params.get('validTime') ?? '10s']
}

function unitsOf(params: URLSearchParams, name: string): bigint | undefined {
  return parseCoins(params.get(name) ?? '', PRICE_SCALE)
}

async function quote({ book, quotes }: ConvertDeps, terms: Terms): Promise<Answer> {
  const { fromAsset: asset, toAsset: _, ...shown } = terms
  const units = parseCoins(terms.fromAmount, PRICE_SCALE) ?? 0n
  if (!book.covers('binance', MASTER, { asset, units })) return binanceAnswer(shown)
  const { quoteId } = await quotes.keep(terms)
  const { ratio, inverseRatio, validTimestamp, toAmount, fromAmount } = terms
  return binanceAnswer({ quoteId, ratio, inverseRatio, validTimestamp, toAmount, fromAmount })
}

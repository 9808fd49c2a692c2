import type { Answer, Endpoint } from '../../call.ts'
import { ASSETS } from '../../coins.ts'
import type { Market } from '../../prices/market.ts'
import { SYMBOLS } from '../../prices/symbols.ts'
import { binanceAnswer, malformed } from '../answers.ts'
import type { Gate } from '../gate.ts'
import { CONVERT } from './convert.ts'
import { rateBetween } from './quotes.ts'

/** What may be converted at once, in USDT: not published, and the same for every pair here. */
const LEAST_USDT = 1
const MOST_USDT = 5_000_000

/** The bounds of one asset's amount, as decimal strings of whole coins. */
type Bounds = { readonly min: string; readonly max: string }

/** GET /sapi/v1/convert/exchangeInfo: the pairs that can be converted, by either asset or both, with their bounds. */
export function convertPairsEndpoint(deps: { market: Market; gate: Gate }): Endpoint {
  const cost = { path: `GET ${CONVERT}/exchangeInfo`, weight: 3_000, by: 'sapi_ip' } as const
  return (request) => {
    const admitted = deps.gate.open(request, cost)
    if ('status' in admitted) return admitted
    const { params, headers } = admitted
    const [from, to] = [params.get('fromAsset'), params.get('toAsset')]
    if (from === null && to === null) return malformed('fromAsset')
    const fits = (asset: string, wanted: string | null) => wanted === null || wanted === asset
    const run = (): Answer =>
      binanceAnswer(
        ASSETS.filter((asset) => fits(asset, from)).flatMap((fromAsset) =>
          ASSETS.filter((asset) => fits(asset, to)).flatMap((toAsset) =>
            describe(deps.market, { fromAsset, toAsset }),
          ),
        ),
      )
    return { operation: 'prices', headers, run }
  }
}

/** The bounds of an asset's amount at the price where its walk starts: they stand still. */
export function boundsOf(asset: string): Bounds {
  const worth = worthOf(asset)
  const coins = (usdt: number) => (usdt / worth).toFixed(8).replace(/\.?0+$/, '')
  return { min: coins(LEAST_USDT), max: coins(MOST_USDT) }
}

function describe(market: Market, pair: { fromAsset: string; toAsset: string }) {
  if (rateBetween(market, pair, 0) === undefined) return []
  const [from, to] = [boundsOf(pair.fromAsset), boundsOf(pair.toAsset)]
  return [
    {
      ...pair,
      fromAssetMinAmount: from.min,
      fromAssetMaxAmount: from.max,
      toAssetMinAmount: to.min,
      toAssetMaxAmount: to.max,
    },
  ]
}

/** In USDT. */
function worthOf(asset: string): number {
  const sold = SYMBOLS.find(({ base, quote }) => base === asset && quote === 'USDT')
  const bought = SYMBOLS.find(({ base, quote }) => base === 'USDT' && quote === asset)
  return sold?.level ?? 1 / (bought?.level ?? 1)
}

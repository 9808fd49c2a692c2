import type { Answer, Call, Endpoint } from '../call.ts'
import type { SandboxConfig } from '../config.ts'
import type { Fault } from '../faults.ts'
import { depthOf, stepOf } from '../prices/depth.ts'
import type { Market, Top } from '../prices/market.ts'
import type { MarketSymbol } from '../prices/symbols.ts'
import { binanceAnswer, binanceError, malformed } from './answers.ts'
import type { Gate } from './gate.ts'
import { QUANTITY_MAX } from './spot/order-form.ts'

type Deps = { config: SandboxConfig; market: Market; gate: Gate; now: () => number }

/** GET /api/v3/time. */
export function timeEndpoint({ gate, now }: Deps): Endpoint {
  return openEndpoint(gate, 1, () => () => binanceAnswer({ serverTime: now() }))
}

/** GET /api/v3/ticker/bookTicker: one by `symbol`, several by `symbols`, else all. No timestamp, as documented. */
export function bookTickerEndpoint({ gate, market }: Deps): Endpoint {
  return openEndpoint(gate, 2, (params) => {
    const chosen = chooseTops(params, market)
    if ('status' in chosen) return chosen
    return (fault) => {
      const tickers = chosen.tops.map((top) => describeTicker(top, fault))
      return binanceAnswer(chosen.isOne ? tickers[0] : tickers)
    }
  })
}

/** GET /api/v3/depth: best levels first; `limit` is 100 unless said, at most 5000. */
export function depthEndpoint({ gate, market }: Deps): Endpoint {
  return openEndpoint(gate, 5, (params) => {
    const top = market.top('binance', params.get('symbol') ?? '')
    if (top === undefined) return unknownSymbol()
    const limit = params.get('limit') ?? '100'
    if (!/^[1-9]\d{0,4}$/.test(limit)) return malformed('limit')
    return () => {
      const { bids, asks } = depthOf(top, 'binance', Math.min(5_000, Number(limit)))
      const pad = (levels: typeof bids) => levels.map((level) => level.map(eightDecimals))
      return binanceAnswer({ lastUpdateId: top.update, bids: pad(bids), asks: pad(asks) })
    }
  })
}

/** GET /api/v3/exchangeInfo: the symbols with their steps and limits as filters. */
export function exchangeInfoEndpoint({ config, gate, market, now }: Deps): Endpoint {
  return openEndpoint(gate, 20, (params) => {
    const chosen = chooseTops(params, market)
    if ('status' in chosen) return chosen
    return () =>
      binanceAnswer({
        timezone: 'UTC',
        serverTime: now(),
        rateLimits: rateLimitsOf(config),
        exchangeFilters: [],
        symbols: chosen.tops.map(({ symbol }) => describeSymbol(symbol)),
      })
  })
}

function rateLimitsOf(config: SandboxConfig) {
  const weight = config.SANDBOX_BINANCE_API_WEIGHT_PER_MINUTE
  const orders = config.SANDBOX_BINANCE_ORDERS_PER_TEN_SECONDS
  return [
    { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: weight },
    { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: orders },
  ]
}

/** A decimal string with Binance's eight decimals. */
export function eightDecimals(text: string): string {
  const [whole, decimals = ''] = text.split('.')
  return `${whole}.${decimals.padEnd(8, '0')}`
}

function openEndpoint(
  gate: Gate,
  weight: number,
  prepare: (params: URLSearchParams) => Answer | Call['run'],
): Endpoint {
  return (request) => {
    const admitted = gate.open(request, { path: '', weight, by: 'api_ip' })
    if ('status' in admitted) return admitted
    const run = prepare(admitted.params)
    if ('status' in run) return run
    return { operation: 'prices', headers: admitted.headers, run }
  }
}

function chooseTops(
  params: URLSearchParams,
  market: Market,
): { tops: readonly Top[]; isOne: boolean } | Answer {
  const one = params.get('symbol')
  const several = params.get('symbols')
  if (one === null && several === null) return { tops: market.tops('binance'), isOne: false }
  const names = one === null ? (several ?? '').match(/[A-Z0-9]+/g) : [one]
  const tops = (names ?? []).map((name) => market.top('binance', name))
  const known = tops.filter((top) => top !== undefined)
  if (known.length === 0 || known.length < tops.length) return unknownSymbol()
  return { tops: known, isOne: one !== null }
}

function unknownSymbol(): Answer {
  return binanceError(400, -1121, 'Invalid symbol.')
}

/** Under `wrong_echo` the prices of another symbol come back. */
function describeTicker(top: Top, fault: Fault | undefined) {
  return {
    symbol: fault?.kind === 'wrong_echo' ? `${top.symbol.symbol}X` : top.symbol.symbol,
    bidPrice: eightDecimals(top.bid),
    bidQty: eightDecimals(top.bidSize),
    askPrice: eightDecimals(top.ask),
    askQty: eightDecimals(top.askSize),
  }
}

function describeSymbol({ symbol, base, quote, listings }: MarketSymbol) {
  const { tickDecimals, sizeDecimals, minNotional } = listings.binance
  const tick = eightDecimals(stepOf(tickDecimals))
  const step = eightDecimals(stepOf(sizeDecimals))
  const size = { minQty: step, maxQty: QUANTITY_MAX, stepSize: step }
  return {
    symbol,
    status: 'TRADING',
    baseAsset: base,
    baseAssetPrecision: 8,
    quoteAsset: quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['MARKET'],
    icebergAllowed: true,
    ocoAllowed: true,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: false,
    cancelReplaceAllowed: false,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: tick, maxPrice: '1000000.00000000', tickSize: tick },
      { filterType: 'LOT_SIZE', ...size },
      { filterType: 'MARKET_LOT_SIZE', ...size },
      {
        filterType: 'NOTIONAL',
        minNotional: eightDecimals(minNotional),
        applyMinToMarket: true,
        maxNotional: '9000000.00000000',
        applyMaxToMarket: false,
        avgPriceMins: 5,
      },
    ],
    permissions: [],
    permissionSets: [['SPOT']],
    defaultSelfTradePreventionMode: 'NONE',
    allowedSelfTradePreventionModes: ['NONE'],
  }
}

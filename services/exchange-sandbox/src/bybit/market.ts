import type { Answer, Call, Endpoint, ExchangeRequest } from '../call.ts'
import type { SandboxConfig } from '../config.ts'
import type { Fault } from '../faults.ts'
import { depthOf, stepOf } from '../prices/depth.ts'
import type { Market, Top } from '../prices/market.ts'
import type { MarketSymbol } from '../prices/symbols.ts'
import { createRateWindow } from '../rate-windows.ts'
import { accessTooFrequent, v5Answer, v5Refusal } from './answers.ts'

/** Lets an address through, or locks it out for a while after it passed 600 requests in 5 seconds. */
export type AddressGate = (request: ExchangeRequest) => Answer | undefined

type Deps = { market: Market; now: () => number; gate: AddressGate }

export function createAddressGate(config: SandboxConfig, now: () => number): AddressGate {
  const limit = config.SANDBOX_BYBIT_MARKET_PER_FIVE_SECONDS
  const window = createRateWindow({ limit, windowMs: 5_000, now })
  const lockedUntil = new Map<string, number>()
  return ({ remote }) => {
    if (now() < (lockedUntil.get(remote) ?? 0)) return accessTooFrequent()
    if (window.use(remote, 1).passes) return undefined
    lockedUntil.set(remote, now() + config.SANDBOX_BYBIT_MARKET_BAN_MS)
    return accessTooFrequent()
  }
}

/** GET /v5/market/time. */
export function timeEndpoint(deps: Deps): Endpoint {
  return openEndpoint(deps, () => () => {
    const time = deps.now()
    const timeSecond = String(Math.floor(time / 1_000))
    return v5Answer({ timeSecond, timeNano: `${time}000000` }, time)
  })
}

/** GET /v5/market/tickers?category=spot: one symbol or all. */
export function tickersEndpoint(deps: Deps): Endpoint {
  return openEndpoint(deps, (params) => {
    const tops = chooseTops(params, deps)
    if ('status' in tops) return tops
    return (fault) => {
      const list = tops.map((top) => describeTicker(top, fault))
      return v5Answer({ category: 'spot', list }, deps.now())
    }
  })
}

/** GET /v5/market/orderbook?category=spot&symbol=&limit=: 1 level unless said, at most 200. */
export function orderbookEndpoint(deps: Deps): Endpoint {
  return openEndpoint(deps, (params) => {
    const tops = chooseTops(params, deps)
    if ('status' in tops) return tops
    const limit = params.get('limit') ?? '1'
    const [top] = tops
    if (top === undefined || params.get('symbol') === null || !/^[1-9]\d{0,2}$/.test(limit)) {
      return v5Refusal(10001, 'params error', deps.now())
    }
    return () => {
      const { bids, asks } = depthOf(top, 'bybit', Math.min(200, Number(limit)))
      const result = {
        s: top.symbol.symbol,
        a: asks,
        b: bids,
        ts: deps.now(),
        u: top.update,
        seq: sequenceOf(top),
        cts: top.changedAt,
      }
      return v5Answer(result, deps.now())
    }
  })
}

/** GET /v5/market/instruments-info?category=spot: the symbols with their steps and limits. */
export function instrumentsEndpoint(deps: Deps): Endpoint {
  return openEndpoint(deps, (params) => {
    const tops = chooseTops(params, deps)
    if ('status' in tops) return tops
    return () => {
      const list = tops.map(({ symbol }, index) => describeInstrument(symbol, index))
      return v5Answer({ category: 'spot', list }, deps.now())
    }
  })
}

/** Bybit's cross sequence: grows with the update. */
export function sequenceOf(top: Top): number {
  return 1_432_000_000 + top.update
}

function openEndpoint(
  deps: Deps,
  prepare: (params: URLSearchParams) => Answer | Call['run'],
): Endpoint {
  return (request) => {
    const locked = deps.gate(request)
    if (locked !== undefined) return locked
    const run = prepare(new URLSearchParams(request.query))
    return 'status' in run ? run : { operation: 'prices', headers: {}, run }
  }
}

function chooseTops(params: URLSearchParams, { market, now }: Deps): readonly Top[] | Answer {
  if (params.get('category') !== 'spot') {
    return v5Refusal(10001, 'params error: category invalid', now())
  }
  const symbol = params.get('symbol')
  if (symbol === null) return market.tops('bybit')
  const top = market.top('bybit', symbol)
  return top === undefined ? v5Refusal(10001, 'Not supported symbols', now()) : [top]
}

/** A day's statistics are not simulated: the present price stands for all of them. */
function describeTicker(top: Top, fault: Fault | undefined) {
  return {
    symbol: fault?.kind === 'wrong_echo' ? `${top.symbol.symbol}X` : top.symbol.symbol,
    bid1Price: top.bid,
    bid1Size: top.bidSize,
    ask1Price: top.ask,
    ask1Size: top.askSize,
    lastPrice: top.bid,
    prevPrice24h: top.bid,
    price24hPcnt: '0',
    highPrice24h: top.ask,
    lowPrice24h: top.bid,
    turnover24h: '0',
    volume24h: '0',
    usdIndexPrice: top.symbol.quote === 'USDT' ? top.bid : '',
  }
}

function describeInstrument({ symbol, base, quote, listings }: MarketSymbol, index: number) {
  const { tickDecimals, sizeDecimals, minNotional } = listings.bybit
  const step = stepOf(sizeDecimals)
  return {
    symbolId: index + 1,
    symbol,
    baseCoin: base,
    quoteCoin: quote,
    innovation: '0',
    status: 'Trading',
    marginTrading: 'none',
    stTag: '0',
    lotSizeFilter: {
      basePrecision: step,
      quotePrecision: '0.0000001',
      minOrderQty: step,
      maxOrderQty: '9000000',
      minOrderAmt: minNotional,
      maxOrderAmt: '8000000',
      maxLimitOrderQty: '9000000',
      maxMarketOrderQty: '4500000',
      postOnlyMaxLimitOrderSize: '9000000',
    },
    priceFilter: { tickSize: stepOf(tickDecimals) },
    riskParameters: { priceLimitRatioX: '0.005', priceLimitRatioY: '0.01' },
    symbolType: '',
  }
}

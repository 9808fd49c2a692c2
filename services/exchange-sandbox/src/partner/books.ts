import type { Endpoint } from '../call.ts'
import type { Fault } from '../faults.ts'
import type { Top } from '../prices/market.ts'
import { partnerAnswer, partnerRefusal } from './answers.ts'
import type { PartnerDeps } from './deps.ts'

/** GET /v1/books?pairs=BTC/USDT,USDT/KZT: the best prices of those pairs that are traded. */
export function booksEndpoint(deps: PartnerDeps): Endpoint {
  return (request) => {
    const pairs = new URLSearchParams(request.query).get('pairs') ?? ''
    if (pairs === '') return partnerRefusal('malformed', 'pairs')
    const wanted = new Set(pairs.split(','))
    return {
      operation: 'prices',
      headers: {},
      run: (fault) => {
        const tops = deps.market.tops('partner').filter((top) => wanted.has(pairOf(top)))
        return partnerAnswer({ books: tops.map((top) => describe(top, fault, deps.now())) })
      },
    }
  }
}

function describe(top: Top, fault: Fault | undefined, at: number) {
  const pair = fault?.kind === 'wrong_echo' ? `${pairOf(top)}X` : pairOf(top)
  return { pair, bid: top.bid, ask: top.ask, at }
}

function pairOf({ symbol: { base, quote } }: Top): string {
  return `${base}/${quote}`
}

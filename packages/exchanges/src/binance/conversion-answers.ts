import type { ConversionRefusal } from '@tolem/domain/conversion'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import type { Answer } from '../http/send.ts'
import { readBody } from '../verdict.ts'
import { binanceError, isTurnedAway } from './answers.ts'
import { type BinanceCall, type BinanceError, type BinanceMeaning, meaningOf } from './codes.ts'

/** What is known where an order was certainly not executed, or may have been. */
export type Unfilled =
  | { readonly kind: 'rejected'; readonly reason: ConversionRefusal; readonly detail: string }
  | { readonly kind: 'in_doubt'; readonly detail: string }

const REASON_BY_MEANING = {
  insufficient_funds: 'insufficient_funds',
  refused: 'exchange_refused',
  throttled: 'exchange_unavailable',
  misconfigured: 'exchange_unavailable',
  clock_off: 'exchange_unavailable',
  below_minimum: 'below_minimum',
  ticket_expired: 'ticket_expired',
} as const satisfies Record<Exclude<BinanceMeaning, 'unclear'>, ConversionRefusal>

/** The JSON of a success, Binance's error, or what is known without either. */
export function readConversionBody(
  answer: Answer,
):
  | { readonly kind: 'json'; readonly json: unknown }
  | { readonly kind: 'error'; readonly error: BinanceError }
  | Unfilled {
  const read = readBody(answer, isTurnedAway)
  if (read.kind === 'refused')
    return { kind: 'rejected', reason: 'exchange_unavailable', detail: read.detail }
  if (read.kind !== 'body')
    return { kind: 'in_doubt', detail: read.kind === 'in_doubt' ? read.detail : 'no answer' }
  const error = binanceError.safeParse(read.json)
  if (error.success) return { kind: 'error', error: error.data }
  return read.status === 200
    ? { kind: 'json', json: read.json }
    : { kind: 'in_doubt', detail: `HTTP ${read.status} with an unknown body` }
}

/** What Binance's error says about what was asked for. */
export function judgeError(error: BinanceError, call: BinanceCall): Unfilled {
  const { meaning, label } = meaningOf(error, call)
  const detail = `${meaning}: ${label}`
  if (meaning === 'unclear') return { kind: 'in_doubt', detail }
  return { kind: 'rejected', reason: REASON_BY_MEANING[meaning], detail }
}

/** Nothing is executed by asking for a ticket: where no reason is certain, the exchange is unavailable. */
export function refuseTicket(unfilled: Unfilled): { ok: false; reason: ConversionRefusal } {
  return refuse(unfilled.kind === 'rejected' ? unfilled.reason : 'exchange_unavailable')
}

/** A list of markets that was read, or nothing. */
export function toMarkets<Market>(
  markets: readonly Market[] | undefined,
): Outcome<readonly Market[], 'unavailable'> {
  return markets ? accept(markets) : refuse('unavailable')
}

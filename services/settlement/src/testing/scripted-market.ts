import type {
  ConversionLookUp,
  ConversionMarket,
  ConversionOrder,
  ConversionResult,
  ConversionTicket,
} from '@tolem/domain/conversion'
import type { ExchangeId } from '@tolem/domain/ids'
import { accept, refuse } from '@tolem/domain/outcome'
import type { ConversionPort } from '@tolem/exchanges/conversion-port'
import type { CallLimit, LookUpSpan } from '@tolem/exchanges/port'
import type { AssetCode } from '@tolem/money/asset'
import { createMarketBooks, type Entry, type ScriptedPrice } from './market-books.ts'

/** What one sending of an order comes to. */
export type OrderFate =
  | 'filled'
  /** Only half of it, in whole steps: the rest was cancelled. By quotes: all. */
  | 'partly_filled'
  /** Taken, and executed a moment later. */
  | 'open'
  /** Executed, and the answer lost. */
  | 'answer_lost'
  /** The answer lost, and executed only at the last moment of its validity. */
  | 'executed_late'
  /** Never arrived. */
  | 'lost'
  | 'rejected'

/**
 * The exchange's side of converting, as its documents say. By quotes (`convert`): a quote is executed once, ends after
 * a moment, and its price is fixed. At the spot market: the price is that of the execution, an order may be filled in
 * part, and our reference is refused only as long as an order under it is open: the same order sent again after it is
 * executed is executed again.
 */
export type ScriptedMarket = ConversionPort & {
  readonly calls: readonly { readonly method: string; readonly reference: string }[]
  /** What becomes of the next sendings, in their order; `filled` when nothing is said. */
  readonly fates: OrderFate[]
  /** What becomes of the next askings for a ticket. */
  readonly preparations: ('prepared' | 'exchange_unavailable' | 'insufficient_funds')[]
  readonly rules: ConversionMarket[]
  /** How much came to the programme's account, fees taken off; below zero: how much left it. */
  readonly change: (asset: AssetCode) => bigint
  readonly entries: readonly Entry[]
  /** As long as it is set and open, answers to executions are held back, after they had their effect. */
  readonly hold: { promise: Promise<void> | undefined }
}

export type MarketOptions = {
  readonly exchange: ExchangeId
  readonly via: 'convert' | 'spot'
  readonly price: ScriptedPrice
  readonly rules: readonly ConversionMarket[]
  readonly notFoundIsFinalAfterMs: number
  readonly quoteMs?: number
  /** What becomes of a sending that nothing is said of. */
  readonly drawFate?: () => OrderFate
}

type State = {
  readonly options: MarketOptions
  readonly books: ReturnType<typeof createMarketBooks>
  readonly quotes: Map<string, { readonly worth: bigint; readonly expiresAt: number }>
  readonly fates: OrderFate[]
  readonly preparations: ScriptedMarket['preparations']
}

export function createScriptedMarket(options: MarketOptions): ScriptedMarket {
  const { exchange, via, notFoundIsFinalAfterMs } = options
  const calls: { readonly method: string; readonly reference: string }[] = []
  const rules = [...options.rules]
  const hold: ScriptedMarket['hold'] = { promise: undefined }
  const books = createMarketBooks({ ...options, rules })
  const state: State = { options, books, quotes: new Map(), fates: [], preparations: [] }

  async function answer<Result>(method: string, order: ConversionOrder, result: Result) {
    calls.push({ method, reference: order.reference })
    if (method === 'execute') await hold.promise
    return result
  }

  return {
    exchange,
    capabilities: {
      reference: { kind: via === 'convert' ? 'for_ever' : 'while_open' },
      notFoundIsFinalAfterMs,
    },
    calls,
    rules,
    hold,
    fates: state.fates,
    preparations: state.preparations,
    entries: books.entries,
    change: books.change,
    markets: async () => Promise.resolve(accept([...rules])),
    prepare: (order) => answer('prepare', order, prepare(state, order)),
    execute: (order, ticket, limit) =>
      answer('execute', order, execute(state, order, { ...ticket, ...limit })),
    lookUp: (order, ticket, span) => answer('lookUp', order, lookUp(state, ticket.text, span)),
  }
}

function prepare({ options, books, quotes, preparations }: State, order: ConversionOrder) {
  const fate = preparations.shift() ?? 'prepared'
  if (fate !== 'prepared') return refuse(fate)
  const reference: string = order.reference
  if (options.via === 'spot') return accept({ text: reference })
  const text = `quote-${quotes.size}-${reference}`
  const expiresAt = Date.now() + (options.quoteMs ?? 200)
  quotes.set(text, { worth: books.worthOf(order, order.amount), expiresAt })
  return accept({ text, expiresAt })
}

function execute(
  state: State,
  order: ConversionOrder,
  { text: ticket, timeoutMs }: ConversionTicket & CallLimit,
): ConversionResult {
  const fate = state.fates.shift() ?? state.options.drawFate?.() ?? 'filled'
  if (fate === 'lost') return { kind: 'in_doubt', detail: fate }
  const refusal =
    state.options.via === 'convert' ? refuseQuote(state, ticket) : refuseOpen(state, ticket)
  if (refusal) return refusal
  if (fate === 'rejected') return { kind: 'rejected', reason: 'exchange_refused', detail: fate }
  const fill = state.books.book(order, {
    ticket,
    at: Date.now() + (fate === 'executed_late' ? timeoutMs : 0),
    doneInMs: fate === 'open' ? 30 : 0,
    isPart: fate === 'partly_filled' && state.options.via === 'spot',
    worth: state.quotes.get(ticket)?.worth,
  })
  if (fate === 'open') return { kind: 'open' }
  const isTold = fate === 'filled' || fate === 'partly_filled'
  return isTold ? { kind: 'filled', fill } : { kind: 'in_doubt', detail: fate }
}

/** One answer for a quote that was used and for one that never was: it proves nothing. */
function refuseQuote({ books, quotes }: State, ticket: string): ConversionResult | undefined {
  if (books.entries.some((entry) => entry.ticket === ticket))
    return { kind: 'in_doubt', detail: 'quote used' }
  const isValid = Date.now() < (quotes.get(ticket)?.expiresAt ?? 0)
  return isValid ? undefined : { kind: 'rejected', reason: 'ticket_expired', detail: 'ended' }
}

function refuseOpen({ books }: State, ticket: string): ConversionResult | undefined {
  const isOpen = books.entries.some((entry) => entry.ticket === ticket && Date.now() < entry.doneAt)
  return isOpen
    ? { kind: 'rejected', reason: 'exchange_refused', detail: 'Duplicate order sent.' }
    : undefined
}

function lookUp({ books }: State, ticket: string, span: LookUpSpan): ConversionLookUp {
  const found = books.find(ticket, span)
  if (!found) return { kind: 'not_found' }
  return Date.now() < found.doneAt ? { kind: 'open' } : { kind: 'filled', fill: found.fill }
}

import type { MovementReference } from '@tolem/domain/ids'
import type { HistoryEntry, HistoryPage, HistoryPort } from '@tolem/exchanges/history-port'
import type { Execution, ScriptedExchange } from './scripted-exchange.ts'

const PAGE_SIZE = 3

/** The list of a scripted exchange: what its books say, page by page, and what a test adds to it or takes away. */
export type ListedExchange = HistoryPort & {
  /** Shown besides, in the pages of every span. */
  readonly unreadable: string[]
  /** Left out of the list. */
  readonly hidden: Set<MovementReference>
  /** While set, no page is told. */
  isAway: boolean
  /** Entries that stand in the list otherwise than in the books. */
  readonly changed: Map<MovementReference, Partial<HistoryEntry>>
}

/**
 * `isNamed`: the list's names tell our references, and each execution has a reference of the exchange's own. Where not,
 * names are what a function that has no way back makes, and all that the exchange calls an execution.
 */
export function listOf(exchange: ScriptedExchange, isNamed: boolean): ListedExchange {
  const nameOf = (reference: MovementReference) => (isNamed ? reference : `name-of-${reference}`)
  const changed = new Map<MovementReference, Partial<HistoryEntry>>()
  const hidden = new Set<MovementReference>()
  const unreadable: string[] = []
  const entries = (): readonly HistoryEntry[] =>
    exchange.executions
      .filter(({ order }) => !hidden.has(order.reference))
      .map(({ kind, order, at }, index, shown) => ({
        name: nameOf(order.reference),
        ...(isNamed && { reference: order.reference }),
        exchangeReference: isNamed
          ? `x-${order.reference}${suffixOf(shown, index)}`
          : nameOf(order.reference),
        kind,
        walletId: order.wallet.walletId,
        asset: order.asset,
        amount: order.amount,
        executedAt: at,
        state: 'executed',
        ...changed.get(order.reference),
      }))

  return {
    exchange: exchange.exchange,
    rail: exchange.rail,
    longestSpanMs: 7 * 24 * 60 * 60_000,
    nameOf,
    unreadable,
    hidden,
    changed,
    isAway: false,
    async read({ from, to }, cursor = '0'): Promise<HistoryPage> {
      if (this.isAway) return { kind: 'unknown', detail: 'HTTP 502' }
      const start = Number(cursor)
      const all = entries().filter(({ executedAt }) => executedAt >= from && executedAt <= to)
      const shown = all.slice(start, start + PAGE_SIZE)
      const isLast = start + PAGE_SIZE >= all.length
      return {
        kind: 'page',
        entries: shown,
        unreadable: isLast ? unreadable : [],
        ...(!isLast && { next: String(start + PAGE_SIZE) }),
      }
    },
  }
}

/** The first execution of a reference is called as look-ups call it, each further one otherwise. */
function suffixOf(executions: readonly Execution[], index: number): string {
  const reference = executions[index]?.order.reference
  const earlier = executions.slice(0, index).filter(({ order }) => order.reference === reference)
  return earlier.length === 0 ? '' : `-${earlier.length + 1}`
}

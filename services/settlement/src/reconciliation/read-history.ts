import type { HistoryEntry, HistoryPort, HistorySpan } from '@tolem/exchanges/history-port'
import type { PassDeps } from './settings.ts'

/** Our own rate is refilled within a second, and an exchange that is busy asks for about as much. */
const WAIT_MS = 1_000

/** What is not told after so many waits is not told by waiting. */
const MOST_WAITS = 20

/** Far more than any span has: a list that goes on for longer has no end. */
const MOST_PAGES = 10_000

/** What an exchange lists of a span. */
export type Listed = {
  readonly entries: readonly HistoryEntry[]
  readonly unreadable: readonly string[]
}

/**
 * Reads all pages of a span, or nothing when one of them is not told. Pages are looked up at the pace that the rail
 * has: one that is refused is asked for again, or a span of many pages would never be read to its end.
 */
export async function readHistory(
  deps: PassDeps,
  history: HistoryPort,
  span: HistorySpan,
): Promise<Listed | undefined> {
  // A row that comes in meanwhile moves the others on, so that a page may begin with what ended the one before.
  const entries = new Map<string, HistoryEntry>()
  const unreadable = new Set<string>()
  let cursor: string | undefined
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await readPage(deps, history, { span, cursor })
    if (!page) return undefined
    for (const entry of page.entries) entries.set(keyOf(entry), entry)
    for (const text of page.unreadable) unreadable.add(text)
    if (page.next === undefined || page.next === cursor)
      return { entries: [...entries.values()], unreadable: [...unreadable] }
    cursor = page.next
  }
  deps.logger.warn({ rail: history.rail }, 'the history does not end')
  return undefined
}

/** One page, waited for. */
async function readPage(
  { meters, logger, wait }: PassDeps,
  history: HistoryPort,
  { span, cursor }: { readonly span: HistorySpan; readonly cursor: string | undefined },
) {
  for (let waits = 0; ; waits += 1) {
    const page = await history.read(span, cursor)
    meters.pages.inc({ rail: history.rail, outcome: page.kind })
    if (page.kind === 'page') return page
    if (waits < MOST_WAITS && (await wait(WAIT_MS))) continue
    logger.warn({ rail: history.rail, detail: page.detail }, 'the history could not be read')
    return undefined
  }
}

/** Two executions of one name differ in one of these. */
function keyOf({ name, kind, exchangeReference, executedAt }: HistoryEntry): string {
  return [name, kind, exchangeReference, executedAt].join(' ')
}

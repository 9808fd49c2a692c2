import { createHash } from 'node:crypto'
import type { Finding, Watermark } from '@tolem/authorizations/reconciliation'
import type { HistoryEntry, HistoryPort, HistorySpan } from '@tolem/exchanges/history-port'
import { compare } from './compare.ts'
import { findKnown, type Known } from './known.ts'
import { lookUp } from './look-up.ts'
import { readHistory } from './read-history.ts'
import { endOf, momentOf, PATIENCE_MS, type PassDeps, record } from './settings.ts'

const HOUR_MS = 60 * 60_000

/** A movement is executed before it stops being valid; the exchange's clock may differ from ours by so much. */
const CLOCKS_MS = 5_000

/**
 * Compares a rail both ways with its exchange's own list, from the watermark on. Gives up to when all is compared;
 * where an answer cannot be read, it ends there and the next pass goes on.
 */
export async function comparePass(
  deps: PassDeps,
  history: HistoryPort,
  mark: Watermark,
): Promise<number> {
  const at = { exchange: history.exchange, rail: history.rail }
  const to = endOf(deps, mark)
  const longestMs = Math.min(history.longestSpanMs, Math.max(HOUR_MS, 3 * deps.overlapMs))
  let readTo = mark.readTo
  let from = await startOf(deps, history, mark)
  while (from < to) {
    const span = { from, to: Math.min(to, from + longestMs) }
    const done = await compareSpan(deps, history, { span, now: mark.now })
    if (done !== undefined) await deps.reconciliation.advance(at, done)
    readTo = Math.max(readTo, done ?? readTo)
    if (done === undefined || done < span.to || span.to === to) break
    from = span.to - deps.overlapMs
  }
  return readTo
}

/** The overlap is compared again; what the list does not reach any more is told. */
async function startOf(
  deps: PassDeps,
  { reachesBackMs = Number.POSITIVE_INFINITY }: HistoryPort,
  { since, readTo, now }: Watermark,
): Promise<number> {
  const wanted = Math.max(since, readTo - deps.overlapMs)
  const earliest = now - reachesBackMs
  if (wanted >= earliest) return wanted
  const name = new Date(wanted).toISOString()
  const detail = `not listed any more: from ${name} to ${new Date(earliest).toISOString()}`
  await record(deps, [{ name, nth: 1, kind: 'unread', detail }])
  return earliest
}

/** Gives up to when the span is compared, or nothing when it could not be read. */
async function compareSpan(
  deps: PassDeps,
  history: HistoryPort,
  { span, now }: { readonly span: HistorySpan; readonly now: number },
): Promise<number | undefined> {
  const listed = await readHistory(deps, history, span)
  if (!listed) return undefined
  const finalAfterMs = finalAfter(deps)
  const known = await findKnown({ ...deps, history, finalAfterMs }, span, listed.entries)
  const at = { exchange: history.exchange, rail: history.rail }
  const named = listed.entries.map((entry) => withReference(entry, known))
  const missing = await findMissing(deps, { span, now, known, history, entries: named })
  const unended = named.filter(({ state }) => state === 'pending')
  await record(deps, [
    ...compare(at, named, { ...known, knownOf: (name) => known.byName.get(name), finalAfterMs }),
    ...listed.unreadable.map(toUnreadable),
    ...unended.filter(({ executedAt }) => now - executedAt >= PATIENCE_MS).map(toUnended),
    ...missing.findings,
  ])
  deps.meters.compared.inc({ rail: history.rail, way: 'both' }, named.length)
  // What is not at its end yet holds the watermark up, for an hour at most.
  const open = unended
    .map(({ executedAt }) => executedAt)
    .filter((executedAt) => now - executedAt < PATIENCE_MS)
  return Math.min(span.to, ...open, ...missing.untold)
}

/** From when on after its validity a movement is not executed any more, by the exchange's clock. */
function finalAfter({ rail: { capabilities } }: PassDeps): number {
  const { hasValidityWindow, notFoundIsFinalAfterMs } = capabilities
  return hasValidityWindow ? notFoundIsFinalAfterMs + CLOCKS_MS : Number.POSITIVE_INFINITY
}

function withReference(entry: HistoryEntry, { derived }: Known): HistoryEntry {
  const reference = entry.reference ?? derived.get(entry.name)
  return { ...entry, ...(reference && { reference }) }
}

/** What we say was executed within the span and its list does not have; looked up before it is told. */
async function findMissing(
  deps: PassDeps,
  asked: {
    readonly span: HistorySpan
    readonly now: number
    readonly known: Known
    readonly history: HistoryPort
    readonly entries: readonly HistoryEntry[]
  },
) {
  const { span, now, known, history } = asked
  const executed = asked.entries.filter(({ state }) => state === 'executed')
  const listed = new Set(executed.map(({ name }) => name))
  const findings: Finding[] = []
  const untold: number[] = []
  for (const one of known.written) {
    const isWithin = momentOf(one) >= span.from && one.validUntil + CLOCKS_MS <= span.to
    const name = history.nameOf(one.order.reference)
    if (one.state !== 'executed' || !isWithin || listed.has(name)) continue
    const looked = await lookUp(deps, one, { name, now })
    if (looked === 'untold') untold.push(momentOf(one))
    else if (looked !== 'agrees') findings.push(looked)
  }
  return { findings, untold }
}

function toUnreadable(text: string): Finding {
  const name = createHash('sha256').update(text).digest('hex')
  return { name, nth: 1, kind: 'unreadable', detail: text }
}

function toUnended(entry: HistoryEntry): Finding {
  const detail = 'neither executed nor refused after an hour'
  return { name: entry.name, nth: 1, kind: 'unreadable', moved: entry, detail }
}

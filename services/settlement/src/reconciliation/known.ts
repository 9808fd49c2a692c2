import type {
  AtRail,
  FoundEntry,
  KnownMovement,
  Reconciliation,
} from '@tolem/authorizations/reconciliation'
import type { MovementReference } from '@tolem/domain/ids'
import type { HistoryEntry, HistoryPort } from '@tolem/exchanges/history-port'
import { compare, isFound } from './compare.ts'

/** Our movements by what the exchange calls them, and references that we could name though no record has them. */
export type Known = {
  readonly written: readonly KnownMovement[]
  readonly byName: ReadonlyMap<string, KnownMovement>
  readonly derived: ReadonlyMap<string, MovementReference>
  /** What was found before of names that would be found now. */
  readonly found: readonly FoundEntry[]
}

/**
 * A debit is executed within a minute or so of being written, a credit before it stops being valid; what is older is
 * asked for by name.
 */
const WRITTEN_BEFORE_MS = 5 * 60_000
/** How far our clock may be ahead of the exchange's. */
const WRITTEN_AFTER_MS = 60_000

const SWEPT_AT_ONCE = 5_000

/** Later credits of one authorization are not looked for: hardly any has as many. */
const CREDITS_OF_ONE = 4

/** Finds our records of what an exchange lists in a span. The list must have been read before. */
export async function findKnown(
  deps: {
    readonly reconciliation: Pick<Reconciliation, 'written' | 'known' | 'sweep' | 'found'>
    readonly history: HistoryPort
    /** See `Books`. */
    readonly finalAfterMs: number
  },
  span: { readonly from: number; readonly to: number },
  entries: readonly HistoryEntry[],
): Promise<Known> {
  const { reconciliation, history, finalAfterMs } = deps
  const { exchange, rail, nameOf } = history
  const at: AtRail = { exchange, rail }
  const [from, to] = [span.from - WRITTEN_BEFORE_MS, span.to + WRITTEN_AFTER_MS]
  const written = await reconciliation.written(at, from, to)
  const byName = new Map(written.map((known) => [nameOf(known.order.reference), known]))
  const knownOf = (name: string) => byName.get(name)
  const suspects = compare(at, entries, { knownOf, finalAfterMs, found: [] })
  const suspected = [...new Set(suspects.map(({ name }) => name))]
  const found = suspected.length > 0 ? await reconciliation.found(at, suspected) : []
  // Nobody needs to know whose it is that did not move anything, or that is on record for having no record.
  const strangers = entries.filter(
    (entry) => entry.state === 'executed' && !byName.has(entry.name) && !isFound(found, entry),
  )
  const named = strangers.flatMap(({ reference }) => reference ?? [])
  const nameless = strangers.filter(({ reference }) => reference === undefined)
  const swept = await sweep(deps, at, nameless)
  const references = [...new Set([...named, ...swept.references])]
  if (references.length > 0)
    for (const known of await reconciliation.known(at, references))
      byName.set(nameOf(known.order.reference), known)
  return { written, byName, derived: swept.derived, found }
}

/** Where a name does not tell its reference, ours are named one after the other, to the last. */
async function sweep(
  { reconciliation, history: { nameOf } }: Parameters<typeof findKnown>[0],
  at: AtRail,
  strangers: readonly HistoryEntry[],
) {
  const wanted = new Set(strangers.map(({ name }) => name))
  const hasCredits = strangers.some(({ kind }) => kind === 'credit')
  const isWanted = (reference: MovementReference) => wanted.has(nameOf(reference))
  const references: MovementReference[] = []
  const derived = new Map<string, MovementReference>()
  let page: Awaited<ReturnType<Reconciliation['sweep']>> = []
  do {
    if (wanted.size === 0) break
    page = await reconciliation.sweep(at, page.at(-1)?.reference ?? '', SWEPT_AT_ONCE)
    references.push(...page.map(({ reference }) => reference).filter(isWanted))
    const debits = hasCredits ? page.filter(({ kind }) => kind === 'debit') : []
    const credits = debits.flatMap(({ reference }) => creditsOf(reference)).filter(isWanted)
    for (const credit of credits) derived.set(nameOf(credit), credit)
  } while (page.length === SWEPT_AT_ONCE)
  return { references, derived }
}

/** The references that the credits of a debit's authorization have: see `movementReference` of the domain. */
function creditsOf(debit: MovementReference): readonly MovementReference[] {
  return Array.from(
    { length: CREDITS_OF_ONE },
    (_, index) => `tmc0${index + 1}${debit.slice(5)}` as MovementReference,
  )
}

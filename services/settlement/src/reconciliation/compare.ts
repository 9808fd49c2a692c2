import type {
  AtRail,
  Finding,
  FindingKey,
  FindingKind,
  FoundEntry,
  KnownMovement,
} from '@tolem/authorizations/reconciliation'
import type { HistoryEntry } from '@tolem/exchanges/history-port'
import { LEDGER_ACCOUNTS } from '@tolem/ledger'

/** What is on record of the names that entries have. */
export type Books = {
  readonly knownOf: (name: string) => KnownMovement | undefined
  /** What was found of them before. */
  readonly found: readonly FoundEntry[]
  /** How long after the end of its validity a movement can still be executed. */
  readonly finalAfterMs: number
}

/**
 * What an exchange's executed entries say that our records do not. Entries of one name belong together: the one that
 * our record names is the movement itself, else the first that was executed in time; each other one moved money again,
 * also where it stands alone in what was read. What was found before is not told again.
 */
export function compare(
  at: AtRail,
  entries: readonly HistoryEntry[],
  books: Books,
): readonly Finding[] {
  const executed = entries.filter(({ state }) => state === 'executed')
  const foundByName = Map.groupBy(books.found, ({ name }) => name)
  return [...Map.groupBy(executed, ({ name }) => name)].flatMap(([name, group]) => {
    const found = foundByName.get(name) ?? []
    const fresh = group.filter((entry) => !isFound(found, entry)).toSorted(byAge)
    return compareName(at, fresh, { ...books, known: books.knownOf(name), found })
  })
}

/** Was this execution found before? Where an exchange calls all of one name alike, by when it happened. */
export function isFound(found: readonly FoundEntry[], entry: HistoryEntry): boolean {
  return found.some(
    ({ name, exchangeReference, executedAt }) =>
      name === entry.name &&
      exchangeReference === entry.exchangeReference &&
      (isTelling(entry) || executedAt === entry.executedAt),
  )
}

/** Does its reference tell it from others of its name? */
function isTelling({ name, exchangeReference }: HistoryEntry): boolean {
  return exchangeReference !== name
}

type BooksOfName = Omit<Books, 'knownOf'> & { readonly known: KnownMovement | undefined }

function compareName(
  at: AtRail,
  group: readonly HistoryEntry[],
  books: BooksOfName,
): readonly Finding[] {
  const { known, found } = books
  const main = known && mainOf(group, known, books)
  const rest = group.filter((entry) => entry !== main)
  // After those on record: what is read at once is not all of a name. The movement itself is the first.
  const next = 1 + Math.max(known ? 1 : 0, ...found.map(({ nth }) => nth))
  const doubles = rest.map((entry, index) =>
    unmatched(at, entry, [`${known ? 'double' : 'orphan'}_${entry.kind}`, next + index]),
  )
  if (!main) return doubles
  const flaw = flawOf(main, known)
  if (flaw) return [{ ...keyOf(main, 'differs', 1), moved: main, detail: flaw }, ...doubles]
  if (known.state !== 'refused') return doubles
  return [unmatched(at, main, ['refused_debit', 1]), ...doubles]
}

/**
 * What is executed long after it could be is another execution, if ours is on record; what is open, or was refused for
 * good, may be executed late.
 */
function mainOf(
  group: readonly HistoryEntry[],
  known: KnownMovement,
  { found, finalAfterMs }: Pick<BooksOfName, 'found' | 'finalAfterMs'>,
): HistoryEntry | undefined {
  if (found.some(isOfMain)) return undefined
  const { state, exchangeReference, validUntil } = known
  const named = group.find(
    (entry) => isTelling(entry) && entry.exchangeReference === exchangeReference,
  )
  if (named || state !== 'executed') return named ?? group[0]
  return group.find(({ executedAt }) => executedAt <= validUntil + finalAfterMs)
}

/** The movement itself was found to be otherwise than our record says. */
function isOfMain({ kind }: FindingKey): boolean {
  return kind === 'differs' || kind === 'refused_debit'
}

/** Moved, and posted to an account of its own until it has gone back or is explained. */
export function unmatched(
  { exchange }: AtRail,
  entry: HistoryEntry,
  [kind, nth]: readonly [FindingKind, number],
): Finding {
  const { asset, walletId } = entry
  const programme = LEDGER_ACCOUNTS.programmeSettlement(exchange, asset)
  const account = LEDGER_ACCOUNTS.unmatched(exchange, walletId, asset)
  const posting =
    entry.kind === 'debit'
      ? { debitAccount: programme, creditAccount: account }
      : { debitAccount: account, creditAccount: programme }
  return { ...keyOf(entry, kind, nth), moved: entry, posting }
}

function keyOf({ name }: HistoryEntry, kind: FindingKind, nth: number) {
  return { name, nth, kind }
}

function flawOf(entry: HistoryEntry, { kind, order }: KnownMovement): string | undefined {
  if (entry.kind !== kind) return `a ${entry.kind} at the exchange, a ${kind} in our records`
  const wallet = order.wallet.walletId
  if (entry.walletId.toLowerCase() !== wallet.toLowerCase())
    return `of wallet ${entry.walletId}, not ${wallet}`
  if (entry.asset !== order.asset) return `of ${entry.asset}, not ${order.asset}`
  return entry.amount === order.amount ? undefined : `of ${entry.amount}, not ${order.amount}`
}

function byAge(one: HistoryEntry, other: HistoryEntry): number {
  if (one.executedAt !== other.executedAt) return one.executedAt - other.executedAt
  return one.exchangeReference < other.exchangeReference ? -1 : 1
}

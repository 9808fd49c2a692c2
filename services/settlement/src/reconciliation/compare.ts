import type {
  AtRail,
  Finding,
  FindingKind,
  KnownMovement,
} from '@tolem/authorizations/reconciliation'
import type { HistoryEntry } from '@tolem/exchanges/history-port'
import { LEDGER_ACCOUNTS } from '@tolem/ledger'

/**
 * What an exchange's executed entries say that our records do not. Entries of one name belong together: the first is
 * the movement itself, or the one that our record names; each further one moved money again.
 */
export function compare(
  at: AtRail,
  entries: readonly HistoryEntry[],
  knownOf: (name: string) => KnownMovement | undefined,
): readonly Finding[] {
  const executed = entries.filter(({ state }) => state === 'executed')
  return [...Map.groupBy(executed, ({ name }) => name)].flatMap(([name, group]) =>
    compareName(at, group.toSorted(byAge), knownOf(name)),
  )
}

function compareName(
  at: AtRail,
  group: readonly HistoryEntry[],
  known: KnownMovement | undefined,
): readonly Finding[] {
  if (!known)
    return group.map((entry, index) => unmatched(at, entry, [`orphan_${entry.kind}`, index + 1]))
  const main =
    group.find(({ exchangeReference }) => exchangeReference === known.exchangeReference) ?? group[0]
  if (!main) return []
  const rest = group.filter((entry) => entry !== main)
  const doubles = rest.map((entry, index) =>
    unmatched(at, entry, [`double_${entry.kind}`, index + 2]),
  )
  const flaw = flawOf(main, known)
  if (flaw) return [{ ...keyOf(main, 'differs', 1), moved: main, detail: flaw }, ...doubles]
  if (known.state !== 'refused') return doubles
  return [unmatched(at, main, ['refused_debit', 1]), ...doubles]
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

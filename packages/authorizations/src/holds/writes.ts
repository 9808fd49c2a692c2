import type { OvertakenReason } from '@tolem/domain/decision'
import { type ClosedAs, type EventKind, openOf, type Tenge, total } from '@tolem/domain/hold'
import {
  applyChange,
  type CreditIntent,
  type HoldCause,
  type HoldChange,
  type PartChange,
} from '@tolem/domain/hold-change'
import { type AuthorizationId, type ReversalId, uuidOf } from '@tolem/domain/ids'
import type { HoldLine } from '../holds.ts'
import type { LockedHold, LockedRow } from './load.ts'
import type { Session } from './session.ts'

/** What is to be written at the end of a transaction, all at once. */
export type Writes = {
  readonly rows: RowWrite[]
  readonly credits: CreditWrite[]
  readonly cuts: { readonly id: string; readonly amount: Tenge }[]
  readonly exposures: NewExposure[]
  readonly lines: HoldLine[]
  readonly events: {
    readonly id: AuthorizationId
    readonly kind: EventKind
    readonly detail: string | null
  }[]
  readonly usage: UsageWrite[]
}

type RowWrite = {
  readonly id: AuthorizationId
  readonly change?: PartChange
  readonly closing?: ClosedAs | undefined
  readonly reversalId?: ReversalId | undefined
  readonly overtaking?: OvertakenReason
}
type CreditWrite = {
  readonly part: AuthorizationId
  readonly credit: CreditIntent
  readonly refundId: string | null
}
type UsageWrite = {
  readonly row: LockedRow
  /** Negative where more counts now. */
  readonly amount: bigint
  readonly count: number
}

/** What a bank is owed and no debit covers yet. */
export type NewExposure = {
  readonly uuid: string
  readonly row: Pick<LockedRow, 'id' | 'bank' | 'cardToken'>
  readonly clearingUuid: string | null
  readonly cause: 'advice' | 'clearing' | 'force_post'
  readonly amount: Tenge
  readonly quote: string | null
}

/** Nothing to write yet. */
export function noWrites(): Writes {
  return { rows: [], credits: [], cuts: [], exposures: [], lines: [], events: [], usage: [] }
}

/** What a change is made for. `closing` is said of what is not open afterwards; a full reversal names its parts. */
export type Why = {
  readonly cause: HoldCause
  readonly closing: ClosedAs
  readonly reversed?: { readonly by: ReversalId; readonly ids: readonly AuthorizationId[] }
}

/**
 * Takes a change of a hold over: into what is to be written, and into the hold, so that the next one is planned on what
 * it leaves.
 */
export function addChange(
  { journalsOf }: Pick<Session, 'journalsOf'>,
  writes: Writes,
  made: { readonly hold: LockedHold; readonly change: HoldChange; readonly why: Why },
): void {
  const { hold, change, why } = made
  hold.parts = applyChange(hold.parts, change)
  addMoney(writes, change, why.cause)
  writes.lines.push(...journalsOf(change, why.cause))
  for (const part of change) {
    const row = hold.rowById.get(part.id)
    if (row) writes.usage.push(usageOf(row, part, why))
  }
  closeWhatIsDone(writes, hold, why)
}

/** The same for an authorization that this transaction itself makes. */
export function addMoney(writes: Writes, change: HoldChange, cause: HoldCause): void {
  const refundId = cause.kind === 'refund' ? uuidOf(cause.id) : null
  for (const part of change) {
    writes.rows.push({ id: part.id, change: part })
    for (const credit of part.credits) writes.credits.push({ part: part.id, credit, refundId })
    for (const { exposure, amount } of part.cuts)
      writes.cuts.push({ id: uuidOf(exposure.id), amount })
  }
}

/** Nothing open any more: the hold is over. An increment that is reversed is over by itself. */
function closeWhatIsDone(writes: Writes, hold: LockedHold, { closing, reversed }: Why): void {
  const isOver = total(hold.parts, openOf) === 0n
  for (const { id } of hold.parts) {
    if (reversed?.ids.includes(id)) writes.rows.push({ id, closing, reversalId: reversed.by })
    else if (isOver) writes.rows.push({ id, closing: reversed ? 'cleared' : closing })
  }
}

/**
 * What a card gets back: what was released, in the window in which it had counted, and less than nothing for what an
 * advice adds. A purchase that was reversed whole does not count any more.
 */
function usageOf(row: LockedRow, part: PartChange, why: Why): UsageWrite {
  const added = why.cause.kind === 'advice' ? part.raised : 0n
  return { row, amount: part.released - added, count: 0 }
}

/** The purchase itself is undone: it does not count as one any more. */
export function uncount(writes: Writes, row: LockedRow): void {
  writes.usage.push({ row, amount: 0n, count: 1 })
}

/**
 * Writes everything in one statement; nothing where there is nothing. It locks the usage of cards and the caps' rows,
 * which purchases of every bank wait for: nothing but what must lock later still comes between it and COMMIT.
 */
export async function flush({ run, statements }: Session, writes: Writes): Promise<void> {
  const parts = Object.values(writes)
  if (parts.every((list) => list.length === 0)) return
  await run(statements['hold-change'], [
    ...rowColumns(writes),
    ...creditColumns(writes),
    writes.cuts.map(({ id }) => id),
    writes.cuts.map(({ amount }) => amount),
    ...exposureColumns(writes),
    ...lineColumns(writes),
    writes.events.map(({ id }) => uuidOf(id)),
    writes.events.map(({ kind }) => kind),
    writes.events.map(({ detail }) => detail),
    ...usageColumns(writes),
    writes.exposures.map(({ quote }) => quote),
    writes.credits.map(({ credit }) => (credit.countsAs === 'refunded' ? credit.billing : 0n)),
  ])
}

function rowColumns({ rows }: Writes): unknown[][] {
  return [
    rows.map(({ id }) => uuidOf(id)),
    rows.map(({ change }) => change?.raised ?? 0n),
    rows.map(({ change }) => change?.released ?? 0n),
    rows.map(({ change }) => change?.cleared ?? 0n),
    rows.map(({ change }) => change?.refunded ?? 0n),
    rows.map(({ closing }) => closing ?? null),
    rows.map(({ reversalId }) => (reversalId ? uuidOf(reversalId) : null)),
    rows.map(({ overtaking }) => overtaking ?? null),
  ]
}

function creditColumns({ credits }: Writes): unknown[][] {
  return [
    credits.map(({ credit }) => credit.debit.reference),
    credits.map(({ credit }) => credit.amount),
    credits.map(({ credit }) => (credit.countsAs === 'released' ? credit.billing : 0n)),
    credits.map(({ credit }) => credit.reference ?? null),
    credits.map(({ part }) => uuidOf(part)),
    credits.map(({ refundId }) => (refundId === null ? 'release' : 'refund')),
    credits.map(({ refundId }) => refundId),
  ]
}

function exposureColumns({ exposures }: Writes): unknown[][] {
  return [
    exposures.map(({ uuid }) => uuid),
    exposures.map(({ row }) => uuidOf(row.id)),
    exposures.map(({ clearingUuid }) => clearingUuid),
    exposures.map(({ row }) => row.bank),
    exposures.map(({ row }) => row.cardToken),
    exposures.map(({ cause }) => cause),
    exposures.map(({ amount }) => amount),
  ]
}

function lineColumns({ lines }: Writes): unknown[][] {
  return [
    lines.map(({ journalId }) => journalId),
    lines.map(({ line }) => line),
    lines.map(({ authorizationId }) => uuidOf(authorizationId)),
    lines.map(({ asset }) => asset),
    lines.map(({ amount }) => amount),
    lines.map(({ debitAccount }) => debitAccount),
    lines.map(({ creditAccount }) => creditAccount),
  ]
}

function usageColumns({ usage }: Writes): unknown[][] {
  const given = usage.filter(
    ({ row, amount, count }) => row.usageDay !== null && (amount !== 0n || count > 0),
  )
  return [
    given.map(({ row }) => row.bank),
    given.map(({ row }) => row.cardToken),
    given.map(({ row }) => row.usageDay),
    given.map(({ amount }) => amount),
    given.map(({ count }) => count),
  ]
}

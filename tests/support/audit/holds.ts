import { fromLedger } from '../decimals.ts'
import { toUnits } from '../units.ts'
import type { AuthorizationRow, Books } from './books.ts'
import type { Debited } from './debits.ts'

/** What a row still holds. */
export function openOf({ approved, released, cleared }: AuthorizationRow): bigint {
  return BigInt(approved) - BigInt(released) - BigInt(cleared)
}

/**
 * What was approved and not given up was paid for by debits or is owed as exposure, to the tiyn. A refund takes what is
 * owed or debited away from under it, so it may be missing as far as was refunded, and no further.
 */
export function compareCover({ rows, exposures }: Books, debits: readonly Debited[]): string[] {
  const owed = sumBy(exposures, (row) => [row.authorization_id, BigInt(row.owed)])
  const paid = sumBy(debits, ({ debit }) => [
    debit.authorization_id,
    BigInt(debit.billing ?? 0) - BigInt(debit.released),
  ])
  return rows.filter(isApproved).flatMap((row) => {
    const kept = BigInt(row.approved) - BigInt(row.released)
    const covered = (paid.get(row.id) ?? 0n) + (owed.get(row.id) ?? 0n)
    const missing = covered < kept ? kept - covered : covered - kept
    if (missing <= BigInt(row.refunded)) return []
    return [`${row.kind} ${row.id} keeps ${kept} and ${covered} are debited or owed`]
  })
}

/** What presentments claimed was cleared, and what refunds gave back was refunded, hold by hold. */
export function compareTotals({ rows, clearings, refunds }: Books): string[] {
  const holdOf = new Map(rows.map((row) => [row.id, row.parent_id ?? row.id]))
  const of = (id: string) => holdOf.get(id) ?? id
  const difference = new Map<string, bigint>()
  const add = (key: string, tiyn: bigint) => difference.set(key, (difference.get(key) ?? 0n) + tiyn)
  for (const { authorization_id: id, amount } of clearings) add(`cleared ${of(id)}`, BigInt(amount))
  for (const { authorization_id: id, amount, decline_reason: reason } of refunds)
    if (reason === null && id !== null) add(`refunded ${of(id)}`, BigInt(amount))
  for (const row of rows) {
    add(`cleared ${of(row.id)}`, -BigInt(row.cleared))
    add(`refunded ${of(row.id)}`, -BigInt(row.refunded))
  }
  return [...difference].flatMap(([key, tiyn]) =>
    tiyn === 0n ? [] : [`${key}: the messages say ${tiyn} more than the row`],
  )
}

/** A row keeps to its bounds; what was declined holds nothing; a hold is watched only while something of it is open. */
export function compareRows({ rows }: Books): string[] {
  const open = sumBy(rows, (row) => [row.parent_id ?? row.id, openOf(row)])
  return rows.flatMap((row) => {
    const isEmpty = [row.approved, row.released, row.cleared, row.refunded].every(
      (amount) => BigInt(amount) === 0n,
    )
    return [
      ...(openOf(row) < 0n ? [`${row.id} gave up or cleared more than was approved`] : []),
      ...(row.state === 'declined' && !isEmpty
        ? [`${row.id} is declined and holds something`]
        : []),
      ...(isApproved(row) && row.is_watched && row.parent_id === null && open.get(row.id) === 0n
        ? [`${row.id} holds nothing and is to expire`]
        : []),
    ]
  })
}

/** What a refund's answer promised is what was credited for it. */
export function compareRefunds({ refunds, movements }: Books): string[] {
  const credited = sumBy(
    movements.filter(({ refund_id }) => refund_id !== null),
    (row) => [row.refund_id ?? '', fromLedger(row.asset, row.amount)],
  )
  return refunds.flatMap(({ id, answer, decline_reason: reason }) => {
    const { credits = [] }: { credits?: { amount: string }[] } = JSON.parse(answer)
    const promised = credits.reduce((sum, { amount }) => sum + toUnits(amount), 0n)
    const moved = credited.get(id) ?? 0n
    if (promised === moved && (reason === null || moved === 0n)) return []
    return [`refund ${id} promised ${promised} and credited ${moved} of 10^-18`]
  })
}

/** What was collected of an exposure is what its executed debits paid for. */
export function compareExposures({ exposures }: Books, debits: readonly Debited[]): string[] {
  const paid = sumBy(
    debits.filter(({ debit }) => debit.exposure_id !== null),
    ({ debit }) => [debit.exposure_id ?? '', BigInt(debit.billing ?? 0)],
  )
  return exposures.flatMap(({ id, collected, owed, state }) => [
    // What was cancelled while its debit was under way is debited, and credited as a surplus.
    ...(BigInt(collected) <= (paid.get(id) ?? 0n) ? [] : [`exposure ${id} collected ${collected}`]),
    ...((state === 'closed') === (BigInt(owed) === 0n) ? [] : [`exposure ${id} owes ${owed}`]),
  ])
}

function isApproved({ state, kind }: AuthorizationRow): boolean {
  return state === 'approved' && kind !== 'unmatched_refund'
}

/** Sums by key. */
export function sumBy<Row>(
  rows: readonly Row[],
  entryOf: (row: Row) => readonly [string, bigint],
): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const row of rows) {
    const [key, amount] = entryOf(row)
    sums.set(key, (sums.get(key) ?? 0n) + amount)
  }
  return sums
}

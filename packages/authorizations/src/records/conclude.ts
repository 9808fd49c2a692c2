import assert from 'node:assert'
import type { ApprovalOutcome, DeclineReason } from '@tolem/domain/decision'
import type { MovementReference } from '@tolem/domain/ids'
import { type AuthorizationId, uuidOf } from '@tolem/domain/ids'
import type { DebitResult } from '@tolem/domain/movement'
import { toAuthorizationId } from './ids.ts'

/** One line of the journal that an approval posts, in the ledger's own shape. */
export type JournalLine = {
  readonly journalId: string
  readonly line: number
  readonly asset: string
  readonly amount: bigint
  readonly debitAccount: string
  readonly creditAccount: string
}

/** What CONCLUDE is to make of an accepted authorization. */
export type Conclusion = {
  readonly id: AuthorizationId
  /** The first authorization of the hold that an increment raises: an increment is approved only while that is open. */
  readonly parent?: AuthorizationId | undefined
  /** What became of each intended debit that is still open; absent where ACCEPT declined and intended none. */
  readonly debits?: readonly ConcludedDebit[]
  readonly decision: Approval | Decline
}

/** A debit that was asked for, and the exchange's answer. */
export type ConcludedDebit = { readonly reference: MovementReference; readonly result: DebitResult }

/** Every debit surely happened: what the bank is told, and what the ledger posts. It holds what ACCEPT counted. */
export type Approval = {
  readonly kind: 'approve'
  readonly outcome: ApprovalOutcome
  readonly approvalCode: string
  readonly body: string
  readonly journal: readonly JournalLine[]
}

/** Why not, and what the bank is told. */
export type Decline = {
  readonly kind: 'decline'
  readonly reason: DeclineReason
  readonly body: string
}

/**
 * What stands in the record now. `body` is what the bank may be sent, and nothing else; it is absent where a
 * later message had overtaken an approval, or where settlement declined what was abandoned, because only the
 * authorizer renders: conclude the decline once more, with its bytes.
 */
export type Concluded = Settled | Unrendered

type Settled = {
  readonly state: 'approved' | 'declined'
  readonly reason: DeclineReason | undefined
  readonly body: string
}

type Unrendered = {
  readonly state: 'declined'
  readonly reason: DeclineReason
  readonly body: undefined
}

/** A row that `authorization-conclude` gives. */
export type ConcludeRow = {
  readonly id: string
  readonly state: 'accepted' | 'approved' | 'declined'
  readonly decline_reason: DeclineReason | null
  readonly response_body: string | null
}

const MOVEMENT_STATE = {
  debited: 'executed',
  rejected: 'refused',
  in_doubt: 'in_doubt',
} as const satisfies Record<DebitResult['kind'], string>

/** Why an executed debit is given back. */
const PAID_FOR_NOTHING = 'executed, and another debit for the same purchase was not'

/**
 * The same conclusion. Asked before it joins a batch, so that it fails alone.
 *
 * @throws {AssertionError} on an approval of which a debit did not surely happen.
 */
export function sureOf(conclusion: Conclusion): Conclusion {
  const { decision, debits = [], id } = conclusion
  assert(
    decision.kind === 'decline' || debits.every(({ result }) => result.kind === 'debited'),
    `${id} is approved though not every debit happened`,
  )
  return conclusion
}

/**
 * The columns of the statement, one array a parameter, in its order: twelve of items, five of further debits, seven of
 * postings.
 */
export function concludeValues(items: readonly Conclusion[]): unknown[][] {
  const debited = items.map(({ debits = [], decision }) =>
    debits.map((debit) => toDebit(debit, decision)),
  )
  const further = items.flatMap(({ id }, index) =>
    (debited[index] ?? []).slice(1).map((debit) => ({ id, ...debit })),
  )
  const postings = items.flatMap(({ id, decision }) =>
    decision.kind === 'approve' ? decision.journal.map((line) => ({ id, line })) : [],
  )
  return [
    items.map(({ id }) => uuidOf(id)),
    items.map(({ parent }) => (parent ? uuidOf(parent) : null)),
    items.map(({ decision }) => decision.kind === 'approve'),
    items.map(({ decision }) => (decision.kind === 'decline' ? decision.reason : null)),
    items.map(({ decision }) => (decision.kind === 'approve' ? decision.approvalCode : null)),
    items.map(({ decision }) => decision.body),
    items.map(({ decision }) => (decision.kind === 'approve' ? decision.outcome : null)),
    ...debitColumns(debited.map(([first]) => first)),
    debited.map((all) => all.some(({ state }) => state === 'in_doubt')),
    further.map(({ id }) => uuidOf(id)),
    ...debitColumns(further),
    postings.map(({ line }) => line.journalId),
    postings.map(({ line }) => line.line),
    postings.map(({ id }) => uuidOf(id)),
    postings.map(({ line }) => line.asset),
    postings.map(({ line }) => line.amount),
    postings.map(({ line }) => line.debitAccount),
    postings.map(({ line }) => line.creditAccount),
  ]
}

/** A debit as its row is left. */
type LeftDebit = {
  readonly reference: MovementReference
  readonly state: (typeof MOVEMENT_STATE)[keyof typeof MOVEMENT_STATE]
  readonly exchangeReference: string | null
  readonly detail: string | null
}

/** What a decline leaves executed is settlement's to look up and to credit, as a debit in doubt is. */
function toDebit(
  { reference, result }: ConcludedDebit,
  decision: Conclusion['decision'],
): LeftDebit {
  if (result.kind !== 'debited')
    return {
      reference,
      state: MOVEMENT_STATE[result.kind],
      exchangeReference: null,
      detail: result.detail,
    }
  const { exchangeReference } = result
  return decision.kind === 'approve'
    ? { reference, state: 'executed', exchangeReference, detail: null }
    : { reference, state: 'in_doubt', exchangeReference, detail: PAID_FOR_NOTHING }
}

function debitColumns(debits: readonly (LeftDebit | undefined)[]): unknown[][] {
  return [
    debits.map((debit) => debit?.reference ?? null),
    debits.map((debit) => debit?.state ?? null),
    debits.map((debit) => debit?.exchangeReference ?? null),
    debits.map((debit) => debit?.detail ?? null),
  ]
}

/** Pairs the rows, which come in the database's order, with the items. */
export function toConcluded(
  items: readonly Conclusion[],
  rows: readonly ConcludeRow[],
): readonly Concluded[] {
  const rowById = new Map(rows.map((row) => [toAuthorizationId(row.id), row]))
  return items.map(({ id }) => {
    const row = rowById.get(id)
    // Bugs, and found after the commit: an assertion tells group commit not to run the batch again.
    assert(row && row.state !== 'accepted', `authorization ${id} is not concluded after CONCLUDE`)
    const reason = row.decline_reason ?? undefined
    if (row.response_body !== null) return { state: row.state, reason, body: row.response_body }
    assert(reason, `authorization ${id} was approved without an answer`)
    return { state: 'declined', reason, body: undefined }
  })
}

import type { DeclineReason } from '@tolem/domain/decision'
import type { AuthorizationId, ReversalId } from '@tolem/domain/ids'
import { type Amount, amountOf } from '@tolem/money/amount'
import { toAuthorizationId, toReversalId } from './ids.ts'

/** What rows of "authorization" are: requests, and what banks and acquirers brought without one. */
export const RECORD_KINDS = [
  'authorization',
  'increment',
  'advice',
  'force_post',
  'unmatched_refund',
] as const
export type RecordKind = (typeof RECORD_KINDS)[number]

/** The states of an authorization. */
export const RECORD_STATES = ['accepted', 'approved', 'declined'] as const
export type RecordState = (typeof RECORD_STATES)[number]

/** What became of the tenge of an approval. Open is what is still held: neither released nor cleared. */
export type FoundAmounts = {
  readonly approved: Amount<'KZT'>
  readonly released: Amount<'KZT'>
  readonly cleared: Amount<'KZT'>
  readonly refunded: Amount<'KZT'>
  readonly open: Amount<'KZT'>
}

/** An authorization as it stands, by itself. */
export type AuthorizationSummary = {
  readonly id: AuthorizationId
  readonly kind: RecordKind
  /** The first authorization, of an increment. */
  readonly parentId?: AuthorizationId
  readonly cardToken: string
  readonly type: string
  readonly state: RecordState
  readonly reason?: DeclineReason
  readonly isFinal: boolean
  readonly billing?: Amount<'KZT'>
  readonly cash?: Amount<'KZT'>
  /** Only of an approved one. */
  readonly amounts?: FoundAmounts
  readonly holdUntil?: Date
  readonly closedAs?: 'reversed' | 'cleared' | 'expired'
  readonly receivedAt: Date
  readonly concludedAt?: Date
  readonly reversalId?: ReversalId
}

/** The columns of a row that say as much. */
export type SummaryRow = {
  readonly id: string
  readonly kind: RecordKind
  readonly parent_id: string | null
  readonly card_token: string
  readonly type: string
  readonly billing_amount: string | null
  readonly cash_amount: string
  readonly is_final: boolean
  readonly state: RecordState
  readonly decline_reason: DeclineReason | null
  readonly approved_amount: string | null
  readonly released_amount: string
  readonly cleared_amount: string
  readonly refunded_amount: string
  readonly hold_until: Date | null
  readonly closed_as: NonNullable<AuthorizationSummary['closedAs']> | null
  readonly received_at: Date
  readonly concluded_at: Date | null
  readonly reversal_id: string | null
}

/** A row as people and reconciliation read it. */
export function toSummary(row: SummaryRow): AuthorizationSummary {
  const amounts = toAmounts(row)
  const isOpen = amounts !== undefined && amounts.open > 0n
  return {
    id: toAuthorizationId(row.id),
    kind: row.kind,
    ...(row.parent_id !== null && { parentId: toAuthorizationId(row.parent_id) }),
    cardToken: row.card_token,
    type: row.type,
    state: row.state,
    ...(row.decline_reason !== null && { reason: row.decline_reason }),
    isFinal: row.is_final,
    ...(row.billing_amount !== null && { billing: tenge(row.billing_amount) }),
    ...(row.cash_amount !== '0' && { cash: tenge(row.cash_amount) }),
    ...(amounts && { amounts }),
    // Written before the decision and taken away by settlement: of what holds nothing it means nothing.
    ...(isOpen && row.hold_until !== null && { holdUntil: row.hold_until }),
    ...(row.closed_as !== null && { closedAs: row.closed_as }),
    receivedAt: row.received_at,
    ...(row.concluded_at !== null && { concludedAt: row.concluded_at }),
    ...(row.reversal_id !== null && { reversalId: toReversalId(row.reversal_id) }),
  }
}

/** Tiyn as the database writes them. */
export function tenge(tiyn: string): Amount<'KZT'> {
  return amountOf('KZT', BigInt(tiyn))
}

function toAmounts(row: SummaryRow): FoundAmounts | undefined {
  if (row.approved_amount === null) return undefined
  const [approved, released, cleared] = [
    BigInt(row.approved_amount),
    BigInt(row.released_amount),
    BigInt(row.cleared_amount),
  ]
  return {
    approved: amountOf('KZT', approved),
    released: amountOf('KZT', released),
    cleared: amountOf('KZT', cleared),
    refunded: tenge(row.refunded_amount),
    open: amountOf('KZT', approved - released - cleared),
  }
}

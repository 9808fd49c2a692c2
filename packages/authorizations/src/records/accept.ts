import type { AuthorizationRequest } from '@tolem/domain/authorization'
import { networkKeyText } from '@tolem/domain/authorization'
import type { Card } from '@tolem/domain/card'
import type { DeclineReason } from '@tolem/domain/decision'
import { type AuthorizationId, uuidOf } from '@tolem/domain/ids'
import type { DebitOrder } from '@tolem/domain/movement'
import type { Quote } from '@tolem/domain/quote'
import { toAuthorizationId } from './ids.ts'

/** What ACCEPT is to make durable. */
export type NewAuthorization = {
  readonly id: AuthorizationId
  readonly request: AuthorizationRequest
  /** Milliseconds since the epoch. */
  readonly receivedAt: number
  /** The bank's own bytes, kept for ever. */
  readonly requestBody: string
  readonly plan: Intent | EarlyDecline
}

/** Every check in memory passed: debit this, if card and limits still allow it under lock. */
export type Intent = {
  readonly kind: 'intend'
  readonly card: Card
  readonly quote: Quote
  readonly debit: DebitOrder
  /** The Asia/Almaty day into which it counts. */
  readonly day: string
  /** For how long from now the exchange may still execute it. */
  readonly validForMs: number
  /** From now until settlement takes over, if no decision was recorded. */
  readonly decidedWithinMs: number
}

/** Already declined in memory: claim the key, record the decline with its bytes. */
export type EarlyDecline = {
  readonly kind: 'decline'
  readonly reason: DeclineReason
  readonly body: string
}

/** What ACCEPT found. `approvalNumber` is unique for ever: the approval code is made of it. */
export type Acceptance =
  | { readonly kind: 'accepted'; readonly approvalNumber: bigint }
  /** Recorded as declined; without `body` its bytes have still to be concluded. */
  | {
      readonly kind: 'declined'
      readonly id: AuthorizationId
      readonly reason: DeclineReason
      readonly body: string | undefined
    }
  /** The same message was decided before: these bytes are its answer for ever. */
  | { readonly kind: 'replay'; readonly body: string }
  /** The same message is being decided now, by this process or another. */
  | { readonly kind: 'in_flight' }
  /** Another message was sent under this network key. */
  | { readonly kind: 'mismatch' }
  /** The card is not the one that was checked. Nothing was written. */
  | { readonly kind: 'card_changed' }

/** A row that `authorization-accept` gives. */
export type AcceptRow = {
  readonly outcome: 'accepted' | 'declined' | 'repeat' | 'mismatch' | 'card_changed' | 'unseen'
  readonly id: string | null
  readonly decline_reason: DeclineReason | null
  readonly state: 'accepted' | 'approved' | 'declined' | null
  readonly is_fresh_approval: boolean | null
  readonly response_body: string | null
  readonly approval_number: string | null
}

/** The columns of the statement, one array a parameter, in its order. */
export function acceptValues(items: readonly NewAuthorization[]): unknown[][] {
  return transpose(items.map(toRow), 28)
}

/** Items that share one of these must not stand in one statement. */
export function acceptConflictKeys({ request, plan }: NewAuthorization): readonly string[] {
  const messageKey = `message/${request.bank}/${networkKeyText(request.networkKey)}`
  return plan.kind === 'decline'
    ? [messageKey]
    : [messageKey, `card/${request.bank}/${request.cardToken}`]
}

/** What a row means to the caller; nothing for `unseen`, which has to be asked again. */
export function toAcceptance(item: NewAuthorization, row: AcceptRow): Acceptance | undefined {
  switch (row.outcome) {
    case 'accepted':
      return { kind: 'accepted', approvalNumber: BigInt(row.approval_number ?? '') }
    case 'declined':
      return toDeclined(row)
    case 'repeat':
      return toRepeat(item, row)
    case 'mismatch':
    case 'card_changed':
      return { kind: row.outcome }
    case 'unseen':
      return undefined
  }
}

function toRepeat(item: NewAuthorization, row: AcceptRow): Acceptance | undefined {
  if (row.response_body !== null) return { kind: 'replay', body: row.response_body }
  if (row.state === 'declined') return toDeclined(row)
  if (row.id === null) return undefined
  // Our own row: the answer to an earlier ACCEPT of this very item was lost on its way.
  if (row.id === uuidOf(item.id))
    return { kind: 'accepted', approvalNumber: BigInt(row.approval_number ?? '') }
  return { kind: 'in_flight' }
}

function toDeclined(row: AcceptRow): Acceptance {
  if (row.id === null || row.decline_reason === null)
    throw new Error('a declined row has id and reason')
  return {
    kind: 'declined',
    id: toAuthorizationId(row.id),
    reason: row.decline_reason,
    body: row.response_body ?? undefined,
  }
}

function toRow(item: NewAuthorization): unknown[] {
  const { request, plan } = item
  return [
    uuidOf(item.id),
    request.bank,
    request.cardToken,
    request.networkKey.localDateTime.slice(0, 10),
    networkKeyText(request.networkKey),
    request.fingerprint,
    request.type,
    request.billing ?? null,
    new Date(item.receivedAt).toISOString(),
    item.requestBody,
    ...(plan.kind === 'decline'
      ? [plan.reason, plan.body, ...NO_INTENT]
      : [null, null, ...intentColumns(plan)]),
  ]
}

const NO_INTENT: readonly null[] = Array.from({ length: 16 }, () => null)

function intentColumns({ card, quote, debit, ...plan }: Intent): unknown[] {
  return [
    card.version,
    plan.day,
    card.limits.dailyAmount ?? null,
    card.limits.dailyCount ?? null,
    card.limits.monthlyAmount ?? null,
    JSON.stringify(quote, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
    debit.reference,
    debit.wallet.exchange,
    debit.wallet.rail,
    JSON.stringify(debit.wallet),
    debit.asset,
    debit.amount,
    plan.validForMs,
    plan.decidedWithinMs,
    1,
    null,
  ]
}

function transpose(rows: readonly (readonly unknown[])[], width: number): unknown[][] {
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column]))
}

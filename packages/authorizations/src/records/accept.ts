import { type AuthorizationRequest, networkKeyText } from '@tolem/domain/authorization'
import type { Card } from '@tolem/domain/card'
import type { ApprovalOutcome, DeclineReason } from '@tolem/domain/decision'
import { type AuthorizationId, uuidOf } from '@tolem/domain/ids'
import type { DebitOrder } from '@tolem/domain/movement'
import type { Quote } from '@tolem/domain/quote'
import type { Amount } from '@tolem/money/amount'
import { toAuthorizationId } from './ids.ts'

/** What ACCEPT is to make durable. */
export type NewAuthorization = {
  readonly id: AuthorizationId
  readonly request: AuthorizationRequest
  /** Milliseconds since the epoch. */
  readonly receivedAt: number
  /** The bank's own bytes, kept for ever. */
  readonly requestBody: string
  /** The first authorization of the hold that an increment raises; absent in a first request. */
  readonly parent?: AuthorizationId | undefined
  readonly plan: Plan
  /** Until when (`performance.now()`) recording it is of any use: whoever waits for longer is not recorded. */
  readonly usefulUntil?: number | undefined
}

/** What the checks in memory came to. */
export type Plan = Intent | Verification | EarlyDecline

/** A debit and the price of what it is to pay for. */
export type PlannedDebit = { readonly order: DebitOrder; readonly quote: Quote }

/**
 * The debits of one authorization, in the cardholder's order of assets: each of another asset, each with a quote of its
 * own, and the billings of the quotes sum to that of the authorization.
 */
export type PlannedDebits = readonly [PlannedDebit, ...PlannedDebit[]]

/** Every check in memory passed: debit this, if card and limits still allow it under lock. */
export type Intent = {
  readonly kind: 'intend'
  /** What the bank is told if the debit happens: less than was asked for is not `approved`. */
  readonly outcome: Exclude<ApprovalOutcome, 'verified'>
  readonly card: Card
  /** What is counted and held: less than the request's where a part of that is not asked for. */
  readonly billing: Amount<'KZT'>
  /** What pays for it: several debits only where the wallet's first asset alone does not. */
  readonly debits: PlannedDebits
  /** The Asia/Almaty day into which it counts. */
  readonly day: string
  /** Limits and caps beyond the card's own three, as the functions of `cards` read them; absent: none. */
  readonly asks?: object | undefined
  /**
   * Whether the caller can ask again without the cash when only that does not fit: then `cash_refused` comes back and
   * nothing is written.
   */
  readonly mayDropCash?: boolean
  /** When the hold expires, in milliseconds since the epoch; absent where nothing will be open, or in an increment. */
  readonly holdUntil?: number | undefined
  /** For how long from now the exchange may still execute it. */
  readonly validForMs: number
  /** From now until settlement takes over, if no decision was recorded. */
  readonly decidedWithinMs: number
}

/** Every check in memory passed and nothing is to move: approve this, if the card is still the one under lock. */
export type Verification = {
  readonly kind: 'verify'
  readonly card: Card
  readonly day: string
  /** As of an intent: a limit may count verifications. */
  readonly asks?: object | undefined
  readonly approvalCode: string
  /** The exact bytes of the approval. */
  readonly body: string
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
  /** Nothing was to move, and the approval stands in the record with these bytes. */
  | { readonly kind: 'verified'; readonly body: string }
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
  /** Only the cash of this purchase exceeds a limit, and the rest may be asked for. Nothing was written. */
  | { readonly kind: 'cash_refused' }

/** A row that `authorization-accept` gives. */
export type AcceptRow = {
  readonly outcome:
    | 'accepted'
    | 'verified'
    | 'declined'
    | 'repeat'
    | 'mismatch'
    | 'card_changed'
    | 'cash_refused'
    | 'unseen'
  readonly id: string | null
  readonly decline_reason: DeclineReason | null
  readonly state: 'accepted' | 'approved' | 'declined' | null
  readonly is_fresh_approval: boolean | null
  readonly response_body: string | null
  readonly approval_number: string | null
}

/** Items that share one of these must not stand in one statement. */
export function acceptConflictKeys({ request, plan }: NewAuthorization): readonly string[] {
  const messageKey = `message/${request.bank}/${request.kind}/${networkKeyText(request.networkKey)}`
  return plan.kind === 'decline'
    ? [messageKey]
    : [messageKey, `card/${request.bank}/${request.cardToken}`]
}

/** What a row means to the caller; nothing for `unseen`, which has to be asked again. */
export function toAcceptance(item: NewAuthorization, row: AcceptRow): Acceptance | undefined {
  switch (row.outcome) {
    case 'accepted':
      return { kind: 'accepted', approvalNumber: BigInt(row.approval_number ?? '') }
    case 'verified':
      return { kind: 'verified', body: row.response_body ?? '' }
    case 'declined':
      return toDeclined(row)
    case 'repeat':
      return toRepeat(item, row)
    case 'mismatch':
    case 'card_changed':
    case 'cash_refused':
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

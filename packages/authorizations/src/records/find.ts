import type { DeclineReason } from '@tolem/domain/decision'
import type { AuthorizationId, ReversalId } from '@tolem/domain/ids'
import { type Amount, amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { toAuthorizationId, toReversalId } from './ids.ts'

/** An authorization as it stands, with everything that happened to it. */
export type FoundAuthorization = {
  readonly id: AuthorizationId
  readonly cardToken: string
  readonly type: string
  readonly state: 'accepted' | 'approved' | 'declined'
  readonly reason?: DeclineReason
  readonly billing?: Amount<'KZT'>
  readonly receivedAt: Date
  readonly concludedAt?: Date
  readonly reversalId?: ReversalId
  /** The exact bytes of the answer. */
  readonly body?: string
  readonly movements: readonly FoundMovement[]
  readonly events: readonly { readonly kind: string; readonly occurredAt: string }[]
}

/** One movement of it at an exchange, as settlement left it. */
export type FoundMovement = {
  readonly kind: 'debit' | 'credit'
  readonly reference: string
  readonly exchange: string
  readonly asset: CryptoAsset
  readonly amount: Amount<CryptoAsset>
  readonly state: 'intended' | 'in_doubt' | 'executed' | 'refused'
}

/** A row that `authorization-find` gives. */
export type FindRow = {
  readonly id: string
  readonly card_token: string
  readonly type: string
  readonly billing_amount: string | null
  readonly state: FoundAuthorization['state']
  readonly decline_reason: DeclineReason | null
  readonly received_at: Date
  readonly concluded_at: Date | null
  readonly reversal_id: string | null
  readonly response_body: string | null
  readonly movements: readonly (Omit<FoundMovement, 'amount'> & { readonly amount: string })[]
  readonly events: FoundAuthorization['events']
}

/** A row as people and reconciliation read it. */
export function toFound(row: FindRow): FoundAuthorization {
  return {
    id: toAuthorizationId(row.id),
    cardToken: row.card_token,
    type: row.type,
    state: row.state,
    ...(row.decline_reason !== null && { reason: row.decline_reason }),
    ...(row.billing_amount !== null && { billing: amountOf('KZT', BigInt(row.billing_amount)) }),
    receivedAt: row.received_at,
    ...(row.concluded_at !== null && { concludedAt: row.concluded_at }),
    ...(row.reversal_id !== null && { reversalId: toReversalId(row.reversal_id) }),
    ...(row.response_body !== null && { body: row.response_body }),
    movements: row.movements.map(({ amount, ...movement }) => ({
      ...movement,
      amount: amountOf(movement.asset, BigInt(amount)),
    })),
    events: row.events,
  }
}

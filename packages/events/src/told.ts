import type { ClearingOutcome } from '@tolem/domain/clearing'
import type { EventKind } from '@tolem/domain/hold'
import type { AuthorizationId, BankId, CardToken } from '@tolem/domain/ids'
import { type Amount, amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'

/**
 * Something that happened, with what never changes of what it is about: told again, it is told in the same words.
 * `sequence` grows within an authorization, with gaps.
 */
export type ToldEvent = {
  readonly id: string
  readonly kind: EventKind
  readonly authorizationId: AuthorizationId
  readonly sequence: number
  readonly occurredAt: Date
  readonly bank: BankId
  readonly about: {
    readonly cardToken: CardToken
    readonly kind: 'authorization' | 'increment' | 'advice' | 'force_post' | 'unmatched_refund'
    readonly type: string
    readonly parentId?: AuthorizationId
    readonly billing?: Amount<'KZT'>
  }
  readonly detail?: string
  readonly movement?: ToldMovement
  readonly clearing?: ToldClearing
  readonly refund?: { readonly refundId: string; readonly amount: Amount<'KZT'> }
}

/** The movement that an event is about. */
export type ToldMovement = {
  readonly kind: 'debit' | 'credit'
  readonly purpose: 'authorization' | 'collection' | 'release' | 'refund' | 'undo'
  readonly reference: string
  readonly exchange: string
  readonly asset: CryptoAsset
  readonly amount: Amount<CryptoAsset>
}

/** The presentment that an event is about. */
export type ToldClearing = {
  readonly clearingId: string
  readonly outcome: ClearingOutcome
  readonly amount: Amount<'KZT'>
  readonly fromHold: Amount<'KZT'>
  readonly exposed: Amount<'KZT'>
  readonly released: Amount<'KZT'>
  readonly isLast: boolean
}

/** A row of `told_event` as the driver gives it. */
export type ToldRow = {
  readonly authorization_id: string
  readonly sequence: string
  readonly kind: EventKind
  readonly detail: string | null
  readonly occurred_at: Date
  readonly bank_id: BankId
  readonly card_token: CardToken
  readonly authorization_kind: ToldEvent['about']['kind']
  readonly parent_id: string | null
  readonly type: string
  readonly billing_amount: string | null
  readonly movement: (Omit<ToldMovement, 'amount'> & { readonly amount: string }) | null
  readonly clearing:
    | (Readonly<Record<'clearingId' | ClearingAmount, string>> & {
        readonly outcome: ClearingOutcome
        readonly last: boolean
      })
    | null
  readonly refund: { readonly refundId: string; readonly amount: string } | null
}

type ClearingAmount = 'amount' | 'fromHold' | 'exposed' | 'released'

/** A row as it is told. */
export function toTold(row: ToldRow): ToldEvent {
  const { detail, parent_id: parent, billing_amount: billing, movement, clearing, refund } = row
  return {
    id: eventId(row.authorization_id, row.sequence),
    kind: row.kind,
    authorizationId: `aut_${row.authorization_id}` as AuthorizationId,
    // An ordinal of a database, which doubles count for longer than any of them lives.
    sequence: Number(row.sequence),
    occurredAt: row.occurred_at,
    bank: row.bank_id,
    about: {
      cardToken: row.card_token,
      kind: row.authorization_kind,
      type: row.type,
      ...(parent !== null && { parentId: `aut_${parent}` as AuthorizationId }),
      ...(billing !== null && { billing: tenge(billing) }),
    },
    ...(detail !== null && { detail }),
    ...(movement && {
      movement: { ...movement, amount: amountOf(movement.asset, BigInt(movement.amount)) },
    }),
    ...(clearing && {
      clearing: {
        clearingId: clearing.clearingId,
        outcome: clearing.outcome,
        amount: tenge(clearing.amount),
        fromHold: tenge(clearing.fromHold),
        exposed: tenge(clearing.exposed),
        released: tenge(clearing.released),
        isLast: clearing.last,
      },
    }),
    ...(refund && { refund: { refundId: refund.refundId, amount: tenge(refund.amount) } }),
  }
}

function tenge(tiyn: string): Amount<'KZT'> {
  return amountOf('KZT', BigInt(tiyn))
}

/** The stable name of an event: the same wherever and however often it is told. */
function eventId(authorizationUuid: string, sequence: string): string {
  return `evt_${authorizationUuid}_${sequence}`
}

import type { ClearingOutcome } from '@tolem/domain/clearing'
import type { DeclineReason } from '@tolem/domain/decision'
import type { AuthorizationId, ClearingId, ExposureId, RefundId } from '@tolem/domain/ids'
import { type Amount, amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import {
  type AuthorizationSummary,
  type RecordState,
  type SummaryRow,
  tenge,
  toSummary,
} from './summary.ts'

/** An authorization as it stands, with everything that happened to it. */
export type FoundAuthorization = AuthorizationSummary & {
  /** The exact bytes of the answer. */
  readonly body?: string
  readonly increments: readonly FoundIncrement[]
  readonly exposures: readonly FoundExposure[]
  readonly clearings: readonly FoundClearing[]
  readonly refunds: readonly FoundRefund[]
  readonly movements: readonly FoundMovement[]
  readonly events: readonly { readonly kind: string; readonly occurredAt: string }[]
}

/** An increment of it, approved or not. */
export type FoundIncrement = {
  readonly authorizationId: AuthorizationId
  readonly state: RecordState
  readonly billing?: Amount<'KZT'>
  readonly approved?: Amount<'KZT'>
  readonly open?: Amount<'KZT'>
}

/** What is or was owed of it and no debit covered. */
export type FoundExposure = {
  readonly exposureId: ExposureId
  readonly clearingId?: ClearingId
  readonly cause: 'advice' | 'clearing' | 'force_post'
  readonly state: 'open' | 'collecting' | 'closed'
  readonly amount: Amount<'KZT'>
  readonly collected: Amount<'KZT'>
  readonly cancelled: Amount<'KZT'>
}

/** A presentment that claimed a part of it. */
export type FoundClearing = {
  readonly clearingId: ClearingId
  readonly outcome: ClearingOutcome
  readonly amount: Amount<'KZT'>
  readonly fromHold: Amount<'KZT'>
  readonly exposed: Amount<'KZT'>
  readonly released: Amount<'KZT'>
  readonly isLast: boolean
  readonly receivedAt: Date
}

/** A refund that named it; one with a reason was declined. */
export type FoundRefund = {
  readonly refundId: RefundId
  readonly reason?: DeclineReason
  readonly amount: Amount<'KZT'>
  readonly receivedAt: Date
}

/** One movement of it at an exchange, as settlement left it. */
export type FoundMovement = {
  readonly kind: 'debit' | 'credit'
  readonly purpose: 'authorization' | 'collection' | 'release' | 'refund' | 'undo'
  readonly reference: string
  readonly exchange: string
  readonly asset: CryptoAsset
  readonly amount: Amount<CryptoAsset>
  readonly state: 'intended' | 'in_doubt' | 'executed' | 'refused'
}

/** The same with amounts and times as JSON holds them, and with what is absent as null. */
type Json<T> = {
  readonly [Name in keyof T]-?:
    | (NonNullable<T[Name]> extends bigint | Date ? string : NonNullable<T[Name]>)
    | (undefined extends T[Name] ? null : never)
}

/** A row that `authorization-find` gives. */
export type FindRow = SummaryRow & {
  readonly response_body: string | null
  readonly increments: readonly Json<FoundIncrement>[]
  readonly exposures: readonly Json<FoundExposure>[]
  readonly clearings: readonly (Omit<Json<FoundClearing>, 'isLast'> & { readonly last: boolean })[]
  readonly refunds: readonly Json<FoundRefund>[]
  readonly movements: readonly Json<FoundMovement>[]
  readonly events: FoundAuthorization['events']
}

/** A row as people and reconciliation read it. */
export function toFound(row: FindRow): FoundAuthorization {
  return {
    ...toSummary(row),
    ...(row.response_body !== null && { body: row.response_body }),
    increments: row.increments.map(({ authorizationId, state, billing, approved, open }) => ({
      authorizationId,
      state,
      ...(billing !== null && { billing: tenge(billing) }),
      ...(approved !== null && { approved: tenge(approved) }),
      ...(open !== null && { open: tenge(open) }),
    })),
    exposures: row.exposures.map(({ clearingId, ...exposure }) => ({
      ...exposure,
      ...(clearingId !== null && { clearingId }),
      amount: tenge(exposure.amount),
      collected: tenge(exposure.collected),
      cancelled: tenge(exposure.cancelled),
    })),
    clearings: row.clearings.map(({ last, ...clearing }) => ({
      ...clearing,
      isLast: last,
      amount: tenge(clearing.amount),
      fromHold: tenge(clearing.fromHold),
      exposed: tenge(clearing.exposed),
      released: tenge(clearing.released),
      receivedAt: new Date(clearing.receivedAt),
    })),
    refunds: row.refunds.map(({ refundId, reason, amount, receivedAt }) => ({
      refundId,
      ...(reason !== null && { reason }),
      amount: tenge(amount),
      receivedAt: new Date(receivedAt),
    })),
    movements: row.movements.map(({ amount, ...movement }) => ({
      ...movement,
      amount: amountOf(movement.asset, BigInt(amount)),
    })),
    events: row.events,
  }
}

import { type AuthorizationId, type MovementReference, uuidOf } from '@tolem/domain/ids'
import type { Amount } from '@tolem/money/amount'
import { type Intent, toJson } from './accept.ts'

/** A second, smaller debit to ask for, after the exchange certainly refused the first. */
export type FallBack = {
  readonly id: AuthorizationId
  readonly refused: { readonly reference: MovementReference; readonly detail: string }
  /** Less than ACCEPT made durable: what the second debit, under a reference of its own, pays for. */
  readonly plan: Intent
  /** How much of the plan's billing is handed out as cash. */
  readonly cash: Amount<'KZT'>
}

/** A row that `authorization-fall-back` gives. */
export type FallBackRow = { readonly may_be_sent: boolean }

/** The values of the statement, in its order. */
export function fallBackValues({ id, refused, plan, cash }: FallBack): unknown[] {
  const { debit, quote } = plan
  return [
    uuidOf(id),
    refused.reference,
    refused.detail,
    debit.reference,
    debit.amount,
    toJson(quote),
    quote.billing,
    quote.fee,
    quote.spread,
    cash,
    plan.validForMs,
    plan.decidedWithinMs,
  ]
}

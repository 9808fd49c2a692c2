import { type AuthorizationId, type MovementReference, uuidOf } from '@tolem/domain/ids'
import type { Amount } from '@tolem/money/amount'
import { toJson, transpose } from '../parameters.ts'
import type { Intent } from './accept.ts'
import { priceColumns } from './accept-values.ts'

/** Other debits to ask for, after the exchange certainly refused the only one that was. */
export type FallBack = {
  readonly id: AuthorizationId
  readonly refused: { readonly reference: MovementReference; readonly detail: string }
  /** No more than ACCEPT made durable: what the other debits, under references of their own, pay for. */
  readonly plan: Intent
  /** How much of the plan's billing is handed out as cash; absent: as much as before. */
  readonly cash?: Amount<'KZT'> | undefined
}

/** A row that `authorization-fall-back` gives. */
export type FallBackRow = { readonly may_be_sent: boolean }

/** The values of the statement, in its order. */
export function fallBackValues({ id, refused, plan, cash }: FallBack): unknown[] {
  const rows = plan.debits.map(({ order, quote }, index) => [
    order.reference,
    order.asset,
    order.amount,
    ...priceColumns(quote),
    index === 0 ? null : toJson(quote),
  ])
  return [
    uuidOf(id),
    refused.reference,
    refused.detail,
    plan.billing,
    cash ?? null,
    plan.validForMs,
    plan.decidedWithinMs,
    toJson(plan.debits[0].quote),
    ...transpose(rows, 7),
  ]
}

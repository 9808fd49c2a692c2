import type { FoundAuthorization } from '@tolem/authorizations/find'
import type { AuthorizationSummary as FoundSummary } from '@tolem/authorizations/summary'
import { type Amount, formatAmount } from '@tolem/money/amount'
import { fromTenge, type WireAmount } from '@tolem/wire/fields'
import type { AuthorizationRecord, AuthorizationSummary } from '@tolem/wire/inquiry'

/** An authorization as its bank reads it in a list. */
export function toSummary(found: FoundSummary): AuthorizationSummary {
  const { parentId, reason, amounts, holdUntil, closedAs, concludedAt, reversalId } = found
  return {
    authorizationId: found.id,
    kind: found.kind,
    ...(parentId && { parentAuthorizationId: parentId }),
    type: found.type,
    cardToken: found.cardToken,
    state: found.state,
    ...(reason && { reason }),
    final: found.isFinal,
    ...optional('billingAmount', found.billing),
    ...optional('cashAmount', found.cash),
    ...(amounts && {
      approvedAmount: fromTenge(amounts.approved),
      releasedAmount: fromTenge(amounts.released),
      clearedAmount: fromTenge(amounts.cleared),
      refundedAmount: fromTenge(amounts.refunded),
      openAmount: fromTenge(amounts.open),
    }),
    ...(holdUntil && { holdUntil: holdUntil.toISOString() }),
    ...(closedAs && { closedAs }),
    receivedAt: found.receivedAt.toISOString(),
    ...(concludedAt && { concludedAt: concludedAt.toISOString() }),
    ...(reversalId && { reversalId }),
  }
}

/** An authorization with everything that became of it. */
export function toRecord(found: FoundAuthorization): AuthorizationRecord {
  const isRequest = found.kind === 'authorization' || found.kind === 'increment'
  return {
    ...toSummary(found),
    ...(isRequest && found.body !== undefined && { answer: JSON.parse(found.body) }),
    increments: found.increments.map(({ authorizationId, state, billing, approved, open }) => ({
      authorizationId,
      state,
      ...optional('billingAmount', billing),
      ...optional('approvedAmount', approved),
      ...optional('openAmount', open),
    })),
    exposures: found.exposures.map(({ collected, cancelled, amount, ...exposure }) => ({
      ...exposure,
      amount: fromTenge(amount),
      collectedAmount: fromTenge(collected),
      cancelledAmount: fromTenge(cancelled),
    })),
    clearings: found.clearings.map((clearing) => ({
      clearingId: clearing.clearingId,
      outcome: clearing.outcome,
      amount: fromTenge(clearing.amount),
      fromHoldAmount: fromTenge(clearing.fromHold),
      exposedAmount: fromTenge(clearing.exposed),
      releasedAmount: fromTenge(clearing.released),
      last: clearing.isLast,
      receivedAt: clearing.receivedAt.toISOString(),
    })),
    refunds: found.refunds.map(({ refundId, reason, amount, receivedAt }) => ({
      refundId,
      decision: reason ? 'declined' : 'approved',
      ...(reason && { reason }),
      amount: fromTenge(amount),
      receivedAt: receivedAt.toISOString(),
    })),
    movements: found.movements.map(({ amount, ...movement }) => ({
      ...movement,
      amount: formatAmount(movement.asset, amount),
    })),
    events: [...found.events],
  }
}

function optional<Name extends string>(
  name: Name,
  amount: Amount<'KZT'> | undefined,
): { readonly [_ in Name]?: WireAmount } {
  return amount === undefined ? {} : ({ [name]: fromTenge(amount) } as Record<Name, WireAmount>)
}

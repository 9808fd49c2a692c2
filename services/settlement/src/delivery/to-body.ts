import type { ToldEvent } from '@tolem/events/told'
import { amountOf, formatAmount } from '@tolem/money/amount'
import { fromTenge } from '@tolem/wire/fields'
import type { AuthorizationEvent } from '@tolem/wire/inquiry'

/** The bytes that an event is told in, everywhere and every time. */
export function toBody(event: ToldEvent): string {
  return JSON.stringify(toWire(event))
}

function toWire(event: ToldEvent): AuthorizationEvent {
  const { about, clearing, refund, movement } = event
  return {
    type: `authorization.${event.kind}`,
    id: event.id,
    time: event.occurredAt.toISOString(),
    authorizationId: event.authorizationId,
    sequence: event.sequence,
    data: {
      cardToken: about.cardToken,
      kind: about.kind,
      type: about.type,
      ...(about.parentId && { parentAuthorizationId: about.parentId }),
      ...(about.billing !== undefined && { billingAmount: fromTenge(about.billing) }),
      ...toldBy(event),
      ...(clearing && {
        clearing: {
          clearingId: clearing.clearingId,
          outcome: clearing.outcome,
          amount: fromTenge(clearing.amount),
          fromHoldAmount: fromTenge(clearing.fromHold),
          exposedAmount: fromTenge(clearing.exposed),
          releasedAmount: fromTenge(clearing.released),
          last: clearing.isLast,
        },
      }),
      ...(refund && { refund: { refundId: refund.refundId, amount: fromTenge(refund.amount) } }),
      ...(movement && {
        movement: { ...movement, amount: formatAmount(movement.asset, movement.amount) },
      }),
    },
  }
}

/** What the detail of an event means, which depends on its kind. */
function toldBy({ kind, detail }: ToldEvent): Partial<AuthorizationEvent['data']> {
  switch (kind) {
    case 'approved':
      return { outcome: detail ?? 'approved' }
    case 'declined':
    case 'withdrawn':
    case 'advised':
      return detail === undefined ? {} : { reason: detail }
    case 'stopped':
      return { reason: detail ?? 'reversed_before_authorization' }
    case 'adjusted':
      return detail === undefined ? {} : { adviceId: detail }
    case 'partially_reversed':
      return detail === undefined
        ? {}
        : { releasedAmount: fromTenge(amountOf('KZT', BigInt(detail))) }
    case 'exposure_escalated':
      return detail === undefined ? {} : { note: detail }
    // These tell of a clearing, a refund or a movement, which stand beside, or of nothing more.
    case 'cleared':
    case 'force_posted':
    case 'reversed':
    case 'expired':
    case 'refunded':
    case 'credited':
    case 'exposure_collected':
    case 'debit_executed_late':
    case 'debit_refused':
    case 'collection_refused':
    case 'movement_escalated':
      return {}
  }
}

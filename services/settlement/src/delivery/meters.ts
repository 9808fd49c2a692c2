import type { PendingEvents } from '@tolem/events/deliveries'
import type { Metrics } from '@tolem/telemetry/metrics'

/** What operators see of the delivery of events. */
export type DeliveryMeters = ReturnType<typeof createDeliveryMeters>

export function createDeliveryMeters(metrics: Metrics) {
  const pending = metrics.gauge(
    'events_pending',
    'Authorizations of which events wait for a destination',
    LABELS,
  )
  const escalated = metrics.gauge('events_escalated', 'Of them for a person to see', LABELS)
  const oldest = metrics.gauge('events_oldest_seconds', 'For how long the oldest waits', LABELS)

  return {
    attempts: metrics.counter('event_deliveries_total', 'Events sent, by answer', [
      'destination',
      'outcome',
    ]),
    escalations: metrics.counter('event_escalations_total', 'Deliveries newly escalated', LABELS),
    faults: metrics.counter('event_faults_total', 'Steps left to be done again', ['step']),
    claimsLost: metrics.counter(
      'event_claims_lost_total',
      'Deliveries that another instance took over',
      LABELS,
    ),

    /** Shows what waits now; what is not listed is none. */
    show(waiting: readonly PendingEvents[]): void {
      for (const gauge of [pending, escalated, oldest]) gauge.reset()
      for (const { destination, ...figures } of waiting) {
        pending.set({ destination }, figures.pending)
        escalated.set({ destination }, figures.escalated)
        oldest.set({ destination }, figures.oldestSeconds)
      }
    },
  }
}

const LABELS = ['destination'] as const

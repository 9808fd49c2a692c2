import type { OpenMandates } from '@tolem/cards/mandates'
import type { Metrics } from '@tolem/telemetry/metrics'

/** What operators see of mandates. */
export type MandateMeters = ReturnType<typeof createMandateMeters>

export function createMandateMeters(metrics: Metrics) {
  const open = metrics.gauge(
    'settlement_open_mandates',
    'Mandates on their way; of the signed ones those that a person must see',
    LABELS,
  )
  const escalated = metrics.gauge('settlement_escalated_mandates', 'For a person to see', LABELS)
  return {
    calls: metrics.counter('settlement_mandate_calls_total', 'Calls about mandates, by answer', [
      'rail',
      'call',
      'outcome',
    ]),
    mandates: metrics.counter('settlement_mandates_total', 'What became of mandates', [
      'rail',
      'outcome',
    ]),
    escalations: metrics.counter('settlement_mandate_escalations_total', 'Newly escalated', [
      'rail',
    ]),

    /** Shows what is on its way now; what is not listed is none. */
    show(mandates: readonly OpenMandates[]): void {
      for (const gauge of [open, escalated]) gauge.reset()
      for (const { exchange, rail, status, ...figures } of mandates) {
        open.set({ exchange, rail, status }, figures.count)
        escalated.set({ exchange, rail, status }, figures.escalated)
      }
    },
  }
}

const LABELS = ['exchange', 'rail', 'status'] as const

import type { Uncollected } from '@tolem/authorizations/collections'
import type { OpenMovements } from '@tolem/authorizations/movements'
import type { Metrics } from '@tolem/telemetry/metrics'

/** What operators see of settlement. */
export type Meters = ReturnType<typeof createMeters>

export function createMeters(metrics: Metrics) {
  const open = metrics.gauge('settlement_open_movements', 'Movements not settled yet', LABELS)
  const oldest = metrics.gauge('settlement_oldest_seconds', 'Age of the oldest of them', LABELS)
  const escalated = metrics.gauge('settlement_escalated_movements', 'For a person to see', LABELS)
  const owed = metrics.gauge('settlement_exposure_tenge', 'Owed and not collected', OWED_LABELS)
  const exposures = metrics.gauge('settlement_exposures', 'Exposures not collected', OWED_LABELS)
  const oldestExposure = metrics.gauge(
    'settlement_exposure_oldest_seconds',
    'Age of the oldest of them',
    OWED_LABELS,
  )
  const escalatedExposures = metrics.gauge(
    'settlement_escalated_exposures',
    'Exposures for a person to see',
    OWED_LABELS,
  )

  return {
    lookUps: metrics.counter('settlement_look_ups_total', 'Look-ups by answer', [
      'rail',
      'kind',
      'outcome',
    ]),
    credits: metrics.counter('settlement_credits_total', 'Credits sent, by answer', [
      'rail',
      'outcome',
    ]),
    debits: metrics.counter('settlement_debits_total', 'Collections sent, by answer', [
      'rail',
      'outcome',
    ]),
    collections: metrics.counter(
      'settlement_collections_total',
      'Exposures taken up: intended, or what they wait for',
      ['outcome'],
    ),
    expiries: metrics.counter('settlement_expiries_total', 'Holds that came to their end', [
      'outcome',
    ]),
    claimsLost: metrics.counter('settlement_claims_lost_total', 'Results that came too late', [
      'kind',
    ]),
    escalations: metrics.counter('settlement_escalations_total', 'Movements newly escalated', [
      'kind',
    ]),
    faults: metrics.counter('settlement_faults_total', 'Steps left to the end of their lease', [
      'step',
    ]),

    /** Shows what is open now; what is not listed is none. */
    showOpen(movements: readonly OpenMovements[]): void {
      for (const gauge of [open, oldest, escalated]) gauge.reset()
      for (const { exchange, kind, ...figures } of movements) {
        open.set({ exchange, kind }, figures.count)
        oldest.set({ exchange, kind }, figures.oldestSeconds)
        escalated.set({ exchange, kind }, figures.escalated)
      }
    },

    /** Shows what is owed now; an exposure that was never tried has the exchange `none`. */
    showUncollected(uncollected: readonly Uncollected[]): void {
      for (const gauge of [owed, exposures, oldestExposure, escalatedExposures]) gauge.reset()
      for (const { bank, exchange = 'none', ...figures } of uncollected) {
        owed.set({ bank, exchange }, figures.tengeShown)
        exposures.set({ bank, exchange }, figures.count)
        oldestExposure.set({ bank, exchange }, figures.oldestSeconds)
        escalatedExposures.set({ bank, exchange }, figures.escalated)
      }
    },
  }
}

const LABELS = ['exchange', 'kind'] as const
const OWED_LABELS = ['bank', 'exchange'] as const

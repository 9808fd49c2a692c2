import type { ReconciliationSurvey } from '@tolem/authorizations/reconciliation-survey'
import type { Metrics } from '@tolem/telemetry/metrics'

/** What operators see of the comparison with the exchanges. */
export type ReconciliationMeters = ReturnType<typeof createReconciliationMeters>

export function createReconciliationMeters(metrics: Metrics) {
  const open = metrics.gauge('settlement_open_findings', 'Differences not closed yet', BY_KIND)
  const oldest = metrics.gauge(
    'settlement_open_finding_oldest_seconds',
    'Age of the oldest of them',
    BY_KIND,
  )
  const lag = metrics.gauge(
    'settlement_reconciliation_lag_seconds',
    'How long ago what was last compared with the exchange happened',
    ['exchange', 'rail'],
  )
  const standing = metrics.gauge(
    'settlement_standing_entries',
    'Entries on accounts that must return to zero, by the time that they are below',
    BY_AGE,
  )
  const standingSince = metrics.gauge(
    'settlement_standing_oldest_seconds',
    'Age of the oldest of them',
    BY_AGE,
  )

  return {
    findings: metrics.counter('settlement_findings_total', 'Differences found', BY_KIND),
    compared: metrics.counter(
      'settlement_compared_movements_total',
      'Movements compared with the exchange, both ways or ours alone; the overlap again each time',
      ['rail', 'way'],
    ),
    pages: metrics.counter('settlement_history_pages_total', 'Pages of histories, by outcome', [
      'rail',
      'outcome',
    ]),
    lookUps: metrics.counter(
      'settlement_comparison_look_ups_total',
      'Look-ups of movements that are over, by answer',
      ['rail', 'outcome'],
    ),
    returns: metrics.counter('settlement_returns_total', 'Unmatched credits sent, by answer', [
      'rail',
      'outcome',
    ]),

    /** Shows what stands open in the whole database. */
    async show(survey: ReconciliationSurvey): Promise<void> {
      const [findings, lags, standings] = await Promise.all([
        survey.openFindings(),
        survey.lags(),
        survey.standings(),
      ])
      for (const gauge of [open, oldest, lag, standing, standingSince]) gauge.reset()
      for (const { exchange, kind, count, oldestSeconds } of findings) {
        open.set({ exchange, kind }, count)
        oldest.set({ exchange, kind }, oldestSeconds)
      }
      for (const { exchange, rail, seconds } of lags) lag.set({ exchange, rail }, seconds)
      for (const { account, age, count, oldestSeconds } of standings) {
        standing.set({ account, age }, count)
        standingSince.set({ account, age }, oldestSeconds)
      }
    },
  }
}

const BY_KIND = ['exchange', 'kind'] as const
const BY_AGE = ['account', 'age'] as const

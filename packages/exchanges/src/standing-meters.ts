import type { Metrics } from '@tolem/telemetry/metrics'
import type { RailSet } from './compose.ts'

const LABELS = ['exchange', 'used_for'] as const
const BREAKER_STATES = ['closed', 'open', 'probing'] as const

/** As often as Prometheus commonly scrapes at the most. */
const INTERVAL_MS = 5_000

/** Shows how every rail stands with its exchange, again and again until closed. */
export function meterStandings(
  rails: Pick<RailSet, 'standings'>,
  { metrics, now }: { readonly metrics: Metrics; readonly now: () => number },
): { close(): void } {
  const breakers = metrics.gauge(
    'exchange_breaker_state',
    '1 for the state that the circuit breaker of a rail is in',
    [...LABELS, 'state'],
  )
  const pauses = metrics.gauge(
    'exchange_paused_seconds',
    'For how long no call leaves: a ban, or the exchange asked for it',
    LABELS,
  )
  const budgets = metrics.gauge(
    'exchange_rate_budget_left_ratio',
    'Of the rate that debits draw on: 1 is untouched',
    LABELS,
  )
  const offsets = metrics.gauge(
    'exchange_clock_offset_seconds',
    'By how much the clock of the exchange is ahead of ours',
    LABELS,
  )
  const show = () => {
    for (const { exchange, usedFor: used_for, ...standing } of rails.standings()) {
      const labels = { exchange, used_for }
      for (const state of BREAKER_STATES)
        breakers.set({ ...labels, state }, standing.breaker === state ? 1 : 0)
      pauses.set(labels, Math.max(0, standing.pausedUntil - now()) / 1_000)
      budgets.set(labels, standing.budgetLeft)
      offsets.set(labels, standing.clockOffsetMs / 1_000)
    }
  }
  show()
  const timer = setInterval(show, INTERVAL_MS)
  return { close: () => clearInterval(timer) }
}

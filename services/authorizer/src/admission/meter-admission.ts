import type { Metrics } from '@tolem/telemetry/metrics'
import type { Admission } from './admission.ts'

/** Turning a message away must cost nothing, so it is counted apart and written down every second. */
const INTERVAL_MS = 1_000

/** Shows how much may be under way, how much is, and what was turned away, again and again until closed. */
export function meterAdmission(
  admission: Pick<Admission, 'figures'>,
  metrics: Metrics,
): { close(): void } {
  const under = metrics.gauge('messages_under_way', 'Messages that are being answered.', [])
  const allowed = metrics.gauge('messages_allowed', 'As many may be under way now.', [])
  const turnedAway = metrics.counter(
    'messages_turned_away_total',
    'Messages that were told to come again, by their heads alone: nothing of them was read or recorded.',
    [],
  )
  let counted = 0
  const show = () => {
    const { limit, taken, away } = admission.figures()
    under.set(taken)
    allowed.set(limit)
    turnedAway.inc(away - counted)
    counted = away
  }
  show()
  const timer = setInterval(show, INTERVAL_MS)
  timer.unref()
  return { close: () => clearInterval(timer) }
}

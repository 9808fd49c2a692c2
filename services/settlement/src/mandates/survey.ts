import type { Mandates } from '@tolem/cards/mandates'
import type { Logger } from '@tolem/telemetry/logger'
import type { MandateMeters } from './meters.ts'

// As often as Prometheus commonly scrapes at the most.
const INTERVAL_MS = 5_000

// Exchanges send a notice again for a day at the longest; after a week nobody does.
const FORGOTTEN_AFTER_MS = 7 * 86_400_000
const FORGOTTEN_AT_ONCE = 500

/** Shows what is on its way in the metrics, again and again, and forgets notices that nobody sends any more. */
export function createMandateSurvey(deps: {
  readonly mandates: Pick<Mandates, 'summarize' | 'forgetNotices'>
  readonly meters: MandateMeters
  readonly logger: Logger
}): { start(): void; close(): void } {
  let closed = false
  let timer: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    try {
      deps.meters.show(await deps.mandates.summarize())
      await deps.mandates.forgetNotices(FORGOTTEN_AFTER_MS, FORGOTTEN_AT_ONCE)
    } catch (error) {
      // The gauges keep what they last showed; readiness tells of the database.
      deps.logger.warn({ err: error }, 'mandates could not be counted')
    }
    if (!closed) timer = setTimeout(() => void look(), INTERVAL_MS)
  }

  return {
    start: () => void look(),
    close: () => {
      closed = true
      clearTimeout(timer)
    },
  }
}

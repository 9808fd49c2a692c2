import type { Movements } from '@tolem/authorizations/movements'
import type { Logger } from '@tolem/telemetry/logger'
import type { Meters } from './meters.ts'

// As often as Prometheus commonly scrapes at the most.
const INTERVAL_MS = 5_000

/** Shows the open movements of the whole database in the metrics, again and again: nothing in doubt goes unseen. */
export type Survey = { start(): void; close(): void }

export function createSurvey(deps: {
  readonly movements: Movements
  readonly meters: Meters
  readonly logger: Logger
}): Survey {
  let closed = false
  let timer: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    try {
      deps.meters.showOpen(await deps.movements.summarize())
    } catch (error) {
      // The gauges keep what they last showed; readiness tells of the database.
      deps.logger.warn({ err: error }, 'open movements could not be counted')
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

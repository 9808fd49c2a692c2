import type { Collections } from '@tolem/authorizations/collections'
import type { Movements } from '@tolem/authorizations/movements'
import type { Logger } from '@tolem/telemetry/logger'
import type { Meters } from './meters.ts'

// As often as Prometheus commonly scrapes at the most.
const INTERVAL_MS = 5_000

/**
 * Shows the open movements and exposures of the whole database in the metrics, again and again: nothing in doubt and
 * nothing owed goes unseen.
 */
export type Survey = { start(): void; close(): void }

export function createSurvey(deps: {
  readonly movements: Pick<Movements, 'summarize'>
  readonly collections: Pick<Collections, 'summarize'>
  readonly meters: Meters
  readonly logger: Logger
}): Survey {
  let closed = false
  let timer: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    try {
      deps.meters.showOpen(await deps.movements.summarize())
      deps.meters.showUncollected(await deps.collections.summarize())
    } catch (error) {
      // The gauges keep what they last showed; readiness tells of the database.
      deps.logger.warn({ err: error }, 'what is open could not be counted')
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

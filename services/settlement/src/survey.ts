import type { Collections } from '@tolem/authorizations/collections'
import type { Movements } from '@tolem/authorizations/movements'
import type { Conversions } from '@tolem/conversions'
import type { ResultAccounts } from '@tolem/conversions/order'
import type { Logger } from '@tolem/telemetry/logger'
import type { ConversionMeters } from './conversion/meters.ts'
import type { Meters } from './meters.ts'

// As often as Prometheus commonly scrapes at the most.
const INTERVAL_MS = 5_000

/**
 * Shows the open movements, exposures and conversions of the whole database in the metrics, again and again: nothing in
 * doubt and nothing owed goes unseen.
 */
export type Survey = { start(): void; close(): void }

export function createSurvey(deps: {
  readonly movements: Pick<Movements, 'summarize'>
  readonly collections: Pick<Collections, 'summarize'>
  readonly conversions: Pick<Conversions, 'summarize' | 'results'>
  readonly resultAccounts: readonly ResultAccounts[]
  readonly meters: Meters
  readonly conversionMeters: ConversionMeters
  readonly logger: Logger
}): Survey {
  let closed = false
  let timer: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    try {
      deps.meters.showOpen(await deps.movements.summarize())
      deps.meters.showUncollected(await deps.collections.summarize())
      deps.conversionMeters.showUnfinished(await deps.conversions.summarize())
      for (const { exchange, ...total } of await deps.conversions.results(deps.resultAccounts))
        deps.conversionMeters.showResult(exchange, total)
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

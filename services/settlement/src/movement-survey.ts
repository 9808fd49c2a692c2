import type { Collections } from '@tolem/authorizations/collections'
import type { Movements } from '@tolem/authorizations/movements'
import type { Conversions } from '@tolem/conversions'
import type { ResultAccounts } from '@tolem/conversions/order'
import type { Logger } from '@tolem/telemetry/logger'
import type { ConversionMeters } from './conversion/meters.ts'
import type { Meters } from './meters.ts'
import { createSurvey, SURVEY_INTERVAL_MS, type Survey } from './survey.ts'

/**
 * Shows the open movements, exposures and conversions of the whole database in the metrics: nothing in doubt and
 * nothing owed goes unseen.
 */
export function createMovementSurvey(deps: {
  readonly movements: Pick<Movements, 'summarize'>
  readonly collections: Pick<Collections, 'summarize'>
  readonly conversions: Pick<Conversions, 'summarize' | 'results'>
  readonly resultAccounts: readonly ResultAccounts[]
  readonly meters: Meters
  readonly conversionMeters: ConversionMeters
  readonly logger: Logger
}): Survey {
  return createSurvey({
    intervalMs: SURVEY_INTERVAL_MS,
    async look() {
      deps.meters.showOpen(await deps.movements.summarize())
      deps.meters.showUncollected(await deps.collections.summarize())
      deps.conversionMeters.showUnfinished(await deps.conversions.summarize())
      for (const { exchange, ...total } of await deps.conversions.results(deps.resultAccounts))
        deps.conversionMeters.showResult(exchange, total)
    },
    onFault: (error) => deps.logger.warn({ err: error }, 'what is open could not be counted'),
  })
}

import type { Mandates } from '@tolem/cards/mandates'
import type { Logger } from '@tolem/telemetry/logger'
import { createSurvey, SURVEY_INTERVAL_MS, type Survey } from '../survey.ts'
import type { MandateMeters } from './meters.ts'

// Exchanges send a notice again for a day at the longest; after a week nobody does.
const FORGOTTEN_AFTER_MS = 7 * 86_400_000
const FORGOTTEN_AT_ONCE = 500

/** Shows what is on its way in the metrics, again and again, and forgets notices that nobody sends any more. */
export function createMandateSurvey(deps: {
  readonly mandates: Pick<Mandates, 'summarize' | 'forgetNotices'>
  readonly meters: MandateMeters
  readonly logger: Logger
}): Survey {
  const { mandates, meters, logger } = deps
  return createSurvey({
    intervalMs: SURVEY_INTERVAL_MS,
    async look() {
      meters.show(await mandates.summarize())
      await mandates.forgetNotices(FORGOTTEN_AFTER_MS, FORGOTTEN_AT_ONCE)
    },
    onFault: (error) => logger.warn({ err: error }, 'mandates could not be counted'),
  })
}

import { createLogger } from '@tolem/telemetry/logger'
import type { Metrics } from '@tolem/telemetry/metrics'

/** A log that nobody reads. */
export const SILENT_LOGGER = createLogger({ service: 'simulation', level: 'silent' })

const ignore = () => undefined

const NOBODY_READS = { inc: ignore, set: ignore, observe: ignore, reset: ignore, remove: ignore }

/** Figures that nobody reads: thousands of processes of one simulation must not keep any. */
export const SILENT_METRICS = {
  counter: () => NOBODY_READS,
  gauge: () => NOBODY_READS,
  duration: () => NOBODY_READS,
  expose: async () => Promise.resolve({ contentType: '', text: '' }),
} as unknown as Metrics

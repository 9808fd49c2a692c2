import type { Environment } from '@tolem/config/read-config'
import type { Logger } from '@tolem/telemetry/logger'
import type { LocalConfig } from './config.ts'

/** What every step of the start is given, and where it leaves what to undo. */
export type Builder = {
  readonly config: LocalConfig
  readonly environment: Environment
  readonly home: string
  readonly loggerOf: (service: string) => Logger
  /** From [0, 1): spreads retries. */
  readonly random: () => number
  /** What to undo, last first. */
  readonly undo: (() => Promise<void>)[]
}

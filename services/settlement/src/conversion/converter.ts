import type { Conversions } from '@tolem/conversions'
import type { Logger } from '@tolem/telemetry/logger'
import { createPause } from '../pause.ts'
import { settledWithin } from '../settled-within.ts'
import type { Desk } from './desk.ts'
import type { ConversionMeters } from './meters.ts'

export type ConverterDeps = {
  readonly conversions: Conversions
  readonly desks: readonly Desk[]
  readonly meters: ConversionMeters
  readonly logger: Logger
  /** Milliseconds that only ever grow. */
  readonly elapsed: () => number
  readonly pollIntervalMs: number
}

/** Converts what was debited at every exchange that lets it, beside any number of other instances. */
export type Converter = {
  readonly start: () => void
  /** Begins nothing more and waits at most `timeoutMs` for what is under way; the rest falls to another instance. */
  readonly close: (timeoutMs: number) => Promise<void>
}

// Changes of a second or two are read quickly; nobody waits for them to be folded.
const FOLD_INTERVAL_MS = 2_000

export function createConverter(deps: ConverterDeps): Converter {
  const closing = new AbortController()
  const pauses = new Set<ReturnType<typeof createPause>>()
  let turning: Promise<unknown> = Promise.resolve()

  /** An exchange that hangs holds up only itself. */
  async function turn(desk: Desk): Promise<void> {
    let netAt = Number.NEGATIVE_INFINITY
    await repeat(deps.pollIntervalMs, 'convert', async () => {
      await desk.resume()
      const now = deps.elapsed()
      if (now - netAt < desk.everyMs) return
      netAt = now
      await desk.net()
    })
  }

  /** Also where nothing is converted: positions are shown, and may be converted one day. */
  async function fold(): Promise<void> {
    await repeat(FOLD_INTERVAL_MS, 'fold', async () => {
      while (!closing.signal.aborted && (await deps.conversions.fold()).isMore);
    })
  }

  async function repeat(ms: number, step: string, work: () => Promise<void>): Promise<void> {
    const pause = createPause()
    pauses.add(pause)
    while (!closing.signal.aborted) {
      try {
        await work()
      } catch (error) {
        // What was sent is on its order's row; the next turn, or another instance, looks there.
        deps.meters.faults.inc({ step })
        deps.logger.error({ step, err: error }, 'settlement step failed')
      }
      if (!closing.signal.aborted) await pause.wait(ms)
    }
  }

  return {
    start: () => {
      turning = Promise.all([fold(), ...deps.desks.map(turn)])
    },
    close: async (timeoutMs) => {
      closing.abort()
      for (const pause of pauses) pause.end()
      await settledWithin(timeoutMs, turning)
    },
  }
}

import type { Reconciliation } from '@tolem/authorizations/reconciliation'
import type { HistoryPort } from '@tolem/exchanges/history-port'
import type { RailPort } from '@tolem/exchanges/port'
import type { Logger } from '@tolem/telemetry/logger'
import type { Meters } from '../meters.ts'
import { createPause } from '../pause.ts'
import { settledWithin } from '../settled-within.ts'
import { comparePass } from './compare-pass.ts'
import { judge } from './judge.ts'
import type { ReconciliationMeters } from './meters.ts'
import { oneWayPass } from './one-way-pass.ts'
import type { PassDeps } from './settings.ts'

export type ReconcilerDeps = {
  readonly reconciliation: Reconciliation
  readonly rails: readonly RailPort[]
  readonly historyOf: (rail: RailPort) => HistoryPort | undefined
  /** How many look-ups its exchange allows. */
  readonly lookUpsPerSecondOf: (rail: RailPort) => number
  readonly meters: ReconciliationMeters
  readonly settlementMeters: Pick<Meters, 'faults'>
  readonly logger: Logger
  readonly intervalMs: number
  readonly marginMs: number
  readonly overlapMs: number
  /** Told when a pass has made credits due. */
  readonly onReturns: () => void
}

/** Compares every rail with its exchange again and again, beside any number of other instances. */
export type Reconciler = {
  readonly start: () => void
  /** Begins nothing more and waits at most `timeoutMs` for what is under way. */
  readonly close: (timeoutMs: number) => Promise<void>
}

/** How often it is looked whether a pass is due: another instance may have taken the last one. */
const LONGEST_PAUSE_MS = 5_000

export function createReconciler(deps: ReconcilerDeps): Reconciler {
  const closing = new AbortController()
  const pauses = new Set<ReturnType<typeof createPause>>()
  let turning: Promise<unknown> = Promise.resolve()

  /** An exchange that hangs holds up only itself. */
  async function turn(rail: RailPort): Promise<void> {
    const pause = createPause()
    pauses.add(pause)
    const wait = async (ms: number) => {
      if (!closing.signal.aborted) await pause.wait(ms)
      return !closing.signal.aborted
    }
    tellWay(deps, rail)
    while (!closing.signal.aborted) {
      try {
        await reconcileRail({ ...deps, wait }, rail)
      } catch (error) {
        // What was found is on record; the next pass, or another instance, compares the same again.
        deps.settlementMeters.faults.inc({ step: 'reconcile' })
        deps.logger.error({ step: 'reconcile', err: error }, 'settlement step failed')
      }
      if (!closing.signal.aborted) await pause.wait(Math.min(deps.intervalMs, LONGEST_PAUSE_MS))
    }
  }

  return {
    start: () => {
      turning = Promise.all(deps.rails.map(turn))
    },
    close: async (timeoutMs) => {
      closing.abort()
      for (const pause of pauses) pause.end()
      await settledWithin(timeoutMs, turning)
    },
  }
}

/** One pass over one rail, if it is due. */
export async function reconcileRail(
  deps: ReconcilerDeps & Pick<PassDeps, 'wait'>,
  rail: RailPort,
): Promise<void> {
  const { reconciliation, historyOf, marginMs } = deps
  const at = { exchange: rail.exchange, rail: rail.rail }
  await reconciliation.begin(at)
  const mark = await reconciliation.claim(at, deps.intervalMs)
  if (!mark) return
  const history = historyOf(rail)
  const pass = { ...deps, rail, lookUpsPerSecond: deps.lookUpsPerSecondOf(rail) }
  const readTo = history ? await comparePass(pass, history, mark) : await oneWayPass(pass, mark)
  await reconciliation.recordLate(at)
  // Whatever was sent before a finding was made, its margin later is in the list: what belongs together is known.
  const nameOf = history?.nameOf ?? ((reference) => reference)
  const judged = await reconciliation.resolve(at, readTo - marginMs, (due) =>
    judge(at, nameOf, due),
  )
  if (judged.returns.length > 0) deps.onReturns()
}

function tellWay({ historyOf, logger }: ReconcilerDeps, rail: RailPort): void {
  const { exchange } = rail
  if (historyOf(rail)) return
  logger.info(
    { exchange, rail: rail.rail },
    'no list of what moved is documented: our movements are looked up, unknown ones are not found',
  )
}

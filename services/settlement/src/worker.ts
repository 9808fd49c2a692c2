import type { ClaimedMovement, Movements } from '@tolem/authorizations/movements'
import type { RailPort } from '@tolem/exchanges/port'
import type { Logger } from '@tolem/telemetry/logger'
import { createLanes } from './lanes.ts'
import type { Meters } from './meters.ts'
import { createPause } from './pause.ts'
import { settledWithin } from './settled-within.ts'

export type WorkerDeps = {
  readonly movements: Movements
  readonly rails: readonly RailPort[]
  readonly settle: (movement: ClaimedMovement, rail: RailPort) => Promise<void>
  readonly meters: Meters
  readonly logger: Logger
  readonly concurrencyPerRail: number
  readonly pollIntervalMs: number
  readonly leaseMs: number
}

/** Claims due movements as long as it has free slots and has each of them settled. */
export type Worker = {
  readonly start: () => void
  /** There may be something due: look at once instead of at the next poll. */
  readonly wake: () => void
  /** Claims nothing more and waits at most `timeoutMs` for what is under way; the rest falls to another instance. */
  readonly close: (timeoutMs: number) => Promise<void>
}

export function createWorker(deps: WorkerDeps): Worker {
  const lanes = createLanes(deps.rails, deps.concurrencyPerRail)
  const pause = createPause()
  const closing = new AbortController()
  let turning: Promise<void> = Promise.resolve()

  async function turn(): Promise<void> {
    while (!closing.signal.aborted) {
      await claim()
      await pause.wait(deps.pollIntervalMs)
    }
  }

  async function claim(): Promise<void> {
    const free = lanes.free()
    if (free.length === 0) return
    try {
      const claimed = await deps.movements.claim(free, deps.leaseMs)
      for (const movement of claimed) lanes.run(movement, (rail) => work(movement, rail))
    } catch (error) {
      // Nothing was claimed, or its lease will end; the next turn asks again.
      leave('claim', error)
    }
  }

  async function work(movement: ClaimedMovement, rail: RailPort): Promise<void> {
    try {
      await deps.settle(movement, rail)
    } catch (error) {
      // What the step did is on the movement's row or at the exchange, where the next claimant looks first.
      leave(movement.kind, error)
    }
    // A slot is free, and a debit that was found executed has made a credit due.
    pause.end()
  }

  function leave(step: 'claim' | 'debit' | 'credit', error: unknown): void {
    deps.meters.faults.inc({ step })
    deps.logger.error({ step, err: error }, 'settlement step failed')
  }

  return {
    start: () => {
      turning = turn()
    },
    wake: pause.end,
    close: async (timeoutMs) => {
      closing.abort()
      pause.end()
      await settledWithin(timeoutMs, turning.then(lanes.idle))
    },
  }
}

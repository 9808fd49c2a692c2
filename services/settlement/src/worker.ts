import type { Logger } from '@tolem/telemetry/logger'
import { type AtRail, createLanes, type Lanes } from './lanes.ts'
import type { Meters } from './meters.ts'
import { createPause } from './pause.ts'
import { settledWithin } from './settled-within.ts'

export type WorkerDeps<Item extends AtRail, Port extends AtRail> = {
  /** Due items of these rails, no more than there are free slots, lent for `leaseMs`. */
  readonly claim: (
    lanes: ReturnType<Lanes<Port>['free']>,
    leaseMs: number,
  ) => Promise<readonly Item[]>
  readonly ports: readonly Port[]
  readonly settle: (item: Item, port: Port) => Promise<void>
  /** Under which name a fault in settling it is counted. */
  readonly stepOf: (item: Item) => string
  readonly meters: Pick<Meters, 'faults'>
  readonly logger: Logger
  readonly concurrencyPerRail: number
  readonly pollIntervalMs: number
  readonly leaseMs: number
}

/** Claims what is due as long as it has free slots and has each item settled. */
export type Worker = {
  readonly start: () => void
  /** There may be something due: look at once instead of at the next poll. */
  readonly wake: () => void
  /** Claims nothing more and waits at most `timeoutMs` for what is under way; the rest falls to another instance. */
  readonly close: (timeoutMs: number) => Promise<void>
}

export function createWorker<Item extends AtRail, Port extends AtRail>(
  deps: WorkerDeps<Item, Port>,
): Worker {
  const lanes = createLanes(deps.ports, deps.concurrencyPerRail)
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
      const claimed = await deps.claim(free, deps.leaseMs)
      for (const item of claimed) lanes.run(item, (port) => work(item, port))
    } catch (error) {
      // Nothing was claimed, or its lease will end; the next turn asks again.
      leave('claim', error)
    }
  }

  async function work(item: Item, port: Port): Promise<void> {
    try {
      await deps.settle(item, port)
    } catch (error) {
      // What the step did is on the item's row or at the exchange, where the next claimant looks first.
      leave(deps.stepOf(item), error)
    }
    // A slot is free, and a debit that was found executed has made a credit due.
    pause.end()
  }

  function leave(step: string, error: unknown): void {
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

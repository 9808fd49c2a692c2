import type { BankId } from '@tolem/domain/ids'
import type { ClaimedDelivery, Deliveries } from '@tolem/events/deliveries'
import type { Logger } from '@tolem/telemetry/logger'
import { createPause } from '../pause.ts'
import { settledWithin } from '../settled-within.ts'
import { createHealth, type Health } from './health.ts'
import type { Destination } from './webhook.ts'

export type DelivererDeps = {
  readonly deliveries: Pick<Deliveries, 'handOn' | 'claim'>
  readonly destinations: readonly Destination[]
  /** Gives whether the destination took all, nothing where it was told nothing; rejects without the database. */
  readonly deliver: (
    delivery: ClaimedDelivery,
    lent: { readonly destination: Destination; readonly claimedAt: number },
  ) => Promise<boolean | undefined>
  /** A turn or a delivery failed; what was claimed is free again when its lease ends. */
  readonly onFault: (step: string, error: unknown) => void
  readonly logger: Logger
  readonly elapsed: () => number
  /** Deliveries at once, for each destination. */
  readonly atOnce: number
  readonly pollIntervalMs: number
  readonly leaseMs: number
}

/** Hands events on and has them delivered, to each destination within its own limit, beside any number of others. */
export type Deliverer = {
  readonly start: () => void
  /** Claims nothing more and waits at most `timeoutMs` for what is under way; the rest falls to another instance. */
  readonly close: (timeoutMs: number) => Promise<void>
}

// How many events are handed on in one statement.
const HANDED_ON_AT_ONCE = 500

type Lane = {
  readonly destination: Destination
  readonly running: Set<Promise<void>>
  readonly health: Health
}

export function createDeliverer(deps: DelivererDeps): Deliverer {
  const { deliveries, elapsed, atOnce, leaseMs } = deps
  const lanes = new Map<BankId, Lane>(
    deps.destinations.map((destination) => [
      destination.bank,
      { destination, running: new Set(), health: createHealth(elapsed) },
    ]),
  )
  const banks = [...lanes.keys()]
  const pause = createPause()
  const closing = new AbortController()
  let turning: Promise<void> = Promise.resolve()

  async function turn(): Promise<void> {
    while (!closing.signal.aborted) {
      const isAll = await step()
      if (isAll) await pause.wait(deps.pollIntervalMs)
    }
  }

  async function step(): Promise<boolean> {
    try {
      const handed = await deliveries.handOn(banks, HANDED_ON_AT_ONCE)
      await claim()
      return handed === 'all'
    } catch (error) {
      // Nothing was handed on or claimed, or the lease will end; the next turn asks again.
      deps.onFault('claim_events', error)
      return true
    }
  }

  async function claim(): Promise<void> {
    const free = [...lanes.values()]
      .map(({ destination, running, health }) => ({
        destination: destination.bank,
        freeSlots: health.slots(atOnce) - running.size,
      }))
      .filter(({ freeSlots }) => freeSlots > 0)
    if (free.length === 0) return
    // Before the database counts the lease from: what we believe of it is never too long.
    const claimedAt = elapsed()
    for (const delivery of await deliveries.claim(free, leaseMs)) {
      const lane = lanes.get(delivery.destination)
      if (lane) run(lane, delivery, claimedAt)
    }
  }

  function run(lane: Lane, delivery: ClaimedDelivery, claimedAt: number): void {
    const done = work(lane, delivery, claimedAt).finally(() => {
      lane.running.delete(done)
      // A slot is free.
      pause.end()
    })
    lane.running.add(done)
  }

  async function work(lane: Lane, delivery: ClaimedDelivery, claimedAt: number): Promise<void> {
    const { destination, health } = lane
    try {
      const isTaken = await deps.deliver(delivery, { destination, claimedAt })
      // Who was told nothing has shown nothing either.
      if (isTaken !== undefined) health.ended(isTaken)
    } catch (error) {
      // What was sent is sent again when the lease ends, under the same ids.
      deps.onFault('deliver', error)
    }
  }

  return {
    start: () => {
      turning = turn()
    },
    close: async (timeoutMs) => {
      closing.abort()
      pause.end()
      const running = () => [...lanes.values()].flatMap((lane) => [...lane.running])
      await settledWithin(
        timeoutMs,
        turning.then(() => Promise.all(running())).then(() => undefined),
      )
    },
  }
}

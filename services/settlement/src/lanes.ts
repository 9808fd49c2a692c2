import assert from 'node:assert'
import type { Rail } from '@tolem/domain/card'
import type { ExchangeId } from '@tolem/domain/ids'

/** What is at one rail of one exchange: the work, and the port that it is done through. */
export type AtRail = { readonly exchange: ExchangeId; readonly rail: Rail }

/** A rail, and how much more work it takes on now. */
type FreeLane<Port extends AtRail> = Pick<Port, 'exchange' | 'rail'> & {
  readonly freeSlots: number
}

/** Work under way, counted for each rail, so that a rail that hangs holds up only itself. */
export type Lanes<Port extends AtRail> = {
  /** The lanes that can take work on, with how much. */
  readonly free: () => readonly FreeLane<Port>[]
  /** Takes a slot of the item's rail until `work` settles. `work` must not reject. */
  readonly run: (item: AtRail, work: (port: Port) => Promise<void>) => void
  /** Resolves when nothing is under way. Nothing may be started meanwhile. */
  readonly idle: () => Promise<void>
}

export function createLanes<Port extends AtRail>(
  ports: readonly Port[],
  slots: number,
): Lanes<Port> {
  const lanes = new Map(
    ports.map((port) => [keyOf(port), { port, running: new Set<Promise<void>>() }]),
  )

  return {
    free: () =>
      [...lanes.values()]
        .filter(({ running }) => running.size < slots)
        .map(({ port: { exchange, rail }, running }) => ({
          exchange,
          rail,
          freeSlots: slots - running.size,
        })),

    run(item, work) {
      const lane = lanes.get(keyOf(item))
      assert(lane, 'something was claimed for a rail that is not ours')
      const done = work(lane.port).finally(() => lane.running.delete(done))
      lane.running.add(done)
    },

    async idle() {
      await Promise.all([...lanes.values()].flatMap(({ running }) => [...running]))
    },
  }
}

function keyOf({ exchange, rail }: AtRail): string {
  return `${exchange}/${rail}`
}

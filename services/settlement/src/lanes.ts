import assert from 'node:assert'
import type { ClaimedMovement, Lane } from '@tolem/authorizations/movements'
import type { RailPort } from '@tolem/exchanges/port'

/** Work under way, counted for each rail, so that a rail that hangs holds up only itself. */
export type Lanes = {
  /** The lanes that can take work on, with how much. */
  readonly free: () => readonly Lane[]
  /** Takes a slot of the movement's rail until `work` settles. `work` must not reject. */
  readonly run: (movement: ClaimedMovement, work: (rail: RailPort) => Promise<void>) => void
  /** Resolves when nothing is under way. Nothing may be started meanwhile. */
  readonly idle: () => Promise<void>
}

export function createLanes(rails: readonly RailPort[], slots: number): Lanes {
  const lanes = new Map(
    rails.map((rail) => [keyOf(rail), { rail, running: new Set<Promise<void>>() }]),
  )

  return {
    free: () =>
      [...lanes.values()]
        .filter(({ running }) => running.size < slots)
        .map(({ rail: { exchange, rail }, running }) => ({
          exchange,
          rail,
          freeSlots: slots - running.size,
        })),

    run(movement, work) {
      const lane = lanes.get(keyOf(movement))
      assert(lane, 'a movement was claimed for a rail that is not ours')
      const done = work(lane.rail).finally(() => lane.running.delete(done))
      lane.running.add(done)
    },

    async idle() {
      await Promise.all([...lanes.values()].flatMap(({ running }) => [...running]))
    },
  }
}

function keyOf({ exchange, rail }: Pick<RailPort, 'exchange' | 'rail'>): string {
  return `${exchange}/${rail}`
}

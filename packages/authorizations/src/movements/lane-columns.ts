import type { Lane } from '../movements.ts'

/** The parameters of a claim, in its order: exchanges, rails and free slots, by position, and the lease. */
export function toLaneColumns(lanes: readonly Lane[], leaseMs: number): readonly unknown[] {
  return [
    lanes.map((lane) => lane.exchange),
    lanes.map((lane) => lane.rail),
    lanes.map((lane) => lane.freeSlots),
    leaseMs,
  ]
}

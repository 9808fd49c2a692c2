/** Arrivals at equal distances: what is to happen, whether or not anybody keeps up with it. */
export type Plan = { readonly count: number; readonly intervalMs: number }

/** `seconds` of arrivals at `ratePerSecond`, at least one. */
export function planArrivals(ratePerSecond: number, seconds: number): Plan {
  return {
    count: Math.max(1, Math.floor(ratePerSecond * seconds)),
    intervalMs: 1000 / ratePerSecond,
  }
}

/** When the arrival of this index is due, in milliseconds from the start. */
export function dueAt(plan: Plan, index: number): number {
  return index * plan.intervalMs
}

/** How an open loop tells and spends time. */
export type LoopClock = {
  readonly monotonicNow: () => number
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

/** No timer of Node is shorter. */
const SHORTEST_WAIT_MS = 1

/**
 * Starts each arrival when it is due, or as soon after as this process gets to it, and waits for none of them. What is
 * started gets the moment at which it was *due*: who measures from there counts a stall against every arrival that it
 * held up, and not only against the one that met it (coordinated omission).
 *
 * @returns how many were started: all of the plan, or fewer when `signal` was aborted.
 */
export async function runOpenLoop(
  plan: Plan,
  start: (dueAt: number) => void,
  { clock, signal }: { readonly clock: LoopClock; readonly signal: AbortSignal },
): Promise<number> {
  const startedAt = clock.monotonicNow()
  let started = 0
  while (started < plan.count && !signal.aborted) {
    const elapsed = clock.monotonicNow() - startedAt
    while (started < plan.count && dueAt(plan, started) <= elapsed && !signal.aborted) {
      start(startedAt + dueAt(plan, started))
      started += 1
    }
    // Also when it is late already: answers are read only while this loop waits.
    const early = startedAt + dueAt(plan, started) - clock.monotonicNow()
    if (started < plan.count) await clock.wait(Math.max(SHORTEST_WAIT_MS, early), signal)
  }
  return started
}

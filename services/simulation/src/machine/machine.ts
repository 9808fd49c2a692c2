import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import { type Host, onHost } from './virtual-host.ts'

/** One process on a host of its own. */
export type Machine = {
  readonly name: string
  readonly random: Random
  readonly state: () => 'running' | 'frozen' | 'dead'
  /** Runs code in it. */
  readonly enter: <Result>(run: () => Result) => Result
  /** Lets something reach it: at once when it runs, when it goes on where it is held, never once it is dead. */
  readonly reach: (afterMs: number, run: () => void) => void
  /** Holds it still, its clocks going on. */
  readonly freeze: () => void
  readonly thaw: () => void
  readonly kill: () => void
  /** How often it was held still. */
  readonly stops: () => number
}

/** Starts one, whose wall clock is wrong by `skewMs`. */
export function createMachine(
  scheduler: Scheduler,
  { name, random, skewMs }: Pick<Machine, 'name' | 'random'> & { readonly skewMs: number },
): Machine {
  const startedAt = scheduler.now()
  const uptime = random.between(1_000, 1_000_000)
  let state: ReturnType<Machine['state']> = 'running'
  let held: (() => void)[] = []
  let stops = 0

  const host: Host = {
    // Whole milliseconds, as everywhere.
    now: () => Math.floor(scheduler.now() + skewMs),
    elapsed: () => uptime + scheduler.now() - startedAt,
    random,
    after: (ms, run, timer) => {
      let isCancelled = false
      const due = () => {
        if (!isCancelled) onHost(host, run)
      }
      const cancel = scheduler.after(ms, () => meet(due), timer)
      return () => {
        isCancelled = true
        cancel()
      }
    },
  }

  function meet(run: () => void): void {
    if (state === 'running') return run()
    if (state === 'frozen') held.push(run)
  }

  return {
    name,
    random,
    state: () => state,
    enter: (run) => onHost(host, run),
    reach: (afterMs, run) => {
      scheduler.after(afterMs, () => meet(() => onHost(host, run)))
    },
    freeze() {
      if (state !== 'running') return
      state = 'frozen'
      stops += 1
    },
    thaw() {
      if (state !== 'frozen') return
      state = 'running'
      const waiting = held
      held = []
      // In the order in which they came, as from a socket's buffer.
      for (const [index, run] of waiting.entries()) scheduler.after(index * 0.001, () => meet(run))
    },
    kill() {
      state = 'dead'
      held = []
    },
    stops: () => stops,
  }
}

import type { Clock } from './clock.ts'

/** A clock that stands until a test moves it. */
export type ManualClock = Clock & {
  advance(byMs: number): void
  /** Moves the time and lets nothing happen meanwhile. */
  jump(byMs: number): void
  /** Resolves when so many more one-time timers were set. */
  timersSet(count: number): Promise<void>
}

export function createManualClock(start = Date.UTC(2026, 0, 7, 10, 30)): ManualClock {
  type Due = { at: number; readonly every: number | undefined; readonly task: () => void }
  const dues = new Set<Due>()
  let time = start
  let awaited = { count: 0, resolve: () => {} }
  const add = (due: Due) => {
    dues.add(due)
    if (due.every === undefined && --awaited.count === 0) awaited.resolve()
    return () => void dues.delete(due)
  }
  return {
    now: () => time,
    after: (delayMs, task) => add({ at: time + delayMs, every: undefined, task }),
    every: (intervalMs, task) => add({ at: time + intervalMs, every: intervalMs, task }),
    timersSet: (count) => new Promise((resolve) => void (awaited = { count, resolve })),
    jump: (byMs) => {
      time += byMs
      for (const due of dues) due.at += byMs
    },
    advance: (byMs) => {
      const end = time + byMs
      for (;;) {
        const next = [...dues].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        time = next.at
        if (next.every === undefined) dues.delete(next)
        else next.at += next.every
        next.task()
      }
      time = end
    },
  }
}

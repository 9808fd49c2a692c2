/** Time as the sandbox sees it. Injected, so that a test can own it. */
export type Clock = {
  /** Milliseconds since 1970, UTC. */
  now(): number
  /** Runs `task` once after `delayMs`; the returned function calls it off. */
  after(delayMs: number, task: () => void): () => void
  /** Runs `task` every `intervalMs`; the returned function ends it. */
  every(intervalMs: number, task: () => void): () => void
}

/** The machine's own clock. Its timers never keep the process alive. */
export const systemClock: Clock = {
  now: Date.now,
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs).unref()
    return () => clearTimeout(timer)
  },
  every: (intervalMs, task) => {
    const timer = setInterval(task, intervalMs).unref()
    return () => clearInterval(timer)
  },
}

/** Resolves after `delayMs` of the given clock. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delayMs, resolve))
}

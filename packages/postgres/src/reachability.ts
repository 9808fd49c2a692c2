/** Remembers whether the last contact succeeded, and asks again while it did not. */
export type Reachability = {
  readonly isReachable: () => boolean
  readonly reached: () => void
  readonly lost: () => void
  readonly close: () => void
}

// Soon enough for a readiness probe, rare enough not to disturb a server that is starting.
const PROBE_INTERVAL_MS = 250

/** Starts unreachable, with a first probe at once. `probe` must settle in bounded time. */
export function watchReachability(probe: () => Promise<void>): Reachability {
  let reachable = false
  let closed = false
  let probing = false
  let timer: NodeJS.Timeout | undefined

  function reached(): void {
    reachable = true
  }

  function lost(): void {
    reachable = false
    if (!probing && !closed) void probeUntilReached()
  }

  async function probeUntilReached(): Promise<void> {
    probing = true
    try {
      await probe()
      reachable = true
      probing = false
    } catch {
      // Not reachable is the state already; the next probe will tell more.
      if (!closed) timer = setTimeout(() => void probeUntilReached(), PROBE_INTERVAL_MS).unref()
    }
  }

  function close(): void {
    closed = true
    clearTimeout(timer)
  }

  lost()
  return { isReachable: () => reachable, reached, lost, close }
}

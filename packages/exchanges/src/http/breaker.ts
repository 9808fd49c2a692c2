/**
 * Stops calling an exchange that answers nobody, so that cardholders are declined at once instead of waiting for it.
 * Written here and not taken from a library: those that are alive let callers wait for the probe, close on a late
 * success of a call that began before the trouble, or keep timers and clocks of their own.
 */
export type Breaker = {
  /** May a call leave now? The first question after the pause has the probe made; until that ends the answer is no. */
  admits(): boolean
  /** Tells how a call ended: `trouble` is an exchange that did not answer, not one that refused. */
  ended(how: 'answered' | 'trouble'): void
  state(): BreakerState
}

/** `probing` is open as well: nothing but the one probe is under way. */
export type BreakerState = 'closed' | 'open' | 'probing'

/** When a breaker opens, and for how long. Durations in milliseconds. */
export type BreakerSettings = {
  /** Over which time calls are counted. */
  readonly windowMs: number
  /** It opens when so many calls ended within the window, and at least `troubleShare` of them in trouble. */
  readonly calls: number
  readonly troubleShare: number
  /** The pause before the first probe; it doubles with every probe that fails, up to the longest. */
  readonly pauseMs: number
  readonly longestPauseMs: number
}

/** Half of the calls of ten seconds, and at least twenty: a few slow answers are not an outage. */
export const BREAKER_SETTINGS: BreakerSettings = {
  windowMs: 10_000,
  calls: 20,
  troubleShare: 0.5,
  pauseMs: 1_000,
  longestPauseMs: 30_000,
}

/**
 * A breaker that is closed. `probe` makes one harmless call (never a debit) and tells whether the exchange answered it;
 * `now` are milliseconds that only ever grow.
 */
export function createBreaker(deps: {
  readonly settings: BreakerSettings
  readonly now: () => number
  readonly probe: () => Promise<boolean>
}): Breaker {
  const { settings, now, probe } = deps
  let state: BreakerState = 'closed'
  const recent = createRecent(settings.windowMs)
  let pauseMs = settings.pauseMs
  let pauseEndsAt = 0

  const open = () => {
    state = 'open'
    recent.clear()
    pauseEndsAt = now() + pauseMs
  }

  const makeProbe = async () => {
    state = 'probing'
    if (await answers(probe)) {
      state = 'closed'
      pauseMs = settings.pauseMs
      return
    }
    pauseMs = Math.min(pauseMs * 2, settings.longestPauseMs)
    open()
  }

  return {
    admits() {
      if (state === 'open' && now() >= pauseEndsAt) void makeProbe()
      return state === 'closed'
    },
    ended(how) {
      // What began before it opened says nothing about now.
      if (state !== 'closed') return
      const { calls, troubles } = recent.add({ at: now(), isTrouble: how === 'trouble' })
      if (calls >= settings.calls && troubles >= calls * settings.troubleShare) open()
    },
    state: () => state,
  }
}

type End = { readonly at: number; readonly isTrouble: boolean }

/** How calls ended within the window, in the order of time. Each is counted in once and out once, however many are. */
function createRecent(windowMs: number) {
  let ends: End[] = []
  /** The first that still counts. */
  let head = 0
  let troubles = 0

  function forget(until: number): void {
    for (let end = ends[head]; end !== undefined && end.at <= until; end = ends[head]) {
      if (end.isTrouble) troubles -= 1
      head += 1
    }
    if (head * 2 < ends.length) return
    ends = ends.slice(head)
    head = 0
  }

  return {
    add(end: End): { readonly calls: number; readonly troubles: number } {
      forget(end.at - windowMs)
      ends.push(end)
      if (end.isTrouble) troubles += 1
      return { calls: ends.length - head, troubles }
    },
    clear() {
      ends = []
      head = 0
      troubles = 0
    },
  }
}

async function answers(probe: () => Promise<boolean>): Promise<boolean> {
  try {
    return await probe()
  } catch {
    // A probe that throws has found nobody, which is all that it was asked.
    return false
  }
}

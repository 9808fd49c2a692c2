/** Milliseconds since the epoch, as `Date.now()` tells them. */
export type Clock = { readonly now: () => number }

/** A clock that stands still until told. */
export type HandClock = Clock & { readonly advance: (ms: number) => void }

/** Starts at a fixed instant, the same in every run: 2026-11-22T10:00:00Z unless told. */
export function createHandClock(startMs: number = Date.UTC(2026, 10, 22, 10)): HandClock {
  let nowMs = startMs
  return {
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms
    },
  }
}

/** How many calls may start: a token bucket that holds one second's worth and refills steadily. */
export type RateBudget = {
  /** Takes one call, unless fewer than `reserve` would be left for callers who matter more. */
  take(reserve: number): boolean
  /** How full the bucket is now, from 0 to 1. */
  share(): number
  /** What the bucket holds when full. */
  readonly capacity: number
}

/** `now` in milliseconds; a clock that is set back refills nothing and takes nothing away. */
export function createRateBudget(perSecond: number, now: () => number): RateBudget {
  const capacity = Math.max(1, perSecond)
  let tokens = capacity
  let refilledAt = now()

  const refill = () => {
    const at = now()
    tokens = Math.min(capacity, tokens + (Math.max(0, at - refilledAt) * perSecond) / 1_000)
    refilledAt = at
  }

  return {
    capacity,
    take(reserve) {
      refill()
      if (tokens < 1 + reserve) return false
      tokens -= 1
      return true
    },
    share() {
      refill()
      return tokens / capacity
    },
  }
}

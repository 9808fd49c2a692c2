/** What a rate window says of one call: how much is used after it, whether it may pass, and when the window ends. */
export type Usage = {
  readonly used: number
  readonly passes: boolean
  readonly resetsAt: number
  readonly resetsInMs: number
}

/** Counts weight by key in fixed windows. A call over the limit is refused and counted, as the exchanges do. */
export type RateWindow = {
  readonly limit: number
  use(key: string, weight: number): Usage
}

/** A window of `windowMs` milliseconds aligned to the clock. All keys share the window, so it forgets them together. */
export function createRateWindow(options: {
  limit: number
  windowMs: number
  now: () => number
}): RateWindow {
  const { limit, windowMs, now } = options
  const usedByKey = new Map<string, number>()
  let resetsAt = 0
  return {
    limit,
    use: (key, weight) => {
      const time = now()
      if (time >= resetsAt) {
        usedByKey.clear()
        resetsAt = time - (time % windowMs) + windowMs
      }
      const used = (usedByKey.get(key) ?? 0) + weight
      usedByKey.set(key, used)
      return { used, passes: used <= limit, resetsAt, resetsInMs: resetsAt - time }
    },
  }
}

/** Delays between attempts, in milliseconds. */
export type Backoff = { readonly firstMs: number; readonly longestMs: number }

/**
 * How long to wait after the `attempts`-th attempt (1 is the first): doubling up to the longest, of which the upper
 * half is random so that many movements of one outage do not come back at one instant. `random` is in [0, 1).
 */
export function delayAfter(
  attempts: number,
  { firstMs, longestMs }: Backoff,
  random: number,
): number {
  const full = Math.min(firstMs * 2 ** (attempts - 1), longestMs)
  return Math.round(full / 2 + (full / 2) * random)
}

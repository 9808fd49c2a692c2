import { expect } from 'vitest'
import { type Reply, TOLERANCE_MS, totalMs } from './stack.ts'

const LOOKS_EVERY_MS = 10

/**
 * Watches how long this process has to wait for its processor, from now until it is asked: the longest such wait, in
 * milliseconds, one that has just ended included.
 */
export function watchLag(): () => number {
  let longestMs = 0
  let lookedAt = performance.now()
  const look = (): void => {
    const now = performance.now()
    longestMs = Math.max(longestMs, now - lookedAt - LOOKS_EVERY_MS)
    lookedAt = now
  }
  const looking = setInterval(look, LOOKS_EVERY_MS).unref()
  return () => {
    clearInterval(looking)
    look()
    return longestMs
  }
}

/**
 * Expects that a reply came inside its budget: by the server's own word, and as the bank saw it where that was
 * measured. `lagMs` is for how long the machine itself stood still meanwhile, which is all that a reply may be late by.
 */
export function expectInside(
  { waitedMs, ...reply }: Reply & { readonly waitedMs?: number },
  budgetMs: number,
  lagMs: number,
): void {
  if (waitedMs !== undefined)
    expect(waitedMs).toBeLessThanOrEqual(budgetMs + Math.max(TOLERANCE_MS, lagMs))
  // Turned away by its head: nothing of it was read, so nothing was timed.
  if (reply.body.includes('/problems/overloaded')) return
  expect(totalMs(reply)).toBeLessThanOrEqual(budgetMs + lagMs)
}

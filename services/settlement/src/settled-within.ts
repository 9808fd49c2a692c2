/** Resolves when the work has settled, at the latest after `timeoutMs`. */
export async function settledWithin(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const { promise: timedOut, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, timeoutMs)
  await Promise.race([work, timedOut])
  clearTimeout(timer)
}

/** Runs what it is given, at most `count` at a time, in order. */
export function limiter(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  const lanes = Array.from({ length: count }, (): Promise<unknown> => Promise.resolve())
  let next = 0
  return (work) => {
    const lane = next % count
    next += 1
    const result = (lanes[lane] ?? Promise.resolve()).then(work)
    lanes[lane] = result.catch(() => undefined)
    return result
  }
}

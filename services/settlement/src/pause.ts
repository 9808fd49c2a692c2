/** A wait that can be cut short. An end that comes while nobody waits ends the next wait at once: none is missed. */
export type Pause = {
  readonly wait: (longestMs: number) => Promise<void>
  readonly end: () => void
}

export function createPause(): Pause {
  let ended = false
  let resume: (() => void) | undefined

  return {
    async wait(longestMs) {
      if (!ended) {
        const { promise, resolve } = Promise.withResolvers<void>()
        resume = resolve
        const timer = setTimeout(resolve, longestMs)
        await promise
        clearTimeout(timer)
        resume = undefined
      }
      ended = false
    },
    end() {
      ended = true
      resume?.()
    },
  }
}

/** How a destination does, so that one that is down costs it and us little. */
export type Health = {
  /** How much may be under way now, of so many slots. */
  slots(most: number): number
  /** A delivery ended: taken, or not. */
  ended(isTaken: boolean): void
}

// So many failures with nothing taken between them: it is not one authorization that it cannot take.
const FAILURES_OF_A_SICK_ONE = 8
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000

/** A sick destination gets one delivery at a time, with a pause before each; the first that it takes ends that. */
export function createHealth(elapsed: () => number): Health {
  let failures = 0
  let pausedUntil = 0

  return {
    slots(most) {
      if (failures < FAILURES_OF_A_SICK_ONE) return most
      return elapsed() < pausedUntil ? 0 : 1
    },
    ended(isTaken) {
      failures = isTaken ? 0 : failures + 1
      const beyond = failures - FAILURES_OF_A_SICK_ONE
      if (beyond >= 0)
        pausedUntil = elapsed() + Math.min(FIRST_PAUSE_MS * 2 ** beyond, LONGEST_PAUSE_MS)
    },
  }
}

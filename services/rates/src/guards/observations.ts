import type { Leg, Observations } from './assessment.ts'
import type { Observation } from './observation.ts'

/** Everything heard, kept in memory: one entry for each pair of each exchange, so it is as large as the programme. */
export function createObservations(): Observations & {
  set(leg: Leg, observation: Observation): void
} {
  const byKey = new Map<string, readonly [Leg, Observation]>()
  return {
    get: (leg) => byKey.get(keyOf(leg))?.[1],
    where: (is) => [...byKey.values()].filter(([leg]) => is(leg)),
    set: (leg, observation) => void byKey.set(keyOf(leg), [leg, observation]),
  }
}

function keyOf({ exchange, pair }: Leg): string {
  return `${exchange} ${pair}`
}

import { listMissed, type Simulation } from './simulate.ts'
import type { SeedResult } from './simulate-seed.ts'

const VIOLATIONS_SHOWN = 20
const LINES_SHOWN = 60

/** A line for a seed. */
export function describeSeed({ seed, digest, steps, virtualMs }: SeedResult): string {
  return `seed ${seed}: digest ${digest}, ${steps} steps in ${virtualMs.toFixed(0)} virtual ms\n`
}

/** What a violated seed says, and how to see it again. */
export function describeFailure(
  { seed, digest, violations, recent }: SeedResult,
  authorizations: number,
): string {
  const shown = violations.slice(0, VIOLATIONS_SHOWN).map((wrong) => `  ${wrong}`)
  return [
    `seed ${seed} (digest ${digest}): ${violations.length} violations`,
    ...shown,
    ...recent.slice(-LINES_SHOWN).map((line) => `    ${line}`),
    `again: npm run test:simulation -- --first-seed ${seed} --seeds 1 --authorizations ${authorizations}`,
    '',
  ].join('\n')
}

/** The figures of a whole run, with a row for each fault and a column for each state. */
export function describeSimulation(simulation: Simulation, seconds: number): string {
  const missed = listMissed(simulation)
  const { seeds, authorizations, approved, declined, movements, processes, hits } = simulation
  const faults = [...hits.values()].reduce((sum, count) => sum + count, 0)
  const minutes = (simulation.virtualMs / 60_000).toFixed(0)
  return [
    `${seeds} seeds, ${authorizations} authorizations (${approved} heard approved, ${declined} declined)`,
    `${movements} movements at the exchanges, ${processes} processes, ${simulation.steps} steps`,
    `${faults} faults at ${hits.size} pairs of fault and state, ${minutes} virtual minutes in ${seconds.toFixed(1)} s`,
    ...[...hits.keys()]
      .toSorted()
      .map((pair) => `  ${String(hits.get(pair)).padStart(8)}  ${pair}`),
    ...missed.map((pair) => `     never  ${pair}`),
    `${simulation.failed.length} seeds with violations, ${missed.length} reachable pairs never hit`,
    '',
  ].join('\n')
}

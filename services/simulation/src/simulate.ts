import { type SeedPlan, type SeedResult, simulateSeed } from './simulate-seed.ts'
import type { Database } from './sql/database.ts'
import { listReachable } from './world/faults.ts'

/** Which seeds to run. */
export type SimulationPlan = Omit<SeedPlan, 'seed'> & {
  readonly firstSeed: number
  readonly seeds: number
}

/** What all seeds came to. */
export type Simulation = {
  readonly seeds: number
  readonly authorizations: number
  readonly approved: number
  readonly declined: number
  readonly movements: number
  readonly processes: number
  readonly steps: number
  readonly virtualMs: number
  /** How often each pair of a fault and a state was hit. */
  readonly hits: ReadonlyMap<string, number>
  readonly failed: readonly Pick<SeedResult, 'seed' | 'violations'>[]
}

/** Fewer seeds may leave rare pairs out. */
const SEEDS_FOR_ALL_PAIRS = 500

const NOTHING: Simulation = {
  seeds: 0,
  authorizations: 0,
  approved: 0,
  declined: 0,
  movements: 0,
  processes: 0,
  steps: 0,
  virtualMs: 0,
  hits: new Map(),
  failed: [],
}

/** Runs one seed after the other; `onSeed` is told of each. */
export async function simulate(
  database: Database,
  { firstSeed, seeds, ...plan }: SimulationPlan,
  onSeed: (result: SeedResult) => void = () => undefined,
): Promise<Simulation> {
  let all = NOTHING
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const result = await simulateSeed(database, { ...plan, seed }).catch((cause: unknown) => {
      throw new Error(`seed ${seed} broke off`, { cause })
    })
    all = addSimulations(all, toSimulation(result, plan.authorizations))
    onSeed(result)
  }
  return all
}

function toSimulation(result: SeedResult, authorizations: number): Simulation {
  const { seed, violations } = result
  return {
    ...NOTHING,
    seeds: 1,
    authorizations,
    approved: result.approved,
    declined: result.declined,
    movements: result.movements,
    processes: result.processes,
    steps: result.steps,
    virtualMs: result.virtualMs,
    hits: result.hits,
    failed: violations.length > 0 ? [{ seed, violations }] : [],
  }
}

/** What both came to. */
export function addSimulations(one: Simulation, other: Simulation): Simulation {
  const hits = new Map(one.hits)
  for (const [pair, count] of other.hits) hits.set(pair, (hits.get(pair) ?? 0) + count)
  return {
    seeds: one.seeds + other.seeds,
    authorizations: one.authorizations + other.authorizations,
    approved: one.approved + other.approved,
    declined: one.declined + other.declined,
    movements: one.movements + other.movements,
    processes: one.processes + other.processes,
    steps: one.steps + other.steps,
    virtualMs: one.virtualMs + other.virtualMs,
    hits,
    failed: [...one.failed, ...other.failed],
  }
}

/** The reachable pairs that no seed has hit; of few seeds nothing is demanded. */
export function listMissed({ seeds, hits }: Pick<Simulation, 'seeds' | 'hits'>): readonly string[] {
  if (seeds < SEEDS_FOR_ALL_PAIRS) return []
  return listReachable().filter((pair) => !hits.has(pair))
}

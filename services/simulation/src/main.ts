import { count, printInstead, readCommandLine, seed } from '@tolem/config/command-line'
import { ensureDatabase, startDisposablePostgres } from '@tolem/postgres/embedded'
import { z } from 'zod'
import { describeFailure, describeSeed, describeSimulation } from './report.ts'
import { listMissed, type Simulation, type SimulationPlan, simulate } from './simulate.ts'
import { openDatabase } from './sql/database.ts'
import { simulateInWorkers, writeResult } from './workers.ts'

const USAGE = `npm run test:simulation -- [--seeds 1000] [--first-seed 1] [--authorizations 100] [--workers 1]
                           [--verbose] [--trace]

Two authorizers and two settlements in one process, on a real PostgreSQL, over virtual time, with a seeded network,
seeded exchanges, clocks and deaths. Each seed heals at its end and demands that all is settled. Ends with 1 when
anything contradicts, or when a reachable pair of fault and state was never hit. --verbose tells each seed's digest,
--trace everything that happens in it.
`

const OPTIONS = z.object({
  seeds: count.default(1000),
  firstSeed: seed.default(1),
  authorizations: count.default(100),
  workers: count.default(1),
  worker: z.boolean().default(false),
  verbose: z.boolean().default(false),
  trace: z.boolean().default(false),
})

type Options = z.infer<typeof OPTIONS>

const write = (text: string) => void process.stdout.write(text)

const told = readCommandLine({ usage: USAGE, options: OPTIONS }, process.argv.slice(2))
process.exitCode = 'text' in told ? printInstead(told) : await run(told.options)

async function run(options: Options): Promise<number> {
  const { seeds, firstSeed, authorizations, workers } = options
  const plan = {
    seeds,
    firstSeed,
    authorizations,
    ...(options.trace && { onLine: (line: string) => write(`${line}\n`) }),
  }
  const startedAt = performance.now()
  if (!options.worker) write(`seeds ${plan.firstSeed} to ${plan.firstSeed + plan.seeds - 1}\n`)
  const simulation = workers > 1 ? await runWorkers(plan, options) : await runHere(plan, options)
  const seconds = (performance.now() - startedAt) / 1_000
  write(options.worker ? writeResult(simulation) : describeSimulation(simulation, seconds))
  if (options.worker) return 0
  return simulation.failed.length === 0 && listMissed(simulation).length === 0 ? 0 : 1
}

function runWorkers(plan: SimulationPlan, { workers, verbose }: Options): Promise<Simulation> {
  return simulateInWorkers(plan, workers, (line) => {
    if (verbose || !line.startsWith('seed ') || line.endsWith('violations')) write(`${line}\n`)
  })
}

async function runHere(plan: SimulationPlan, { verbose }: Options): Promise<Simulation> {
  const server = await startDisposablePostgres()
  try {
    const database = await openDatabase(await ensureDatabase(server.url, 'simulation'))
    try {
      return await simulate(database, plan, (result) => {
        if (verbose) write(describeSeed(result))
        if (result.violations.length > 0) write(describeFailure(result, plan.authorizations))
      })
    } finally {
      await database.close()
    }
  } finally {
    await server.stop()
  }
}

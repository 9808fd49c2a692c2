import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { addSimulations, type Simulation, type SimulationPlan } from './simulate.ts'

/** Before the line in which a worker tells what its seeds came to. */
const RESULT = 'result '

const MAIN = join(import.meta.dirname, 'main.ts')

/** Divides the seeds among processes, each with a database server of its own; `say` hears what they print. */
export async function simulateInWorkers(
  { firstSeed, seeds, authorizations }: SimulationPlan,
  workers: number,
  say: (line: string) => void,
): Promise<Simulation> {
  const share = Math.ceil(seeds / workers)
  const firsts = Array.from({ length: Math.ceil(seeds / share) }, (_, n) => n * share)
  const results = await Promise.all(
    firsts.map((first) => {
      const count = Math.min(share, seeds - first)
      return runWorker([firstSeed + first, count, authorizations].map(String), say)
    }),
  )
  return results.reduce(addSimulations)
}

function runWorker(
  [first = '', seeds = '', authorizations = '']: readonly string[],
  say: (line: string) => void,
): Promise<Simulation> {
  const options = ['--first-seed', first, '--seeds', seeds, '--authorizations', authorizations]
  const child = spawn(process.execPath, [MAIN, ...options, '--worker', '--verbose'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { promise, resolve, reject } = Promise.withResolvers<Simulation>()
  createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith(RESULT)) resolve(readResult(line))
    else say(line)
  })
  child.once('exit', (code) => reject(new Error(`a worker ended with ${code} and told nothing`)))
  return promise
}

/** A simulation in one line, for the process that started this one. */
export function writeResult(simulation: Simulation): string {
  return `${RESULT}${JSON.stringify({ ...simulation, hits: [...simulation.hits] })}\n`
}

function readResult(line: string): Simulation {
  const written = JSON.parse(line.slice(RESULT.length)) as Simulation & {
    readonly hits: readonly (readonly [string, number])[]
  }
  return { ...written, hits: new Map(written.hits) }
}

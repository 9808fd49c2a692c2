import { spawn, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { addSimulations, type Simulation, type SimulationPlan } from './simulate.ts'

/** Before the line in which a worker tells what its seeds came to. */
const RESULT = 'result '

const MAIN = join(import.meta.dirname, 'main.ts')

/**
 * Divides the seeds among processes, each with a database server of its own, and each pair on a processor of its own
 * where there is taskset(1): a worker and its server never work at the same time, and are a fifth sooner done when
 * neither has to be woken on another processor. `say` hears what they print.
 */
export async function simulateInWorkers(
  { firstSeed, seeds, authorizations }: SimulationPlan,
  workers: number,
  say: (line: string) => void,
): Promise<Simulation> {
  const share = Math.ceil(seeds / workers)
  const firsts = Array.from({ length: Math.ceil(seeds / share) }, (_, n) => n * share)
  const results = await Promise.all(
    firsts.map((first, n) => {
      const count = Math.min(share, seeds - first)
      const processor = String(n % availableParallelism())
      return runWorker([firstSeed + first, count, authorizations].map(String), processor, say)
    }),
  )
  return results.reduce(addSimulations)
}

function runWorker(
  [first = '', seeds = '', authorizations = '']: readonly string[],
  processor: string,
  say: (line: string) => void,
): Promise<Simulation> {
  const options = ['--first-seed', first, '--seeds', seeds, '--authorizations', authorizations]
  const worker = [process.execPath, MAIN, ...options, '--worker', '--verbose']
  const pin = ['taskset', '-c', processor]
  const canPin = spawnSync('taskset', ['-c', processor, 'true']).status === 0
  const [command = '', ...words] = canPin ? [...pin, ...worker] : worker
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] })
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

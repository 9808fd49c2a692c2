import { mkdtemp } from 'node:fs/promises'
import { cpus, loadavg, setPriority } from 'node:os'
import { join } from 'node:path'
import { count, printInstead, readCommandLine } from '@tolem/config/command-line'
import { z } from 'zod'
import { type BenchCard, listCards, provisionCards } from './cards.ts'
import { startChildGenerator } from './child-generator.ts'
import { type Cleanup, createCleanup } from './cleanup.ts'
import { type Cores, divideCores } from './cores.ts'
import { diskDirectory, openDatabase } from './database.ts'
import type { Flood, Flooded, FloodOrder, FloodReport } from './flood-protocol.ts'
import { type LoadGenerator, startLoadGenerator } from './load-generator.ts'
import { rateOf } from './measure.ts'
import { describeOverload, judge, type Overload } from './overload-report.ts'
import { startStack } from './stack.ts'
import { verifyApprovals } from './verify.ts'

/**
 * `npm run test:overload`: ten times as many messages as can be done, for a minute. What can be done is measured in the
 * same run, before and after. Ends with 1 when a promise was broken.
 */

const say = (line: string) => process.stderr.write(`${line}\n`)

const USAGE = `npm run test:overload -- [--seconds 60] [--times 10]

  --seconds  how long the flood lasts
  --times    how many times as much as can be done`

const OPTIONS = z.object({
  seconds: count.default(60),
  times: z.coerce.number().positive().default(10),
})

type Options = z.infer<typeof OPTIONS>

const CARDS = 1_000

/** More than are ever under way and being turned away: a bank that floods opens what it needs. */
const CONNECTIONS = 1_024

/** Behind whatever has the usual one, 0. */
const FLOOD_PRIORITY = 5

/** Where one number of connections does the most depends on the machine. */
const PLATEAU_CONNECTIONS = [64, 128, 256]

async function measure(options: Options, directory: string, cleanup: Cleanup): Promise<Overload> {
  const cores = divideCores()
  say('starting PostgreSQL, the exchange sandbox, rates and the authorizer')
  const serverUrl = process.env['BENCH_DATABASE_URL'] || undefined
  const database = await openDatabase({ directory, serverUrl, cleanup })
  const { programme, url, sandboxUrl, processes } = await startStack({
    database,
    directory,
    cleanup,
    profile: undefined,
  })
  // The exchanges are no part of what is measured either.
  const exchanges = processes.get('sandbox')
  if (exchanges) cores.moveLoad(exchanges.pid)
  const cards = listCards(programme, CARDS)
  await provisionCards({ programme, cards, url, sandboxUrl })
  const generator = await startLoadGenerator({ url, cards, zipf: 0, cleanup })
  cores.moveLoad(generator.pid)
  const pour = await startFlood({ url, cards, cores, cleanup })

  const seconds = Math.min(6, options.seconds)
  await generator.run(64, seconds)
  const before = await findPlateau(generator, seconds)
  const rate = Math.round(before * options.times)
  say(`${Math.round(before)} a second can be done; ${rate} a second for ${options.seconds} s`)
  const flood = await pour({ seconds: options.seconds, rate, connections: CONNECTIONS })
  say('half of what can be done, right after it')
  const gentle = Math.round(before / 2)
  const recovery = await pour({ seconds: 2 * seconds, rate: gentle, connections: CONNECTIONS })
  say('one bank sends nine tenths of three times what can be done')
  const noisy = await pour({
    seconds: 2 * seconds,
    rate: Math.round(before * 3),
    noisyPercent: 90,
    connections: CONNECTIONS,
  })
  const after = await findPlateau(generator, seconds)
  say('comparing every approval with the record of the exchanges')
  const approvals = [flood, recovery, noisy].flatMap((poured) => poured.approvals)
  const verification = await verifyApprovals(sandboxUrl, approvals)
  return {
    before,
    after,
    rate,
    flood,
    recovery,
    gentle,
    noisy,
    verification,
    cores: cores.description,
  }
}

/** Decisions a second in closed loops, at the best number of connections. */
async function findPlateau(generator: LoadGenerator, seconds: number): Promise<number> {
  const rates: number[] = []
  for (const connections of PLATEAU_CONNECTIONS) {
    await generator.prepare((rates.at(-1) ?? 500) * seconds * 1.3)
    rates.push(rateOf(await generator.run(connections, seconds)))
  }
  say(
    `closed loops at ${PLATEAU_CONNECTIONS.join(', ')}: ${rates.map(Math.round).join(', ')} a second`,
  )
  return Math.max(...rates)
}

async function startFlood(parts: {
  readonly url: string
  readonly cards: readonly BenchCard[]
  readonly cores: Cores
  readonly cleanup: Cleanup
}): Promise<(flood: Flood) => Promise<Flooded>> {
  const { url, cards } = parts
  const { pid, order } = startChildGenerator<FloodOrder, FloodReport>('flood.ts', parts.cleanup)
  parts.cores.moveLoad(pid)
  // The exchanges share its processor, and are no slower because a bank sends too much.
  setPriority(pid, FLOOD_PRIORITY)
  await order({ kind: 'set_up', url, cards })
  return async (flood) => {
    const report = await order({ kind: 'flood', flood })
    if (report.kind !== 'flooded') throw new Error('the flood answered out of turn')
    return report.flooded
  }
}

async function run(options: Options): Promise<number> {
  const directory = await mkdtemp(join(diskDirectory(), 'tolem-overload-'))
  const cleanup = createCleanup(directory)
  const stopped = Promise.withResolvers<never>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => stopped.reject(new Error(`stopped by ${signal}`)))
  try {
    const found = await Promise.race([measure(options, directory, cleanup), stopped.promise])
    const machine = `${found.cores}; ${cpus().length} × ${cpus()[0]?.model.trim()}, load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`
    process.stdout.write(`${describeOverload(found)}\n  machine     ${machine}\n`)
    const broken = judge(found)
    for (const promise of broken) process.stdout.write(`BROKEN: ${promise}\n`)
    return broken.length === 0 ? 0 : 1
  } finally {
    await cleanup.run()
  }
}

async function main(): Promise<number> {
  const told = readCommandLine({ usage: USAGE, options: OPTIONS }, process.argv.slice(2))
  return 'text' in told ? printInstead(told) : run(told.options)
}

process.exitCode = await main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error))
  return 1
})
process.exit()

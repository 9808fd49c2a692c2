import { mkdtemp } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { printInstead } from '@tolem/config/command-line'
import { listCards, provisionCards } from './cards.ts'
import { type Cleanup, createCleanup } from './cleanup.ts'
import { diskDirectory, openDatabase } from './database.ts'
import { type Figures, toFigures } from './figures.ts'
import { startLoadGenerator } from './load-generator.ts'
import { measureAll } from './measure.ts'
import { type BenchOptions, readOptions } from './options.ts'
import { describeFigures } from './report.ts'
import { startStack } from './stack.ts'
import { prepareTpcb } from './tpcb.ts'
import { verifyApprovals } from './verify.ts'

/**
 * `npm run bench`: what Tolem does in a second, against what PostgreSQL's own benchmark does on the same server in the
 * same minutes. Ends with 1 when an approval has no debit, or more than one.
 */

const say = (line: string) => process.stderr.write(`${line}\n`)

async function bench(options: BenchOptions, directory: string, cleanup: Cleanup): Promise<Figures> {
  say('starting PostgreSQL, the exchange sandbox, rates and the authorizer')
  // Empty counts as not set, as in every service.
  const serverUrl = process.env['BENCH_DATABASE_URL'] || undefined
  const database = await openDatabase({ directory, serverUrl, cleanup })
  const profile = options.profile === undefined ? undefined : resolve(options.profile)
  const stack = await startStack({ database, directory, cleanup, profile })
  const { url, sandboxUrl, programme } = stack

  say(`provisioning ${options.cards} cards, filling pgbench's tables`)
  const cards = listCards(programme, options.cards)
  await provisionCards({ programme, cards, url, sandboxUrl })
  const tpcb = await prepareTpcb({ url: database.pgbenchUrl, scale: options.scale, cleanup })
  const generator = await startLoadGenerator({ url, cards, zipf: options.zipf, cleanup })

  const postgresPid = database.pid
  const [warmUp, steps] = await measureAll({ options, stack, generator, postgresPid, tpcb, say })
  say('comparing every approval with the record of the exchanges')
  const approvals = [warmUp, ...steps.map((step) => step.measured)].flatMap((run) => run.approvals)
  const verification = await verifyApprovals(sandboxUrl, approvals)
  return toFigures({ options, database, stack, tpcb, steps, verification })
}

/** Rejects at the first signal that ends a program. */
function untilSignal(): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => reject(new Error(`stopped by ${signal}`)))
  return promise
}

async function main(): Promise<number> {
  const told = readOptions(process.argv.slice(2))
  if ('text' in told) return printInstead(told)
  const { options } = told
  const stopped = untilSignal()
  const directory = await mkdtemp(join(diskDirectory(), 'tolem-bench-'))
  const cleanup = createCleanup(directory)
  try {
    const figures = await Promise.race([bench(options, directory, cleanup), stopped])
    const text = options.json ? JSON.stringify(figures, undefined, 2) : describeFigures(figures)
    process.stdout.write(`${text}\n`)
    return figures.verification.isRight ? 0 : 1
  } finally {
    await cleanup.run()
  }
}

process.exitCode = await main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error))
  return 1
})
// A start that a signal interrupted may still hold timers and sockets; everything it started has been stopped.
process.exit()

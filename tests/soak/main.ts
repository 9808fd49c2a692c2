import { randomInt } from 'node:crypto'
import { count, printInstead, readCommandLine, seed } from '@tolem/config/command-line'
import { milliseconds } from '@tolem/config/read-config'
import { z } from 'zod'
import { startSoakHouse } from './house.ts'
import { describeSoak } from './report.ts'
import { type SoakPlan, soak } from './soak.ts'

const USAGE = `npm run test:soak -- [--minutes 30] [--seed N] [--rate 60] [--fault-every-ms 2000] [--budget-ms 1000]
                     [--tolerance-ms 250] [--no-wires]

Two authorizers, two settlements, rates, the exchange sandbox, PostgreSQL and Redis, each killed, held still or cut off
one after the other while banks buy. Then everything heals, and bank, ledger and exchange are compared. Ends with 1 when
anything contradicts, or is still open after a minute.
`

/** Longer than anything here holds a debit back, shorter than the minute that settling may take. */
const NOT_FOUND_IS_FINAL_AFTER_MS = 10_000
const LONGEST_FREEZE_MS = 6_000
const LARGEST_SEED = 2 ** 31

const OPTIONS = z.object({
  minutes: z.coerce.number().positive().default(30),
  seed: seed.default(() => randomInt(LARGEST_SEED)),
  rate: count.default(60),
  faultEveryMs: count.default(2_000),
  budgetMs: count.default(1_000),
  toleranceMs: milliseconds.default(250),
  wires: z.boolean().default(true),
})

const told = readCommandLine({ usage: USAGE, options: OPTIONS }, process.argv.slice(2))
if ('text' in told) process.exitCode = printInstead(told)
else {
  const { minutes, wires, ...asked } = told.options
  const plan = { ...asked, seconds: minutes * 60, longestFreezeMs: LONGEST_FREEZE_MS }
  // Not by itself: after wires were cut, Node 26.10 waits without end for the handles of some sockets (CleanupHandles).
  process.exit(await run(plan, wires))
}

async function run(plan: SoakPlan, hasWires: boolean): Promise<number> {
  process.stdout.write(`seed ${plan.seed}\n`)
  const house = await startSoakHouse({
    notFoundIsFinalAfterMs: NOT_FOUND_IS_FINAL_AFTER_MS,
    budgetMs: plan.budgetMs,
    hasWires,
  })
  if (!house) return 2
  // Nothing is left running, however this ends.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void house.close().finally(() => process.exit(1)))
  try {
    const soaked = await soak(house, plan)
    process.stdout.write(describeSoak(soaked, plan))
    return soaked.violations.length === 0 ? 0 : 1
  } finally {
    await house.close()
  }
}

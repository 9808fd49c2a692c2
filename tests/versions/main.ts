import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { count, printInstead, readCommandLine, seed } from '@tolem/config/command-line'
import { createRandom } from '@tolem/testing/random'
import { z } from 'zod'
import { audit, untilSettled } from '../support/audit.ts'
import { newTally, openAllCards, payUntil, repeatAll, tell } from '../support/load.ts'
import { type OwnParts, startOwnParts } from '../support/own-parts.ts'
import { openStack, type Stack } from '../support/stack.ts'
import { openVersion, type Version } from './version.ts'

const USAGE = `npm run test:versions -- [--from HEAD~1] [--seconds 20] [--seed N]

An authorizer and a settlement of the version at --from beside those of this one, on one database with this version's
migrations, as in a rolling deployment. Each message of a purchase's life goes to either of them. Then everything is
asked for again at the other version, and books and exchange are compared. Ends with 1 when anything contradicts.
`

const LARGEST_SEED = 2 ** 31
const SETTLED_WITHIN_MS = 60_000

const OPTIONS = z.object({
  from: z.string().min(1).default('HEAD~1'),
  seconds: count.default(20),
  seed: seed.default(() => randomInt(LARGEST_SEED)),
})

type Options = z.infer<typeof OPTIONS>

const told = readCommandLine({ usage: USAGE, options: OPTIONS }, process.argv.slice(2))
// Not by itself: undici's connections to services that were killed keep it for a while.
process.exit('text' in told ? printInstead(told) : await run(told.options))

async function run(options: Options): Promise<number> {
  const version = await openVersion(options.from)
  process.stdout.write(`${version.name} beside this version, seed ${options.seed}\n`)
  try {
    const own = await startOwnParts(1)
    if (!own) return 2
    try {
      const mistakes = await liveTogether(own, version, options)
      for (const mistake of mistakes) process.stdout.write(`VIOLATION ${mistake}\n`)
      process.stdout.write(`${mistakes.length} violations\n`)
      return mistakes.length === 0 ? 0 : 1
    } finally {
      await own.close()
    }
  } finally {
    await version.remove()
  }
}

/** Gives everything that is wrong, and prints what was done. */
async function liveTogether(
  { parts, stack }: OwnParts,
  { root }: Version,
  { seconds, seed: start }: Options,
): Promise<readonly string[]> {
  const settlement = await parts.anotherSettlement({ root })
  const { service, url } = await parts.anotherAuthorizer({ root })
  for (const one of [settlement, service]) await one.start()
  const other = openStack({ ...parts.demo, url })
  const services = [parts.authorizer, parts.settlement, settlement, service]
  try {
    const cards = await openAllCards(stack)
    const both = inTurn(stack, other)
    const tally = newTally()
    const traffic = { stack: both, cards, tally }
    await payUntil(traffic, createRandom(start), () => delay(seconds * 1_000))
    await repeatAll(both, tally)
    await untilSettled(parts.databaseUrl, SETTLED_WITHIN_MS)
    const { mistakes, ...counts } = await audit(parts.databaseUrl, stack.sandbox)
    process.stdout.write(`${tell(tally)} against ${JSON.stringify(counts)}\n`)
    const fates = services.flatMap((one) => one.fate() ?? [])
    return [...tally.mistakes, ...mistakes, ...fates]
  } finally {
    await other.close()
  }
}

/** Each message goes to the one or to the other. */
function inTurn(one: Stack, other: Stack): Stack {
  let turn = 0
  return {
    ...one,
    bank(name) {
      turn += 1
      return (turn % 2 === 0 ? one : other).bank(name)
    },
  }
}

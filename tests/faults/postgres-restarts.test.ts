import { createRandom } from '@tolem/testing/random'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type House, makeHome, removeHome, startHouse } from '../setup/house.ts'
import { POSTGRES_RESTARTS, SEED } from '../setup/numbers.ts'
import { type PostgresServer, startPostgres } from '../setup/parts.ts'
import { audit, untilSettled } from '../support/audit.ts'
import { newTally, openAllCards, payUntil, repeatAll, tell } from '../support/load.ts'
import { aPurchase } from '../support/messages.ts'
import { decide, openStack, type Stack } from '../support/stack.ts'
import { mistakesIn, watchMachine } from '../support/wired-parts.ts'

const RESTARTS = POSTGRES_RESTARTS
const RECOVERS_WITHIN_MS = 5_000
/** A purchase, what it waits for, and the look at it: each may have to wait for a busy machine. */
const STEPS = 4

let postgres: PostgresServer
let house: House
let stack: Stack

beforeAll(async () => {
  const home = await makeHome()
  postgres = await startPostgres(`${home}/outside`, true)
  house = await startHouse(home, { DATABASE_URL: postgres.url })
  stack = openStack(house.demo)
}, 120_000)

afterAll(async () => {
  await stack.close()
  const { code } = await house.stop()
  await postgres.stop()
  await removeHome(house.home)
  expect({ code, printed: house.output() }).toMatchObject({ code: 0 })
})

test(
  `PostgreSQL restarted ${RESTARTS} times under load: every answer in time, no crash, whole books`,
  async () => {
    const cards = await openAllCards(stack)
    const [card] = cards
    if (!card) expect.unreachable()
    const tally = newTally()
    const recoveries: number[] = []
    const random = createRandom(SEED)
    const tolerance = watchMachine()

    await payUntil({ stack, cards, tally }, random, async () => {
      for (let restart = 0; restart < RESTARTS; restart += 1) {
        const before = tally.approved
        await expect.poll(() => tally.approved, { timeout: 20_000 }).toBeGreaterThan(before + 20)
        await takeAway(restart)
        // Some are asked while there is no database at all.
        const undecided = countOf(tally.undecided)
        await expect
          .poll(() => countOf(tally.undecided), { timeout: 20_000 })
          .toBeGreaterThan(undecided + 5)
        await postgres.start()
        const startedAt = performance.now()
        await expect
          .poll(
            async () =>
              (await decide(stack.bank(card.bank), aPurchase(card.token))).answer.decision,
            { timeout: 20_000, interval: 50 },
          )
          .toBe('approved')
        recoveries.push(performance.now() - startedAt)
      }
    })
    const toleranceMs = tolerance()
    // Signal 0 only asks: the process is the one that was started.
    expect(process.kill(house.pid, 0)).toBe(true)
    await repeatAll(stack, tally)
    await untilSettled(house.database.url, 60_000)
    const found = await audit(house.database.url, stack.sandbox)
    process.stdout.write(
      `postgres restarts (SEED=${SEED}): ${tell(tally)}, recovered in ms: ${recoveries.map(Math.round).join(' ')}\n`,
    )
    expect(mistakesIn(tally, toleranceMs)).toEqual([])
    expect(found.mistakes).toEqual([])
    expect(Math.max(...recoveries)).toBeLessThanOrEqual(RECOVERS_WITHIN_MS + STEPS * toleranceMs)
  },
  60_000 + RESTARTS * 20_000,
)

/** The ways in which a server ends, in turn: fast, at once, and killed. */
const WAYS = ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const

async function takeAway(restart: number): Promise<void> {
  process.kill(postgres.pid(), WAYS[restart % WAYS.length])
  await postgres.stop()
}

function countOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

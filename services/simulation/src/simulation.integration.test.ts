import type { RailSet } from '@tolem/exchanges/compose'
import { createTestDatabase, type TestDatabase } from '@tolem/testing/backends'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { check } from './checks/check.ts'
import { listMissed, simulate } from './simulate.ts'
import { simulateSeed } from './simulate-seed.ts'
import { type Database, openDatabase } from './sql/database.ts'
import { listReachable } from './world/faults.ts'

/** On a busy machine. */
const PATIENCE_MS = 120_000

const FIXED = { firstSeed: 1, seeds: 4, authorizations: 25 }

let server: TestDatabase
let database: Database

beforeAll(async () => {
  server = await createTestDatabase()
  database = await openDatabase(server.url)
})

afterAll(async () => {
  await database.close()
  await server.drop()
})

test(
  'bank, ledger and exchange agree after every fixed seed, and nothing stays open',
  async () => {
    const simulation = await simulate(database, FIXED)
    process.stdout.write(
      `simulation: seeds ${FIXED.firstSeed} to ${FIXED.seeds}, ${simulation.authorizations} authorizations, ` +
        `${simulation.hits.size} pairs of fault and state\n`,
    )
    expect(simulation.failed).toEqual([])
    expect(simulation.approved).toBeGreaterThan(0)
    expect(simulation.hits.size).toBeGreaterThan(0)
  },
  PATIENCE_MS,
)

test(
  'a seed replays exactly',
  async () => {
    const plan = { seed: 11, authorizations: 20 }
    const [first, second] = [await simulateSeed(database, plan), await simulateSeed(database, plan)]
    expect(second.digest).toBe(first.digest)
    expect(second.steps).toBe(first.steps)
  },
  PATIENCE_MS,
)

test(
  'another seed takes another course',
  async () => {
    const [first, second] = [
      await simulateSeed(database, { seed: 21, authorizations: 5 }),
      await simulateSeed(database, { seed: 22, authorizations: 5 }),
    ]
    expect(second.digest).not.toBe(first.digest)
  },
  PATIENCE_MS,
)

test(
  'a credit that is sent a second time under another reference is found',
  async () => {
    const { violations } = await simulateSeed(database, {
      seed: 3,
      authorizations: 20,
      plant: creditTwice,
    })
    expect(violations.join('\n')).toMatch(/movement-moved: credit/)
  },
  PATIENCE_MS,
)

test(
  'a balance that is not the sum of its postings is found',
  async () => {
    await simulateSeed(database, { seed: 3, authorizations: 10 })
    const spoil = `INSERT INTO ledger_change
      SELECT account, asset, 1 FROM ledger_running_balance ORDER BY account LIMIT 1 RETURNING account`
    const [spoilt] = await database.read<{ account: string }>(spoil)
    const wrongs = await check(database, { heard: [], bookings: [] })
    expect(wrongs.join('\n')).toContain(`balance-carried: ${spoilt?.account} carries`)
  },
  PATIENCE_MS,
)

test('a server that goes away is told with the number of the seed', async () => {
  const gone = await createTestDatabase()
  const broken = await openDatabase(gone.url)
  const others = 'SELECT pid FROM pg_stat_activity WHERE datname = current_database()'
  await broken
    .read(
      `SELECT pg_terminate_backend(pid) FROM (${others} ORDER BY pid = pg_backend_pid()) AS session`,
    )
    .catch(() => undefined)
  await expect(simulate(broken, FIXED)).rejects.toThrow('seed 1 broke off')
  await broken.close()
  await gone.drop()
})

test('pairs that no seed has hit are named once there were enough seeds', () => {
  const [first = '', ...others] = listReachable()
  const hits = new Map(others.map((pair) => [pair, 1]))
  expect(listMissed({ seeds: 1_000, hits })).toEqual([first])
  expect(listMissed({ seeds: 10, hits })).toEqual([])
})

/** Each credit moves twice. */
function creditTwice(rails: RailSet): RailSet {
  return {
    ...rails,
    railFor(exchange, name) {
      const rail = rails.railFor(exchange, name)
      if (!rail) return undefined
      return {
        ...rail,
        async credit(order, limit) {
          const reference = `${order.reference}2` as typeof order.reference
          await rail.credit({ ...order, reference }, limit)
          return rail.credit(order, limit)
        },
      }
    },
  }
}

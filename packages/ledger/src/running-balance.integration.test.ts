import { createPostgres, type Postgres } from '@tolem/postgres/pool'
import { createTestDatabase, type TestDatabase } from '@tolem/testing/backends'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

let database: TestDatabase
let postgres: Postgres

beforeAll(async () => {
  database = await createTestDatabase()
  postgres = createPostgres({
    url: database.url,
    poolSize: 10,
    acquireTimeoutMs: 20_000,
    statementTimeoutMs: 20_000,
    lockTimeoutMs: 20_000,
    applicationName: 'running-balance-test',
    onFault: () => {},
  })
})

afterAll(async () => {
  await postgres.close()
  await database.drop()
})

let account = ''
let scenes = 0
beforeEach(() => {
  scenes += 1
  account = `conversion/bybit/test-${scenes}`
})

const ask = <Row>(text: string, values: readonly unknown[] = []) =>
  postgres.run<Row>({ name: '', text }, values)

const ID = '019a1b2c-3d4e-7f50-8a6b-7c8d9e0f1a2b'
let journals = 0

/** Posts one journal of these amounts; a negative one credits the account. */
function post(run: Postgres['run'], amounts: readonly number[], other = 'fee_income') {
  journals += 1
  const text = `SELECT ledger_post(
    $1::text[], $2::smallint[], $3::uuid[], $4::text[], $5::numeric[], $6::text[], $7::text[])`
  return run({ name: 'test-post', text }, [
    amounts.map(() => `approval/${journals}`),
    amounts.map((_, index) => index + 1),
    amounts.map(() => ID),
    amounts.map(() => 'KZT'),
    amounts.map((amount) => Math.abs(amount)),
    amounts.map((amount) => (amount > 0 ? account : other)),
    amounts.map((amount) => (amount > 0 ? other : account)),
  ])
}

async function running(of = account): Promise<bigint> {
  const text = 'SELECT balance FROM ledger_running_balance WHERE account = $1'
  const [row] = await ask<{ balance: string }>(text, [of])
  return BigInt(row?.balance ?? 0)
}

async function fold(most = 10_000): Promise<number> {
  const [row] = await ask<{ folded: string }>('SELECT ledger_fold($1) AS folded', [most])
  return Number(row?.folded)
}

async function expectTruth(): Promise<void> {
  const difference = `
    SELECT account, asset, sum(balance) FROM (
      SELECT account, asset, balance FROM ledger_running_balance
      UNION ALL SELECT account, asset, -balance FROM ledger_balance WHERE ledger_is_folded(account)
    ) AS entry GROUP BY account, asset HAVING sum(balance) <> 0`
  expect(await ask(difference)).toEqual([])
}

test('a running balance is the sum of the postings, folded or not', async () => {
  await post(postgres.run, [100, -30, 5])
  expect(await running()).toBe(75n)
  expect(await fold()).toBeGreaterThan(0)
  expect(await running()).toBe(75n)
  await post(postgres.run, [-80])
  expect(await running()).toBe(-5n)
  await fold()
  await expectTruth()
})

test('a posting costs one change an account, and none where no account is folded', async () => {
  await fold()
  await post(postgres.run, [1, 2, 3, 4])
  expect(await fold()).toBe(1)
  await ask(
    `SELECT ledger_post(
      ARRAY['x'], ARRAY[1::smallint], ARRAY[$1::uuid], ARRAY['KZT'], ARRAY[7], ARRAY['a'], ARRAY['b'])`,
    [ID],
  )
  expect(await fold()).toBe(0)
})

test('what is rolled back is in no running balance', async () => {
  await post(postgres.run, [10])
  const failed = postgres.runInTransaction(async (run) => {
    await post(run, [1_000])
    await run({ name: '', text: 'SELECT 1 / 0' }, [])
  })
  await expect(failed).rejects.toThrow('division by zero')
  await fold()
  expect(await running()).toBe(10n)
})

test('a transaction that commits after later ones were folded is folded then', async () => {
  const reached = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  const slow = postgres.runInTransaction(async (run) => {
    // However long the others take meanwhile.
    await run({ name: '', text: 'SET LOCAL idle_in_transaction_session_timeout = 0' }, [])
    await post(run, [1_000])
    reached.resolve()
    await go.promise
  })
  await reached.promise
  await post(postgres.run, [10])
  await fold()
  expect(await running()).toBe(10n)
  go.resolve()
  await slow
  expect(await running()).toBe(1_010n)
  await fold()
  expect(await running()).toBe(1_010n)
  await expectTruth()
})

test('a fold takes no more than it was told to, and the balance is right all the while', async () => {
  await fold()
  for (let posted = 0; posted < 5; posted += 1) await post(postgres.run, [1])
  expect(await fold(3)).toBe(3)
  expect(await running()).toBe(5n)
  expect(await fold(3)).toBe(2)
  expect(await running()).toBe(5n)
})

test('balances are exact at every instant while seven post and two fold', async () => {
  const posted = new AbortController()
  let seen = 0
  /** Each journal moves as much between the two accounts: in every snapshot they sum to nothing. */
  const other = account.replace('conversion/', 'conversion_result/')
  const poster = async (seed: number) => {
    for (let round = 1; round <= 60; round += 1)
      await postgres.runInTransaction(async (run) => {
        await post(run, [seed * round, -round], other)
        if (round % 3 === 0) await post(run, [7], other)
      })
  }
  const folder = async () => {
    while (!posted.signal.aborted) await fold(50)
  }
  const watcher = async () => {
    const text = 'SELECT sum(balance) AS sum FROM ledger_running_balance WHERE account = ANY ($1)'
    while (!posted.signal.aborted) {
      const [row] = await ask<{ sum: string | null }>(text, [[account, other]])
      expect(Number(row?.sum ?? 0)).toBe(0)
      seen += 1
    }
  }
  const aside = [folder(), folder(), watcher()]
  await Promise.all([1, 2, 3, 4, 5, 6, 7].map(poster))
  posted.abort()
  await Promise.all(aside)
  expect(seen).toBeGreaterThan(0)
  const rounds = 1_830
  expect(await running()).toBe(BigInt((1 + 2 + 3 + 4 + 5 + 6 + 7 - 7) * rounds + 7 * 20 * 7))
  await expectTruth()
})

test('a posting that is of no authorization must be of a conversion', async () => {
  const text = `SELECT ledger_post(
    ARRAY[$1], ARRAY[1::smallint], ARRAY[NULL::uuid], ARRAY['KZT'], ARRAY[7], ARRAY['a'], ARRAY['b'])`
  await expect(ask(text, ['approval/of-nothing'])).rejects.toMatchObject({
    constraint: 'ledger_posting_of_something',
  })
  await expect(ask(text, ['conversion/tv1'])).resolves.toHaveLength(1)
})

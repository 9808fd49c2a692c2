import { createPostgres } from '@tolem/postgres/pool'
import { createTestDatabase } from '@tolem/testing/backends'
import { expect, onTestFinished, test } from 'vitest'

async function openLedger() {
  const database = await createTestDatabase()
  const postgres = createPostgres({
    url: database.url,
    poolSize: 2,
    acquireTimeoutMs: 5_000,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 5_000,
    applicationName: 'ledger-test',
    onFault: () => {},
  })
  onTestFinished(async () => {
    await postgres.close()
    await database.drop()
  })
  return <Row>(text: string, values: readonly unknown[] = []) =>
    postgres.run<Row>({ name: '', text }, values)
}

type Line = {
  readonly journal?: string
  readonly line?: number
  readonly amount?: string
  readonly credit?: string
}

const ID = '019a1b2c-3d4e-7f50-8a6b-7c8d9e0f1a2b'

/** Through the ledger's one way in. */
function post(ask: Awaited<ReturnType<typeof openLedger>>, lines: readonly Line[]) {
  return ask<{ lines: string }>(
    `SELECT ledger_post(
      $1::text[], $2::smallint[], $3::uuid[], $4::text[], $5::numeric[], $6::text[], $7::text[]
    ) AS lines`,
    [
      lines.map(({ journal = 'approval/1' }) => journal),
      lines.map(({ line = 1 }) => line),
      lines.map(() => ID),
      lines.map(() => 'KZT'),
      lines.map(({ amount = '100' }) => amount),
      lines.map(() => 'conversion/bybit/USDT'),
      lines.map(({ credit = 'spread_income' }) => credit),
    ],
  )
}

const LARGEST = '9'.repeat(38)

test('lines are posted together and kept to the last unit', async () => {
  const ask = await openLedger()
  expect(await post(ask, [{}, { line: 2, amount: LARGEST, credit: 'fee_income' }])).toEqual([
    { lines: '2' },
  ])
  expect(await ask('SELECT line, amount FROM ledger_posting ORDER BY line')).toEqual([
    { line: 1, amount: '100' },
    { line: 2, amount: LARGEST },
  ])
})

test('balances sum to nothing in each asset', async () => {
  const ask = await openLedger()
  await post(ask, [{}, { line: 2, amount: '7', credit: 'fee_income' }])
  expect(await ask('SELECT account, balance FROM ledger_balance ORDER BY account')).toEqual([
    { account: 'conversion/bybit/USDT', balance: '107' },
    { account: 'fee_income', balance: '-7' },
    { account: 'spread_income', balance: '-100' },
  ])
  expect(await ask('SELECT sum(balance) AS sum FROM ledger_balance GROUP BY asset')).toEqual([
    { sum: '0' },
  ])
})

test.each([
  'UPDATE ledger_posting SET amount = 1',
  "UPDATE ledger_posting SET credit_account = 'mine'",
  'DELETE FROM ledger_posting',
  'TRUNCATE ledger_posting',
  'TRUNCATE ledger_posting CASCADE',
])('refuses to change what is posted: %s', async (change) => {
  const ask = await openLedger()
  await post(ask, [{}])
  await expect(ask(change)).rejects.toThrow(/append-only/)
  expect(await ask('SELECT amount, credit_account FROM ledger_posting')).toEqual([
    { amount: '100', credit_account: 'spread_income' },
  ])
})

test.each([
  ['the same journal again', {}, 'ledger_posting_pkey'],
  ['an amount of nothing', { line: 2, amount: '0' }, 'ledger_posting_amount_positive'],
  ['a negative amount', { line: 2, amount: '-1' }, 'ledger_posting_amount_positive'],
  [
    'a line from an account to itself',
    { line: 2, credit: 'conversion/bybit/USDT' },
    'ledger_posting_accounts_differ',
  ],
])('refuses %s, and with it every line beside it', async (_name, line, constraint) => {
  const ask = await openLedger()
  await post(ask, [{}])
  await expect(post(ask, [{ journal: 'approval/2' }, line])).rejects.toMatchObject({
    code: 'constraint',
    constraint,
  })
  expect(await ask('SELECT FROM ledger_posting')).toHaveLength(1)
})

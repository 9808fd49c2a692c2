import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { migrate } from '@tolem/postgres/migrate'
import { createTestDatabase } from '@tolem/testing/backends'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'

const MIGRATIONS = resolve(import.meta.dirname, '../../migrations')
const FIRST_RELEASE = '0003'
const BEFORE_REFUNDS_BY_DEBIT = '0012'
const PRESENT = '9999'

/** An empty database, and the way to any release. */
async function openDatabase() {
  const database = await createTestDatabase()
  const client = new Client({ connectionString: database.url })
  const directory = await mkdtemp(join(tmpdir(), 'tolem-migrations-'))
  onTestFinished(async () => {
    await client.end()
    await database.drop()
    await rm(directory, { recursive: true })
  })
  await client.connect()
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
  return {
    ask: async (text: string) => (await client.query<Record<string, unknown>>(text)).rows,
    async migrateTo(last: string) {
      const files = (await readdir(MIGRATIONS)).filter((name) => name.slice(0, 4) <= last)
      for (const name of files) await cp(join(MIGRATIONS, name), join(directory, name))
      return migrate({ url: database.url, directory })
    },
  }
}

const id = (digit: number) => `019a1b2c-3d4e-7f50-8a6b-00000000000${digit}`

const CARD = `
  INSERT INTO card (bank_id, card_token, version, status, expires_on, limits, wallet_link)
  VALUES ('halyk', 'ct_1', 1, 'active', '2030-01', '{}', '{"exchange": "bybit"}');
  INSERT INTO card_usage (bank_id, card_token, card_version, day) VALUES ('halyk', 'ct_1', 1, '2026-11-01')`

const authorization = (digit: number, state: 'accepted' | 'approved') => `
  INSERT INTO "authorization" (
    id, bank_id, card_token, local_date, network_key, type, billing_amount, state, approval_code, received_at,
    usage_day, request_body, quote, response_body
  )
  SELECT
    '${id(digit)}', 'halyk', 'ct_1', '2026-11-01', 'key-${digit}', 'purchase', 10000, '${state}', code, now(),
    '2026-11-01', '{}', '{}', CASE WHEN code IS NOT NULL THEN '{}' END
  FROM (SELECT CASE '${state}' WHEN 'approved' THEN 'A0000${digit}' END AS code) AS given`

type Movement = {
  readonly reference: string
  readonly of: number
  readonly state: string
  readonly debit?: string
  readonly amount?: number
}
const movement = ({ reference, of, state, debit, amount = 200 }: Movement) => `
  INSERT INTO movement (
    reference, authorization_id, kind, debit_reference, bank_id, card_token, exchange_id, rail, wallet, asset, amount,
    state, created_at, valid_until, next_step_at
  )
  VALUES (
    '${reference}', '${id(of)}', '${debit ? 'credit' : 'debit'}', ${debit ? `'${debit}'` : 'NULL'}, 'halyk', 'ct_1',
    'bybit', 'bybit-pay', '{}', 'USDT', ${amount}, '${state}', now(), now(), now()
  )`

type Line = readonly [asset: string, amount: number, debit: string, credit: string]
const journal = (name: string, of: number, lines: readonly Line[]) => {
  const column = (index: number, type: string) =>
    `ARRAY[${lines.map((line) => `'${line[index]}'`).join(', ')}]::${type}[]`
  return `
    SELECT ledger_post(
      array_fill('${name}'::text, ARRAY[${lines.length}]),
      ARRAY[${lines.map((_, at) => at + 1).join(', ')}]::smallint[],
      array_fill('${id(of)}'::uuid, ARRAY[${lines.length}]), ${column(0, 'text')}, ${column(1, 'numeric')},
      ${column(2, 'text')}, ${column(3, 'text')}
    )`
}
const approval = (reference: string, of: number) =>
  journal(`approval/${reference}`, of, [
    ['USDT', 200, 'programme_settlement/bybit/USDT', 'cardholder_wallet/halyk/ct_1/bybit/USDT'],
    ['KZT', 10_000, 'conversion/bybit/USDT', 'held_for_authorizations/halyk'],
    ['KZT', 100, 'conversion/bybit/USDT', 'fee_income'],
  ])

const RUNNING = `
  SELECT account, asset, balance::int AS balance FROM ledger_running_balance WHERE balance <> 0 ORDER BY account`

test('what the first release recorded goes on in the present one', async () => {
  const { ask, migrateTo } = await openDatabase()
  await migrateTo(FIRST_RELEASE)
  await ask(CARD)
  await ask(authorization(1, 'approved'))
  await ask(movement({ reference: 'tmd011', of: 1, state: 'executed' }))
  await ask(approval('tmd011', 1))
  await ask(authorization(2, 'approved'))
  await ask(movement({ reference: 'tmd012', of: 2, state: 'executed' }))
  await ask(approval('tmd012', 2))
  await ask(movement({ reference: 'tmc012', of: 2, state: 'intended', debit: 'tmd012' }))
  await ask(
    `UPDATE "authorization" SET reversal_id = '019a1b2c-3d4e-7f50-8a6b-000000000009' WHERE id = '${id(2)}'`,
  )
  await ask(authorization(3, 'accepted'))
  await ask(movement({ reference: 'tmd013', of: 3, state: 'intended' }))

  await migrateTo(PRESENT)
  const debits = `
    SELECT reference, state, billing::int AS billing, released::int AS released, credited::int AS credited,
      refunded::int AS refunded
    FROM movement WHERE kind = 'debit' ORDER BY reference`
  const executed = { state: 'executed', billing: 10_000, refunded: 0 }
  expect(await ask(debits)).toEqual([
    { reference: 'tmd011', ...executed, released: 0, credited: 0 },
    { reference: 'tmd012', ...executed, released: 10_000, credited: 200 },
    {
      reference: 'tmd013',
      state: 'intended',
      billing: null,
      released: 0,
      credited: 0,
      refunded: 0,
    },
  ])
  // Wallets that were linked before are older than any mandate.
  expect(await ask('SELECT wallet_linked_at FROM card')).toEqual([{ wallet_linked_at: null }])
  // What was reversed and not credited yet is not ours to sell: its tenge are posted back, its crypto is owed.
  const folded = [
    { account: 'conversion/bybit/USDT', asset: 'KZT', balance: 10_100 },
    { account: 'programme_settlement/bybit/USDT', asset: 'USDT', balance: 400 },
  ]
  expect(await ask(RUNNING)).toEqual(folded)
  expect(await ask('SELECT * FROM movement_credits_owed()')).toEqual([
    { exchange_id: 'bybit', asset: 'USDT', amount: '200' },
  ])
  await ask(approval('tmd013', 3))
  await ask('SELECT ledger_fold(1)')
  expect(await ask(RUNNING)).toEqual([
    { ...folded[0], balance: 20_200 },
    { ...folded[1], balance: 600 },
  ])
})

test('what was refunded before is spread over its debits from the first one on', async () => {
  const { ask, migrateTo } = await openDatabase()
  await migrateTo(FIRST_RELEASE)
  await ask(CARD)
  for (const of of [1, 2]) {
    await ask(authorization(of, 'approved'))
    await ask(movement({ reference: `tmd01${of}`, of, state: 'executed' }))
    await ask(approval(`tmd01${of}`, of))
    await ask(movement({ reference: `tmd02${of}`, of, state: 'executed', amount: 100 }))
  }
  await migrateTo(BEFORE_REFUNDS_BY_DEBIT)
  await ask(
    `UPDATE movement SET billing = 5000, purpose = 'collection' WHERE reference LIKE 'tmd02_'`,
  )
  await ask(`UPDATE "authorization" SET approved_amount = 15000, cleared_amount = 15000`)
  await ask(`UPDATE "authorization" SET refunded_amount = 12000 WHERE id = '${id(1)}'`)
  await migrateTo(PRESENT)
  const refunded = 'SELECT reference, refunded::int AS refunded FROM movement ORDER BY reference'
  expect(await ask(refunded)).toEqual([
    { reference: 'tmd011', refunded: 10_000 },
    { reference: 'tmd012', refunded: 0 },
    { reference: 'tmd021', refunded: 2_000 },
    { reference: 'tmd022', refunded: 0 },
  ])
})

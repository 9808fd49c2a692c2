import { randomUUID } from 'node:crypto'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import { createPostgres } from '@tolem/postgres/pool'
import { createTestDatabase } from '@tolem/testing/backends'
import { afterAll, expect, test } from 'vitest'
import { createMovements } from './movements.ts'

const database = await createTestDatabase()
const postgres = createPostgres({
  url: database.url,
  poolSize: 4,
  acquireTimeoutMs: 5_000,
  statementTimeoutMs: 5_000,
  lockTimeoutMs: 2_000,
  applicationName: 'movements-test',
  onFault: () => {},
})
const movements = createMovements(postgres)

afterAll(async () => {
  await postgres.close()
  await database.drop()
})

const BYBIT = { exchange: 'bybit' as ExchangeId, rail: 'bybit-pay' } as const

const run = <Row>(text: string, values: readonly unknown[]) =>
  postgres.run<Row>({ name: '', text }, values)

/** A debit that is due in an hour. */
async function aDebit(state: 'intended' | 'in_doubt' | 'executed'): Promise<MovementReference> {
  const id = randomUUID()
  await run(
    `INSERT INTO "authorization" (
       id, bank_id, card_token, local_date, network_key, type, billing_amount, state, received_at, request_body
     )
     VALUES ($1, 'halyk', 'ct_1', '2026-01-01', $1::uuid::text, 'purchase', 150000, 'accepted', now(), '{}')`,
    [id],
  )
  await run(
    `INSERT INTO movement (
       reference, authorization_id, kind, purpose, bank_id, card_token, exchange_id, rail, wallet, asset, amount, state,
       exchange_reference, created_at, valid_until, next_step_at
     )
     VALUES ('tmd01' || $1::uuid, $1, 'debit', 'authorization', 'halyk', 'ct_1', 'bybit', 'bybit-pay', '{}', 'USDT', 3,
       $2::text, CASE WHEN $2::text = 'executed' THEN 'x' END, now(), now(), now() + interval '1 hour')`,
    [id, state],
  )
  return `tmd01${id}` as MovementReference
}

async function isDue(reference: MovementReference): Promise<boolean | undefined> {
  const text = 'SELECT next_step_at <= now() AS due FROM movement WHERE reference = $1'
  const [row] = await run<{ readonly due: boolean }>(text, [reference])
  return row?.due
}

test('a hint makes a debit in doubt due at once, and tells settlement', async () => {
  const heard = Promise.withResolvers<string>()
  const listener = await postgres.listen('movement_due', heard.resolve, () => {})
  const reference = await aDebit('in_doubt')
  expect(await isDue(reference)).toBe(false)
  await movements.hasten({ ...BYBIT, reference })
  expect(await isDue(reference)).toBe(true)
  await heard.promise
  await listener.close()
})

test('a hint never takes a debit from the authorizer that may be about to approve by it', async () => {
  for (const state of ['intended', 'executed'] as const) {
    const reference = await aDebit(state)
    await movements.hasten({ ...BYBIT, reference })
    expect(await isDue(reference)).toBe(false)
  }
})

test('a hint in another exchange’s name changes nothing', async () => {
  const reference = await aDebit('in_doubt')
  await movements.hasten({ exchange: 'binance' as ExchangeId, rail: 'binance-pay', reference })
  await movements.hasten({ ...BYBIT, rail: 'bybit-subaccount', reference })
  expect(await isDue(reference)).toBe(false)
})

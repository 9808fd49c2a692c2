import { randomUUID } from 'node:crypto'
import type { ExchangeId } from '@tolem/domain/ids'
import { createPostgres } from '@tolem/postgres/pool'
import { createTestDatabase } from '@tolem/testing/backends'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { type ClaimedCredit, type ClaimedDebit, createMovements } from './movements.ts'

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

const BYBIT = { exchange: 'bybit' as ExchangeId, rail: 'bybit-pay', freeSlots: 10 } as const
const BINANCE = {
  exchange: 'binance' as ExchangeId,
  rail: 'binance-subaccount',
  freeSlots: 10,
} as const
const LEASE_MS = 60_000
const EXECUTION = {
  exchangeReference: 'x-1',
  walletAccount: 'cardholder_wallet/halyk/ct_1/bybit/USDT',
  programmeAccount: 'programme_settlement/bybit/USDT',
} as const
const LIMITS = { ageMs: 900_000, attempts: 40 } as const

/** Any statement, for arranging rows and for looking at them. */
async function sql<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
  return postgres.run<Row>({ name: '', text }, values)
}

beforeEach(async () => {
  await sql("UPDATE movement SET state = 'refused' WHERE state IN ('intended', 'in_doubt')")
})

type Seed = {
  readonly kind: 'debit' | 'credit'
  readonly state: 'intended' | 'in_doubt'
  readonly authorization: 'accepted' | 'approved' | 'declined'
  readonly exchange: string
  readonly rail: string
  readonly dueInMs: number
}

/** An authorization with one movement of 3 USDT, as ACCEPT, CONCLUDE or a reversal leaves them. */
async function aMovement(seed: Partial<Seed> = {}) {
  const { kind, state, authorization, exchange, rail, dueInMs } = {
    kind: 'debit',
    state: 'intended',
    authorization: 'accepted',
    exchange: 'bybit',
    rail: 'bybit-pay',
    dueInMs: -1,
    ...seed,
  }
  const id = randomUUID()
  const debitReference = `tmd01${id}`
  const reference = kind === 'debit' ? debitReference : `tmc01${id}`
  await sql(
    `INSERT INTO "authorization" (
       id, bank_id, card_token, local_date, network_key, type, billing_amount, state, decline_reason, approval_code,
       received_at, request_body, response_body, approved_amount
     )
     VALUES ($1, 'halyk', 'ct_1', '2026-01-01', $1::uuid::text, 'purchase', 150000, $2::text, $3, $4, now(), '{}', $5,
       CASE WHEN $2::text = 'approved' THEN 150000 END)`,
    [
      id,
      authorization,
      authorization === 'declined' ? 'exchange_in_doubt' : null,
      authorization === 'approved' ? 'A00001' : null,
      authorization === 'accepted' ? null : '{}',
    ],
  )
  await sql(
    `INSERT INTO movement (
       reference, authorization_id, kind, purpose, debit_reference, bank_id, card_token, exchange_id, rail, wallet,
       asset, amount,
       state, created_at, valid_until, next_step_at
     )
     VALUES ($1, $2, $3::text, CASE $3::text WHEN 'debit' THEN 'authorization' ELSE 'undo' END,
       $4, 'halyk', 'ct_1', $5, $6, '{}', 'USDT', 300000000, $7, now(), now(),
       now() + $8 * interval '1 ms')`,
    [
      reference,
      id,
      kind,
      kind === 'credit' ? debitReference : null,
      exchange,
      rail,
      state,
      dueInMs,
    ],
  )
  return { id, reference, debitReference }
}

async function claimOne(): Promise<ClaimedDebit | ClaimedCredit> {
  const [claimed] = await movements.claim([BYBIT], LEASE_MS)
  if (!claimed) throw new Error('nothing was due')
  return claimed
}

async function claimDebit(): Promise<ClaimedDebit> {
  const claimed = await claimOne()
  if (claimed.kind !== 'debit') throw new Error('not a debit')
  return claimed
}

async function claimCredit(): Promise<ClaimedCredit> {
  const claimed = await claimOne()
  if (claimed.kind !== 'credit') throw new Error('not a credit')
  return claimed
}

/** Everything that settlement may change about one authorization. */
async function everythingOf(id: string) {
  const [authorization] = await sql<{ state: string; decline_reason: string | null }>(
    'SELECT state, decline_reason FROM "authorization" WHERE id = $1',
    [id],
  )
  return {
    authorization,
    movements: await sql(
      `SELECT kind, reference, debit_reference, state, amount
       FROM movement WHERE authorization_id = $1 ORDER BY kind DESC`,
      [id],
    ),
    postings: await sql(
      `SELECT journal_id, line, asset, amount, debit_account, credit_account
       FROM ledger_posting WHERE authorization_id = $1 ORDER BY journal_id, line`,
      [id],
    ),
    events: (
      await sql<{ kind: string }>(
        'SELECT kind FROM authorization_event WHERE authorization_id = $1 ORDER BY sequence',
        [id],
      )
    ).map(({ kind }) => kind),
  }
}

test('a due movement is lent to one instance only, and not before it is due', async () => {
  const { reference } = await aMovement()
  await aMovement({ dueInMs: 60_000 })
  const claims = await Promise.all([1, 2, 3, 4].map(() => movements.claim([BYBIT], LEASE_MS)))
  expect(
    claims.flat().map(({ order, epoch, attempts }) => [order.reference, epoch, attempts]),
  ).toEqual([[reference, 1, 1]])
})

test('each rail gives no more than it has free slots, and a rail without any gives nothing', async () => {
  for (const _ of [1, 2, 3]) await aMovement()
  for (const _ of [1, 2]) await aMovement({ exchange: 'binance', rail: 'binance-subaccount' })
  const claimed = await movements.claim([{ ...BYBIT, freeSlots: 2 }, BINANCE], LEASE_MS)
  expect(claimed.map(({ exchange }) => exchange).toSorted()).toEqual([
    'binance',
    'binance',
    'bybit',
    'bybit',
  ])
  expect(await movements.claim([{ ...BYBIT, freeSlots: 0 }], LEASE_MS)).toEqual([])
})

test('a movement whose lease has ended is lent again under a new epoch', async () => {
  await aMovement()
  expect(await movements.claim([BYBIT], 0)).toMatchObject([{ epoch: 1 }])
  expect(await movements.claim([BYBIT], 0)).toMatchObject([{ epoch: 2, attempts: 2 }])
})

test.each(['accepted', 'declined'] as const)(
  'an executed debit of an authorization that is %s ends declined, posted and with its credit intended',
  async (authorization) => {
    const { id, reference } = await aMovement({ authorization })
    const debit = await claimDebit()
    expect(await movements.executeDebit(debit, EXECUTION)).toEqual({ kind: 'recorded' })
    const amount = '300000000'
    expect(await everythingOf(id)).toEqual({
      authorization: { state: 'declined', decline_reason: 'exchange_in_doubt' },
      movements: [
        { kind: 'debit', reference, debit_reference: null, state: 'executed', amount },
        {
          kind: 'credit',
          reference: reference.replace('tmd', 'tmc'),
          debit_reference: reference,
          state: 'intended',
          amount,
        },
      ],
      postings: [
        {
          journal_id: `late_debit/${reference}`,
          line: 1,
          asset: 'USDT',
          amount,
          debit_account: EXECUTION.programmeAccount,
          credit_account: EXECUTION.walletAccount,
        },
      ],
      events: [...(authorization === 'accepted' ? ['declined'] : []), 'debit_executed_late'],
    })
    expect(await movements.executeDebit(debit, EXECUTION)).toEqual({ kind: 'claim_lost' })
  },
)

test('a decline gives back to the card what the authorization had counted', async () => {
  const { id } = await aMovement()
  await sql(
    `INSERT INTO card (bank_id, card_token, version, status, expires_on, limits)
     VALUES ('halyk', 'ct_1', 1, 'active', '2030-01', '{}')`,
  )
  await sql(
    `INSERT INTO card_usage (bank_id, card_token, card_version, day, day_amount, day_count, month_amount)
     VALUES ('halyk', 'ct_1', 1, '2026-01-01', 200000, 2, 200000)`,
  )
  await sql('UPDATE "authorization" SET usage_day = $2 WHERE id = $1', [id, '2026-01-01'])
  await movements.refuseDebit(await claimDebit(), 'not found')
  expect(await sql('SELECT day_amount, day_count, month_amount FROM card_usage')).toEqual([
    { day_amount: '50000', day_count: 1, month_amount: '50000' },
  ])
})

test('a refused debit declines its authorization and moves nothing', async () => {
  const { id, reference } = await aMovement()
  expect(await movements.refuseDebit(await claimDebit(), 'not found')).toEqual({ kind: 'recorded' })
  expect(await everythingOf(id)).toMatchObject({
    authorization: { state: 'declined' },
    movements: [{ reference, state: 'refused' }],
    postings: [],
    events: ['declined', 'debit_refused'],
  })
})

test('a debit that CONCLUDE approved first stays as CONCLUDE left it', async () => {
  const { id, reference } = await aMovement()
  const debit = await claimDebit()
  await sql(
    `UPDATE "authorization" SET state = 'approved', approval_code = 'A00001', response_body = '{}',
       approved_amount = 150000 WHERE id = $1`,
    [id],
  )
  await sql("UPDATE movement SET state = 'executed' WHERE reference = $1", [reference])
  const before = await everythingOf(id)
  const put = {
    state: 'in_doubt',
    delayMs: 0,
    detail: '',
    escalate: false,
    limits: LIMITS,
  } as const
  expect(await movements.executeDebit(debit, EXECUTION)).toEqual({ kind: 'claim_lost' })
  expect(await movements.refuseDebit(debit, '')).toEqual({ kind: 'claim_lost' })
  expect(await movements.defer(debit, put)).toEqual({ kind: 'claim_lost' })
  expect(await everythingOf(id)).toEqual(before)
})

test('a debit that stays in doubt declines its authorization and is due again after the delay', async () => {
  const { id } = await aMovement()
  const debit = await claimDebit()
  const put = { state: 'in_doubt', delayMs: 0, detail: 'HTTP 502', escalate: false, limits: LIMITS }
  expect(await movements.defer(debit, { ...put, state: 'in_doubt' })).toEqual({
    kind: 'deferred',
    newlyEscalated: false,
  })
  expect(await everythingOf(id)).toMatchObject({
    authorization: { state: 'declined', decline_reason: 'exchange_in_doubt' },
    movements: [{ state: 'in_doubt' }],
    events: ['declined'],
  })
  expect(await claimDebit()).toMatchObject({ state: 'in_doubt', attempts: 2 })
})

test.each([
  ['it is asked to', { escalate: true, limits: LIMITS }],
  ['it has been tried often enough', { escalate: false, limits: { ...LIMITS, attempts: 1 } }],
  ['it is old enough', { escalate: false, limits: { ...LIMITS, ageMs: 0 } }],
])('a movement is escalated when %s, once', async (_why, how) => {
  const { id } = await aMovement({ authorization: 'declined', state: 'in_doubt' })
  const put = { state: 'in_doubt', delayMs: 0, detail: 'unlike', ...how } as const
  expect(await movements.defer(await claimDebit(), put)).toMatchObject({ newlyEscalated: true })
  expect(await movements.defer(await claimDebit(), put)).toMatchObject({ newlyEscalated: false })
  expect((await everythingOf(id)).events).toEqual(['movement_escalated'])
  expect(await movements.summarize()).toMatchObject([
    { exchange: 'bybit', kind: 'debit', count: 1, escalated: 1 },
  ])
})

test('a credit counts as possibly sent from before it is sent, and only its claimant may send it', async () => {
  await aMovement({ kind: 'credit', authorization: 'declined' })
  const [early] = await movements.claim([BYBIT], 0)
  const credit = await claimCredit()
  expect(early).toMatchObject({ state: 'intended', epoch: 1 })
  expect(await movements.sendCredit(early as ClaimedCredit, 5_000, 0)).toEqual({
    kind: 'claim_lost',
  })
  expect(await movements.sendCredit(credit, 5_000, 0)).toEqual({ kind: 'recorded' })
  const again = await claimCredit()
  expect(again).toMatchObject({ state: 'in_doubt', epoch: 3 })
  expect(again.validUntil - again.claimedAt).toBeGreaterThan(4_000)
})

test('a credit is lent with what the exchange called its debit, as far as that was told', async () => {
  await aMovement({ authorization: 'declined' })
  await movements.executeDebit(await claimDebit(), EXECUTION)
  const { debitExchangeReference } = (await claimCredit()).order
  expect(debitExchangeReference).toBe(EXECUTION.exchangeReference)
  await aMovement({ kind: 'credit', authorization: 'declined' })
  expect((await claimCredit()).order).not.toHaveProperty('debitExchangeReference')
})

test('a credit of a declined authorization posts the crypto alone', async () => {
  const { id, reference } = await aMovement({ kind: 'credit', authorization: 'declined' })
  const credit = await claimCredit()
  expect(await movements.executeCredit(credit, EXECUTION)).toEqual({ kind: 'recorded' })
  expect(await everythingOf(id)).toMatchObject({
    movements: [{ reference, state: 'executed' }],
    postings: [
      {
        journal_id: `credit/${reference}`,
        asset: 'USDT',
        debit_account: EXECUTION.walletAccount,
        credit_account: EXECUTION.programmeAccount,
      },
    ],
    events: ['credited'],
  })
  expect(await movements.executeCredit(credit, EXECUTION)).toEqual({ kind: 'claim_lost' })
})

test('a credit of an approved authorization posts its crypto alone, not the tenge of its release', async () => {
  const { id, debitReference } = await aMovement({ kind: 'credit', authorization: 'approved' })
  await sql(
    `SELECT ledger_post(
       array_fill('approval/' || $2::text, ARRAY[2]), ARRAY[1, 2]::smallint[], array_fill($1::uuid, ARRAY[2]),
       ARRAY['USDT', 'KZT'], ARRAY[300000000, 150000]::numeric[], ARRAY[$3::text, 'conversion/bybit/USDT'],
       ARRAY[$4::text, 'held_for_authorizations/halyk']
     )`,
    [id, debitReference, EXECUTION.programmeAccount, EXECUTION.walletAccount],
  )
  await movements.executeCredit(await claimCredit(), EXECUTION)
  const posted = await sql(
    "SELECT * FROM ledger_posting WHERE authorization_id = $1 AND journal_id LIKE 'credit/%'",
    [id],
  )
  expect(posted).toMatchObject([{ asset: 'USDT', debit_account: EXECUTION.walletAccount }])
})

test.each(['debit', 'credit'] as const)(
  'whoever held a %s under an earlier epoch writes nothing, open as it still is',
  async (kind) => {
    const { id } = await aMovement({ kind, authorization: 'declined', state: 'in_doubt' })
    const [early] = await movements.claim([BYBIT], 0)
    await claimOne()
    const before = await everythingOf(id)
    const writes =
      early?.kind === 'debit'
        ? [movements.executeDebit(early, EXECUTION), movements.refuseDebit(early, '')]
        : [
            movements.executeCredit(early as ClaimedCredit, EXECUTION),
            movements.sendCredit(early as ClaimedCredit, 5_000, 0),
          ]
    const put = {
      state: 'in_doubt',
      delayMs: 0,
      detail: '',
      escalate: true,
      limits: LIMITS,
    } as const
    const lost = { kind: 'claim_lost' }
    expect(await Promise.all(writes)).toEqual([lost, lost])
    expect(await movements.defer(early as ClaimedDebit, put)).toEqual(lost)
    expect(await everythingOf(id)).toEqual(before)
  },
)

test('an open debit of an approved authorization is never credited, whatever left it open', async () => {
  const { id } = await aMovement({ authorization: 'approved', state: 'in_doubt' })
  const debit = await claimDebit()
  const before = await everythingOf(id)
  expect(await movements.executeDebit(debit, EXECUTION)).toEqual({ kind: 'claim_lost' })
  expect(await movements.refuseDebit(debit, '')).toEqual({ kind: 'claim_lost' })
  expect(await everythingOf(id)).toEqual(before)
})

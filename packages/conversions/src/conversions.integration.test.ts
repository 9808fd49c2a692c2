import { randomUUID } from 'node:crypto'
import type { ConversionId } from '@tolem/domain/conversion'
import type { ExchangeId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { createPostgres, type Postgres } from '@tolem/postgres/pool'
import { createTestDatabase, type TestDatabase } from '@tolem/testing/backends'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Conversions, createConversions } from './conversions.ts'
import type { ClaimedConversion, ConversionPosting, Holding, OpenPosition } from './order.ts'

let database: TestDatabase
let postgres: Postgres
let conversions: Conversions

beforeAll(async () => {
  database = await createTestDatabase()
  postgres = createPostgres({
    url: database.url,
    poolSize: 8,
    acquireTimeoutMs: 5_000,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 5_000,
    applicationName: 'conversions-test',
    onFault: () => {},
  })
  conversions = createConversions(postgres)
})

afterAll(async () => {
  await postgres.close()
  await database.drop()
})

const ask = <Row>(text: string, values: readonly unknown[] = []) =>
  postgres.run<Row>({ name: '', text }, values)

let holding: Holding
beforeEach(async () => {
  const exchange = `exchange-${randomUUID()}` as ExchangeId
  const cryptoAccount = `programme_settlement/${exchange}/USDT`
  const worthAccount = `conversion/${exchange}/USDT`
  holding = { exchange, asset: 'USDT', cryptoAccount, worthAccount }
  await ask(
    `SELECT ledger_post(
      ARRAY[$1, $1], ARRAY[1, 2]::smallint[], ARRAY[$2, $2]::uuid[], ARRAY['USDT', 'KZT'], ARRAY[1000, 470],
      ARRAY[$3, $4], ARRAY['wallet', 'held'])`,
    [`approval/${exchange}`, randomUUID(), cryptoAccount, worthAccount],
  )
})

async function look(): Promise<OpenPosition> {
  const [position] = await conversions.positions([holding])
  return position ?? expect.unreachable()
}

const LEASE_MS = 60_000
const TICKET = { text: 'ticket-1', expiresAt: Date.UTC(2030, 0, 1) }
const FILL = {
  exchangeReference: 'x',
  amount: amountOf('USDT', 1_000n),
  worth: amountOf('KZT', 469n),
  fees: [{ asset: 'other', name: 'BNB', text: '0.001' }],
} as const

const tryToIntend = (position: OpenPosition) =>
  conversions.intend(position, {
    id: `cnv_${randomUUID()}` as ConversionId,
    side: 'sell',
    money: 'KZT',
    amount: amountOf('USDT', position.position),
    book: position.book,
    leaseMs: LEASE_MS,
  })

async function intend(): Promise<ClaimedConversion> {
  return (await tryToIntend(await look())) ?? expect.unreachable()
}

async function sent(): Promise<ClaimedConversion> {
  const conversion = await intend()
  const sending = { ticket: TICKET, validMs: 1_000, leaseMs: LEASE_MS }
  expect(await conversions.send(conversion, sending)).toEqual({ kind: 'recorded' })
  return conversion
}

function postingsOf({ order }: ClaimedConversion): readonly ConversionPosting[] {
  const journalId = `conversion/${order.reference}`
  const creditAccount = holding.cryptoAccount
  const debitAccount = 'market'
  return [{ journalId, line: 1, asset: 'USDT', amount: 1_000n, debitAccount, creditAccount }]
}

/** As if the lease had ended and another instance had taken the order over. */
async function takeOver(): Promise<ClaimedConversion> {
  await ask('UPDATE conversion_order SET next_step_at = now() WHERE exchange_id = $1', [
    holding.exchange,
  ])
  const [claimed] = await conversions.claim([holding.exchange], LEASE_MS)
  return claimed ?? expect.unreachable()
}

const CLAIM_LOST = { kind: 'claim_lost' }

test('a position is what the ledger holds of an asset, with its worth', async () => {
  expect(await look()).toMatchObject({
    position: 1_000n,
    book: 470n,
    ordinal: 0n,
    isBusy: false,
    refusals: 0,
  })
})

test('of many who intend an order on one position, one does', async () => {
  const position = await look()
  const intended = await Promise.all(Array.from({ length: 8 }, () => tryToIntend(position)))
  expect(intended.filter((one) => one !== undefined)).toHaveLength(1)
  expect(await look()).toMatchObject({ isBusy: true, ordinal: 1n })
})

test('who saw a position before another sold it intends nothing, even after that order is finished', async () => {
  const seen = await look()
  const conversion = await sent()
  await conversions.fill(conversion, FILL, postingsOf(conversion))
  expect(await look()).toMatchObject({ position: 0n, isBusy: false, ordinal: 1n })
  expect(await tryToIntend(seen)).toBeUndefined()
})

test('a fill is recorded once, with its journals, whoever brings it', async () => {
  const first = await sent()
  const second = await takeOver()
  expect(second).toMatchObject({
    id: first.id,
    order: first.order,
    state: 'sent',
    sent: { ticket: TICKET, sendings: 1 },
    attempts: 2,
  })
  expect(await conversions.fill(first, FILL, postingsOf(first))).toEqual(CLAIM_LOST)
  expect((await look()).position).toBe(1_000n)
  expect(await conversions.fill(second, FILL, postingsOf(second))).toEqual({ kind: 'recorded' })
  expect(await conversions.fill(second, FILL, postingsOf(second))).toEqual(CLAIM_LOST)
  expect((await look()).position).toBe(0n)
  const kept = await ask(
    'SELECT worth, fees, authorization_id FROM conversion_order JOIN ledger_posting ON journal_id = $1 WHERE id = $2',
    [`conversion/${first.order.reference}`, first.id.slice(4)],
  )
  expect(kept).toMatchObject([
    {
      worth: '469',
      fees: [{ asset: 'other', name: 'BNB', text: '0.001' }],
      authorization_id: null,
    },
  ])
})

test('a fill whose journal cannot be posted leaves the order as it was', async () => {
  const conversion = await sent()
  const [posting] = postingsOf(conversion)
  const broken = [{ ...(posting ?? expect.unreachable()), amount: 0n }]
  await expect(conversions.fill(conversion, FILL, broken)).rejects.toMatchObject({
    constraint: 'ledger_posting_amount_positive',
  })
  expect((await look()).isBusy).toBe(true)
  expect(await conversions.fill(conversion, FILL, postingsOf(conversion))).toEqual({
    kind: 'recorded',
  })
})

test('nothing is written under a claim that was lost', async () => {
  const first = await sent()
  await takeOver()
  const sending = { ticket: TICKET, validMs: 1_000, leaseMs: LEASE_MS }
  expect(await conversions.send(first, sending)).toEqual(CLAIM_LOST)
  expect(await conversions.refuse(first, 'exchange_refused', '')).toEqual(CLAIM_LOST)
  const deferral = { state: 'in_doubt', delayMs: 0, detail: '', escalate: true } as const
  expect(await conversions.defer(first, { ...deferral, longestAgeMs: 0 })).toEqual(CLAIM_LOST)
})

test('a ticket that was sent is never replaced by another', async () => {
  const conversion = await sent()
  const other = { ticket: { text: 'ticket-2' }, validMs: 1_000, leaseMs: LEASE_MS }
  expect(await conversions.send(conversion, other)).toEqual(CLAIM_LOST)
})

test('refusals are counted until an order is filled', async () => {
  for (const refusals of [1, 2]) {
    const conversion = await intend()
    expect(await conversions.refuse(conversion, 'below_minimum', '')).toEqual({
      kind: 'recorded',
      refusals,
    })
    expect(await look()).toMatchObject({ refusals, refusal: 'below_minimum' })
  }
  const conversion = await sent()
  await conversions.fill(conversion, FILL, postingsOf(conversion))
  expect((await look()).refusals).toBe(0)
})

test('an order is escalated once, when it is asked to or too old', async () => {
  const conversion = await sent()
  const deferral = { state: 'in_doubt', delayMs: 0, detail: 'no answer', escalate: false } as const
  const defer = (longestAgeMs: number) =>
    conversions.defer(conversion, { ...deferral, longestAgeMs })
  expect(await defer(3_600_000)).toEqual({ kind: 'deferred', newlyEscalated: false })
  expect(await defer(0)).toEqual({ kind: 'deferred', newlyEscalated: true })
  expect(await defer(0)).toEqual({ kind: 'deferred', newlyEscalated: false })
  const shown = await conversions.summarize()
  expect(shown.find(({ exchange }) => exchange === holding.exchange)).toMatchObject({
    asset: 'USDT',
    state: 'in_doubt',
    isEscalated: true,
  })
})

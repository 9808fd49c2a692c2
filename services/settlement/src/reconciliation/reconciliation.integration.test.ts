import { randomUUID } from 'node:crypto'
import { createReconciliation, type Reconciliation } from '@tolem/authorizations/reconciliation'
import { createReconciliationSurvey } from '@tolem/authorizations/reconciliation-survey'
import { createReturns } from '@tolem/authorizations/returns'
import { type AuthorizationId, type MovementReference, movementReference } from '@tolem/domain/ids'
import type { DebitOrder } from '@tolem/domain/movement'
import { amountOf } from '@tolem/money/amount'
import { createLogger } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import { createTestDatabase } from '@tolem/testing/backends'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { createMeters } from '../meters.ts'
import { backdate, emptyBooks, takenFrom } from '../testing/exchange-books.ts'
import { giveBack } from '../testing/give-back.ts'
import { listOf } from '../testing/listed-exchange.ts'
import type { ScriptedExchange } from '../testing/scripted-exchange.ts'
import { createWorld, FINAL_AFTER_MS, openPostgres } from '../testing/world.ts'
import { unmatched } from './compare.ts'
import { judge } from './judge.ts'
import { createReconciliationMeters } from './meters.ts'
import { reconcileRail } from './reconciler.ts'

const database = await createTestDatabase()
const postgres = openPostgres(database.url)
const world = createWorld(postgres)
const { bybit, binance } = world
/** Binance's names tell our references, Bybit's (as at its sub-accounts) do not. */
const lists = { binance: listOf(binance, true), bybit: listOf(bybit, false) }
const reconciliation = createReconciliation(postgres)
const returns = createReturns(postgres)
const logger = createLogger({ service: 'settlement', level: 'silent' })

afterAll(async () => {
  await postgres.close()
  await database.drop()
})

beforeEach(async () => {
  // Each test has books of its own: what others left is of last year, here and at the exchanges.
  for (const table of ['movement', 'unmatched_credit'])
    await sql(
      `UPDATE ${table} SET created_at = created_at - interval '1 year', valid_until = valid_until - interval '1 year'`,
    )
  await sql('DELETE FROM reconciliation_finding')
  for (const rail of [bybit, binance]) {
    emptyBooks(rail)
    await reconciliation.begin({ exchange: rail.exchange, rail: rail.rail })
  }
  await sql(
    `UPDATE reconciliation_watermark SET since = now() - interval '1 hour', read_to = now() - interval '1 hour'`,
  )
})

async function sql<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
  return postgres.run<Row>({ name: '', text }, values)
}

const MARGIN_MS = FINAL_AFTER_MS

type Instance = Parameters<typeof reconcileRail>[0]

function anInstance(change: Partial<Instance> = {}): Instance {
  const metrics = createMetrics('settlement')
  return {
    reconciliation,
    rails: [bybit, binance],
    historyOf: ({ exchange }) => (exchange === bybit.exchange ? lists.bybit : lists.binance),
    meters: createReconciliationMeters(metrics),
    settlementMeters: createMeters(metrics),
    logger,
    intervalMs: 0,
    marginMs: MARGIN_MS,
    overlapMs: 60_000,
    onReturns: () => undefined,
    lookUpsPerSecondOf: () => 1_000,
    wait: () => Promise.resolve(true),
    ...change,
  }
}

/** Passes until what the first one found is old enough to be judged, and some more. */
async function reconcile(rail: ScriptedExchange, deps = anInstance()): Promise<void> {
  const oldEnoughAt = Date.now() + 4 * MARGIN_MS
  let further = 3
  while (Date.now() < oldEnoughAt || further > 0) {
    if (Date.now() >= oldEnoughAt) further -= 1
    await reconcileRail(deps, rail)
    await giveBack(returns, rail)
  }
}

/** A debit of which no record was ever written, or whose record was lost. */
function anOrphan(exchange: ScriptedExchange): DebitOrder {
  const id = `aut_${randomUUID()}` as AuthorizationId
  const { exchange: name, rail } = exchange
  const wallet = { exchange: name, rail, walletId: `wallet-${id}`, assets: ['USDT'] } as const
  const amount = amountOf('USDT', 1_000n)
  const order = {
    reference: movementReference(id, 'debit', 1),
    wallet,
    asset: 'USDT',
    amount,
  } as const
  exchange.bookDebit(order)
  return order
}

type Found = { readonly kind: string; readonly closed_as: string | null }
const findings = () =>
  sql<Found>('SELECT kind, closed_as FROM reconciliation_finding ORDER BY kind, name, nth')

/** What the ledger says that a wallet is short of, with its card or without a record. */
async function bookedOf(walletId: string): Promise<bigint> {
  const [row] = await sql<{ booked: string }>(
    `SELECT coalesce(sum(-balance), 0)::text AS booked FROM ledger_balance
    WHERE account LIKE 'unmatched/%/' || $1 || '/%' OR account LIKE 'cardholder_wallet/%/' || (
      SELECT card_token FROM movement WHERE wallet->>'walletId' = $1 LIMIT 1
    ) || '/%'`,
    [walletId],
  )
  return BigInt(row?.booked ?? 0)
}

async function expectWhole(rail: ScriptedExchange, { wallet }: DebitOrder, taken = 0n) {
  expect(takenFrom(rail, wallet.walletId)).toBe(taken)
  expect(await bookedOf(wallet.walletId)).toBe(taken)
}

const RAILS = [
  ['whose list tells our references', binance],
  ['whose list does not', bybit],
] as const

test.each(RAILS)(
  'a rail %s: a debit without a record goes back once, whoever looks',
  async (_, rail) => {
    const orphan = anOrphan(rail)
    const instances = Array.from({ length: 3 }, () => reconcile(rail))
    await Promise.all(instances)
    await reconcile(rail)
    expect(await findings()).toEqual([{ kind: 'orphan_debit', closed_as: 'credited' }])
    expect(rail.executions).toHaveLength(2)
    await expectWhole(rail, orphan)
  },
)

test.each(RAILS)(
  'a rail %s: a debit that was given back without a record stays so',
  async (_, rail) => {
    const orphan = anOrphan(rail)
    const reference = orphan.reference.replace('tmd', 'tmc') as MovementReference
    const credit = { ...orphan, reference, debitReference: orphan.reference }
    await rail.credit(credit, { timeoutMs: 100 })
    await reconcile(rail)
    expect(await findings()).toEqual([
      { kind: 'orphan_credit', closed_as: 'netted' },
      { kind: 'orphan_debit', closed_as: 'netted' },
    ])
    await expectWhole(rail, orphan)
  },
)

test('what one debit leaves of a credit is there for the next, which is judged later', async () => {
  const { wallet } = anOrphan(bybit)
  emptyBooks(bybit)
  const at = { exchange: bybit.exchange, rail: bybit.rail }
  const entry = (name: string, kind: 'debit' | 'credit', amount: bigint) => {
    const moved = {
      exchangeReference: name,
      asset: 'USDT',
      executedAt: 0,
      state: 'executed',
    } as const
    const money = { kind, amount: amountOf('USDT', amount), walletId: wallet.walletId }
    return unmatched(at, { ...moved, ...money, name }, [`orphan_${kind}`, 1])
  }
  const judgeAll = async () =>
    reconciliation.resolve(at, Date.now() + 1_000, (due) =>
      judge(at, (reference) => reference, due),
    )
  await reconciliation.find(at, [entry('d1', 'debit', 6n), entry('c', 'credit', 10n)])
  expect((await judgeAll()).returns).toEqual([])
  await reconciliation.find(at, [entry('d2', 'debit', 10n)])
  expect((await judgeAll()).returns).toMatchObject([{ amount: 6n }])
  await giveBack(returns, bybit)
  expect(await findings()).toEqual([
    { kind: 'orphan_credit', closed_as: 'netted' },
    { kind: 'orphan_debit', closed_as: 'netted' },
    { kind: 'orphan_debit', closed_as: 'credited' },
  ])
  expect(await bookedOf(wallet.walletId)).toBe(0n)
})

test.each(RAILS)(
  'a rail %s: a debit that is executed twice goes back once, and the approval stands',
  async (_, rail) => {
    const { debit } = await world.approved(rail)
    rail.bookDebit(debit, 1)
    await reconcile(rail)
    expect(await findings()).toEqual([{ kind: 'double_debit', closed_as: 'credited' }])
    await expectWhole(rail, debit, debit.amount)
  },
)

test.each(RAILS)(
  'a rail %s: so does one that is executed again when the first is compared long since',
  async (_, rail) => {
    const { debit } = await world.approved(rail)
    await longAgo(rail, debit)
    rail.bookDebit(debit)
    await reconcile(rail)
    expect(await findings()).toEqual([{ kind: 'double_debit', closed_as: 'credited' }])
    await expectWhole(rail, debit, debit.amount)
  },
)

test('a debit that we say was refused and the exchange executed goes back', async () => {
  const accepted = await world.accept(binance)
  await world.conclude(accepted, {
    kind: 'rejected',
    reason: 'exchange_refused',
    detail: 'it said so',
  })
  binance.bookDebit(accepted.debit)
  await reconcile(binance)
  expect(await findings()).toEqual([{ kind: 'refused_debit', closed_as: 'credited' }])
  await expectWhole(binance, accepted.debit)
})

test('another amount, and what the exchange does not have, are shown and change nothing', async () => {
  const [differing, missing] = [await world.approved(binance), await world.approved(binance)]
  lists.binance.changed.set(differing.debit.reference, { amount: amountOf('USDT', 1n) })
  const lost = binance.executions.findIndex(
    ({ order }) => order.reference === missing.debit.reference,
  )
  ;(binance.executions as unknown[]).splice(lost, 1)
  lists.binance.unreadable.push('{"no":"transfer"}')
  await aged(missing.debit)
  await reconcile(binance)
  lists.binance.unreadable.pop()
  lists.binance.changed.clear()
  expect(await findings()).toEqual([
    { kind: 'differs', closed_as: null },
    { kind: 'missing', closed_as: null },
    { kind: 'unreadable', closed_as: null },
  ])
})

test('what only its list lacks is there: its look-up finds it', async () => {
  const { debit } = await world.approved(binance)
  lists.binance.hidden.add(debit.reference)
  await aged(debit)
  await reconcile(binance)
  expect(await findings()).toEqual([])
})

test('where there is no list our own movements are looked up, and unknown ones stay unknown', async () => {
  anOrphan(bybit)
  const agreeing = await world.approved(bybit)
  const accepted = await world.accept(bybit)
  await world.conclude(accepted, { kind: 'rejected', reason: 'exchange_refused', detail: 'no' })
  bybit.bookDebit(accepted.debit)
  await reconcile(bybit, anInstance({ historyOf: () => undefined }))
  expect(await findings()).toEqual([{ kind: 'refused_debit', closed_as: 'credited' }])
  await expectWhole(bybit, accepted.debit)
  await expectWhole(bybit, agreeing.debit, agreeing.debit.amount)
})

test.each([
  ['in a list', {}],
  ['by look-ups', { historyOf: () => undefined }],
])('a credit that moved long after it was written is compared then, %s', async (_, change) => {
  const [there, missing] = [await world.reversed(bybit), await world.reversed(bybit)]
  await bybit.credit(
    { ...there.debit, reference: there.creditReference, debitReference: there.debit.reference },
    { timeoutMs: 100 },
  )
  for (const { creditReference } of [there, missing])
    await sql(
      `UPDATE movement SET state = 'executed', exchange_reference = 'x', created_at = now() - interval '2 hours',
        valid_until = now() - interval '1 minute' WHERE reference = $1`,
      [creditReference],
    )
  backdate(bybit, there.creditReference, 61_000)
  let sweeps = 0
  const counting: Reconciliation = {
    ...reconciliation,
    sweep: (...asked) => {
      sweeps += 1
      return reconciliation.sweep(...asked)
    },
  }
  await reconcile(bybit, anInstance({ ...change, reconciliation: counting }))
  expect(await sql('SELECT kind, detail FROM reconciliation_finding')).toEqual([
    { kind: 'missing', detail: 'not found' },
  ])
  expect(sweeps).toBe(0)
})

test('a list that cannot be read holds the comparison up, and nothing is missed', async () => {
  lists.binance.isAway = true
  const orphan = anOrphan(binance)
  await reconcile(binance)
  expect(await findings()).toEqual([])
  lists.binance.isAway = false
  await reconcile(binance)
  expect(await findings()).toEqual([{ kind: 'orphan_debit', closed_as: 'credited' }])
  await expectWhole(binance, orphan)
})

test('what a killed instance found and did not finish another one gives back', async () => {
  const orphan = anOrphan(binance)
  const dying: Reconciliation = {
    ...reconciliation,
    find: async (at, found) => {
      const fresh = await reconciliation.find(at, found)
      if (fresh.length > 0) throw new Error('killed after the finding')
      return fresh
    },
  }
  const dead = anInstance({ reconciliation: dying })
  while ((await findings()).length === 0)
    await reconcileRail(dead, binance).catch(() => 'killed as told')
  await reconcile(binance)
  expect(await findings()).toEqual([{ kind: 'orphan_debit', closed_as: 'credited' }])
  await expectWhole(binance, orphan)
})

test('an answer that is lost is looked up: the credit is executed once', async () => {
  const orphan = anOrphan(binance)
  const seen = binance.executions.length
  const deps = anInstance()
  while ((await sql('SELECT 1 FROM unmatched_credit')).length === 0)
    await reconcileRail(deps, binance)
  const [credit] = await sql<{ reference: MovementReference }>(
    'SELECT reference FROM unmatched_credit',
  )
  if (credit) binance.script.credits.set(credit.reference, ['answer_lost'])
  await reconcile(binance)
  expect(await findings()).toEqual([{ kind: 'orphan_debit', closed_as: 'credited' }])
  expect(binance.executions).toHaveLength(seen + 1)
  await expectWhole(binance, orphan)
})

test('a credit without a record is left to a person, and counted by kind and by age', async () => {
  const { wallet } = anOrphan(binance)
  emptyBooks(binance)
  const reference = movementReference(`aut_${randomUUID()}` as AuthorizationId, 'credit', 1)
  const amount = amountOf('USDT', 5_000n)
  const credit = { reference, debitReference: reference, wallet, asset: 'USDT', amount } as const
  await binance.credit(credit, { timeoutMs: 100 })
  await reconcile(binance)
  expect(await findings()).toEqual([{ kind: 'orphan_credit', closed_as: null }])
  await expectWhole(binance, credit, 0n - amount)
  const survey = createReconciliationSurvey(postgres)
  expect(await survey.openFindings()).toMatchObject([{ kind: 'orphan_credit', count: 1 }])
  const standings = await survey.standings()
  expect(standings).toContainEqual(expect.objectContaining({ account: 'unmatched', age: 'hour' }))
  expect((await survey.lags()).map(({ rail }) => rail)).toContain(binance.rail)
})

/** A movement whose validity is over for long enough that clocks cannot matter. */
async function aged({ reference }: DebitOrder): Promise<void> {
  await sql(
    `UPDATE movement SET created_at = now() - interval '1 minute', valid_until = now() - interval '1 minute'
    WHERE reference = $1`,
    [reference],
  )
}

/** Before all that is compared, in our records and in the exchange's. */
async function longAgo(rail: ScriptedExchange, { reference }: DebitOrder): Promise<void> {
  await sql(
    `UPDATE movement SET created_at = now() - interval '2 hours', valid_until = now() - interval '2 hours'
    WHERE reference = $1`,
    [reference],
  )
  backdate(rail, reference, 2 * 60 * 60_000)
}

import { type MovementReference, uuidOf } from '@tolem/domain/ids'
import { createTestDatabase } from '@tolem/testing/backends'
import * as fc from 'fast-check'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import type { Settlement } from './compose.ts'
import type { SettlementConfig } from './config.ts'
import { audit, countOpen, standingOf } from './testing/audit.ts'
import type { Accepted } from './testing/authorizer-side.ts'
import type { CreditFate, LookUpFate } from './testing/scripted-exchange.ts'
import { createWorld, openPostgres, SOON_CERTAIN } from './testing/world.ts'

const database = await createTestDatabase()
const postgres = openPostgres(database.url)
const world = createWorld(postgres)
const { bybit, binance } = world
const running: Settlement[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((settlement) => settlement.close()))
})
afterAll(async () => {
  await postgres.close()
  await database.drop()
})

type Instance = ReturnType<typeof world.instance>

/** A lease that ends only when {@link endLease} says so. */
const LONG_LEASE = { LEASE_MS: 20_000 } as const

async function start(config: Partial<SettlementConfig> = {}): Promise<Instance> {
  const settlement = world.instance(config)
  running.push(settlement)
  await settlement.start()
  return settlement
}

async function settled(): Promise<void> {
  await vi.waitFor(async () => expect(await countOpen(postgres)).toBe(0), {
    timeout: 20_000,
    interval: 20,
  })
}

/** Resolves when an instance has noticed that another writer came first. */
async function losesClaim({ metrics }: Instance, kind: 'debit' | 'credit'): Promise<void> {
  const line = new RegExp(`claims_lost_total\\{.*"${kind}".*\\} 1$`, 'm')
  await expect.poll(async () => (await metrics.expose()).text).toMatch(line)
}

/** What a claim of this movement is left with when its time is over. */
async function endLease(reference: MovementReference): Promise<void> {
  const text = 'UPDATE movement SET next_step_at = now() WHERE reference = $1'
  await postgres.run({ name: '', text }, [reference])
}

/** Half of them died after the debit, half are reversed approvals; half at each exchange. */
async function manyDue(count: number): Promise<readonly Accepted[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const exchange = index % 2 ? bybit : binance
      if (index % 4 < 2) return world.reversed(exchange)
      const accepted = await world.accept(exchange)
      exchange.bookDebit(accepted.debit)
      return accepted
    }),
  )
}

function sendingsOf({ exchange, creditReference }: Accepted): number {
  return exchange.calls.filter(
    ({ method, reference }) => method === 'credit' && reference === creditReference,
  ).length
}

test.each([2, 4])('%i instances credit each of 200 debits once and post it once', async (count) => {
  const all = await manyDue(200)
  await Promise.all(Array.from({ length: count }, () => start()))
  await settled()
  expect(await audit(postgres, all)).toEqual([])
  expect(all.map(sendingsOf)).toEqual(all.map(() => 1))
  const credits = await postgres.run<{ lines: number; journals: number }>(
    {
      name: '',
      text: `SELECT count(*) FILTER (WHERE line = 1)::integer AS lines, count(DISTINCT journal_id)::integer AS journals
             FROM ledger_posting WHERE journal_id LIKE 'credit/%' AND authorization_id = ANY ($1)`,
    },
    [all.map(({ id }) => uuidOf(id))],
  )
  expect(credits).toEqual([{ lines: 200, journals: 200 }])
})

test('what an instance left in the middle is finished by the next', async () => {
  const all = await manyDue(40)
  const held = all
    .slice(0, 12)
    .map(({ exchange, creditReference }) => exchange.holdAnswer(creditReference))
  await start()
  await Promise.race(held.map(({ reached }) => reached))
  // Its answers do not come back to it, as if its process had been killed after the exchange executed them.
  await start()
  await settled()
  expect(await audit(postgres, all)).toEqual([])
  for (const { release } of held) release()
})

test('instances that come and go while work is under way leave nothing behind', async () => {
  const all = await manyDue(80)
  for (const accepted of all.slice(0, 30))
    accepted.exchange.script.credits.set(accepted.creditReference, ['lost', 'answer_lost'])
  for (let round = 0; round < 5; round += 1) {
    const settlement = await start(SOON_CERTAIN)
    expect(await settlement.metrics.expose()).toBeDefined()
    await settlement.close()
  }
  await start(SOON_CERTAIN)
  await settled()
  expect(await audit(postgres, all)).toEqual([])
})

test('an instance that was stopped past its lease writes nothing when it goes on', async () => {
  const accepted = await world.accept(bybit)
  bybit.bookDebit(accepted.debit)
  const held = bybit.holdAnswer(accepted.debit.reference)
  const stopped = await start(LONG_LEASE)
  await held.reached
  await start(LONG_LEASE)
  await endLease(accepted.debit.reference)
  await settled()
  const before = await tables(accepted)
  held.release()
  await losesClaim(stopped, 'debit')
  expect(await tables(accepted)).toEqual(before)
  expect(await audit(postgres, [accepted])).toEqual([])
})

test('an instance that was stopped before it sent a credit does not send it after its lease', async () => {
  const accepted = await world.reversed(binance)
  binance.script.credits.set(accepted.creditReference, ['lost'])
  const sending = binance.holdAnswer(accepted.creditReference)
  const stopped = await start(LONG_LEASE)
  await sending.reached
  expect(await standingOf(postgres, accepted.id)).toMatchObject({ credit: 'in_doubt' })
  const text = "UPDATE movement SET valid_until = now() - interval '1 min' WHERE reference = $1"
  await postgres.run({ name: '', text }, [accepted.creditReference])
  // The first instance learns that nothing was executed, and is stopped before it can act on that.
  const held = binance.holdAnswer(accepted.creditReference)
  sending.release()
  await held.reached
  expect(sendingsOf(accepted)).toBe(1)
  await start(LONG_LEASE)
  await endLease(accepted.creditReference)
  await settled()
  expect(sendingsOf(accepted)).toBe(2)
  held.release()
  await losesClaim(stopped, 'credit')
  expect(sendingsOf(accepted)).toBe(2)
  expect(await audit(postgres, [accepted])).toEqual([])
})

test('a CONCLUDE that approves while the debit is looked up wins, and nothing is credited', async () => {
  const accepted = await world.accept(bybit)
  bybit.bookDebit(accepted.debit)
  const held = bybit.holdAnswer(accepted.debit.reference)
  const settlement = await start(LONG_LEASE)
  await held.reached
  const debited = { kind: 'debited', exchangeReference: 'x' } as const
  expect(await world.conclude(accepted, debited)).toBe('approved')
  held.release()
  await losesClaim(settlement, 'debit')
  expect(await standingOf(postgres, accepted.id)).toMatchObject({
    state: 'approved',
    debit: 'executed',
    credit: null,
    journals: ['approval'],
  })
  expect(await audit(postgres, [accepted])).toEqual([])
})

test('a CONCLUDE that comes after settlement declined finds the decline', async () => {
  const accepted = await world.accept(bybit)
  bybit.bookDebit(accepted.debit)
  await start()
  await settled()
  const debited = { kind: 'debited', exchangeReference: 'x' } as const
  expect(await world.conclude(accepted, debited).catch(() => 'no answer to approve with')).not.toBe(
    'approved',
  )
  expect(await audit(postgres, [accepted])).toEqual([])
})

test.each([
  [
    'approves',
    `state = 'approved', approval_code = 'A00001', response_body = '{}',
     approved_amount = billing_amount`,
    'executed',
  ],
  [
    'declines in doubt',
    `state = 'declined', decline_reason = 'deadline_exceeded', response_body = '{}'`,
    'in_doubt',
  ],
])(
  'a CONCLUDE that %s while settlement waits for its locks is respected',
  async (_what, change, debit) => {
    const accepted = await world.accept(bybit)
    bybit.bookDebit(accepted.debit)
    const held = bybit.holdAnswer(accepted.debit.reference)
    await start(LONG_LEASE)
    await held.reached
    await postgres.runInTransaction(async (run) => {
      // However long the others take to come to wait for it.
      await run({ name: '', text: 'SET LOCAL idle_in_transaction_session_timeout = 0' }, [])
      const id = uuidOf(accepted.id)
      await run({ name: '', text: `UPDATE "authorization" SET ${change} WHERE id = $1` }, [id])
      held.release()
      const waiting = `SELECT count(*)::integer AS waiting FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'`
      await expect
        .poll(() => postgres.run({ name: '', text: waiting }, []))
        .toEqual([{ waiting: 1 }])
      const text = 'UPDATE movement SET state = $2, next_step_at = now() WHERE reference = $1'
      await run({ name: '', text }, [accepted.debit.reference, debit])
    })
    await settled()
    const isApproved = debit === 'executed'
    await expect
      .poll(() => standingOf(postgres, accepted.id))
      .toMatchObject(
        isApproved
          ? { state: 'approved', credit: null, journals: [] }
          : { reason: 'deadline_exceeded', credit: 'executed', journals: ['credit', 'late_debit'] },
      )
  },
)

const creditFate = fc.constantFrom<CreditFate>('answer_lost', 'executed_late', 'lost', 'rejected')
const lookUpFate = fc.constantFrom<LookUpFate>('stale', 'unknown', 'truth')
const story = fc.record({
  isBybit: fc.boolean(),
  beginning: fc.constantFrom('died', 'in_doubt', 'reversed', 'approved'),
  isExecuted: fc.boolean(),
  isShownLate: fc.boolean(),
  debitLookUps: fc.array(lookUpFate, { maxLength: 4 }),
  credits: fc.array(creditFate, { maxLength: 3 }),
  creditLookUps: fc.array(lookUpFate, { maxLength: 4 }),
})
type Story = typeof story extends fc.Arbitrary<infer One> ? One : never

async function tell(one: Story): Promise<Accepted> {
  const exchange = one.isBybit ? bybit : binance
  const script = (accepted: Accepted) => {
    exchange.script.lookUps.set(accepted.debit.reference, [...one.debitLookUps])
    exchange.script.lookUps.set(accepted.creditReference, [...one.creditLookUps])
    exchange.script.credits.set(accepted.creditReference, [...one.credits])
    return accepted
  }
  if (one.beginning === 'reversed') return script(await world.reversed(exchange))
  if (one.beginning === 'approved') return world.approved(exchange)
  const accepted = script(await world.accept(exchange, 50))
  if (one.isExecuted) exchange.bookDebit(accepted.debit, one.isShownLate ? 60 : 0)
  if (one.beginning === 'in_doubt')
    await world.conclude(accepted, { kind: 'in_doubt', detail: 'timeout' })
  return accepted
}

test('whatever the exchanges answer, the ledger says of every wallet what their books say', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(story, { minLength: 8, maxLength: 24 }), async (stories) => {
      const all = await Promise.all(stories.map(tell))
      const instances = await Promise.all([start(SOON_CERTAIN), start(SOON_CERTAIN)])
      try {
        await settled()
      } finally {
        await Promise.all(instances.map((instance) => instance.close()))
      }
      expect(await audit(postgres, all)).toEqual([])
    }),
    { numRuns: 12 },
  )
}, 120_000)

async function tables({ id }: Accepted) {
  const text = `
    SELECT
      (SELECT jsonb_agg(m ORDER BY reference) FROM movement AS m WHERE authorization_id = $1) AS movements,
      (SELECT jsonb_agg(p ORDER BY journal_id, line) FROM ledger_posting AS p WHERE authorization_id = $1) AS postings,
      (SELECT jsonb_agg(e ORDER BY sequence) FROM authorization_event AS e WHERE authorization_id = $1) AS events`
  return postgres.run({ name: '', text }, [uuidOf(id)])
}

import { uuidOf } from '@tolem/domain/ids'
import { createTestDatabase } from '@tolem/testing/backends'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import type { Settlement } from './compose.ts'
import type { SettlementConfig } from './config.ts'
import { audit, countOpen } from './testing/audit.ts'
import type { Accepted } from './testing/authorizer-side.ts'
import { clearLast, reverseTo } from './testing/bank-side.ts'
import { createWorld, openPostgres } from './testing/world.ts'

const database = await createTestDatabase()
const postgres = openPostgres(database.url)
const world = createWorld(postgres)
const { bybit, binance, holds } = world
const running: Settlement[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((settlement) => settlement.close()))
})
afterAll(async () => {
  await holds.close()
  await postgres.close()
  await database.drop()
})

async function start(config: Partial<SettlementConfig> = {}) {
  const settlement = world.instance(config)
  running.push(settlement)
  await settlement.start()
  return settlement
}

const ask = <Row>(text: string, values: readonly unknown[] = []) =>
  postgres.run<Row>({ name: '', text }, values)

/** Lets the time of these holds have been over for a minute. */
async function letPass(all: readonly Accepted[]): Promise<void> {
  const text = `UPDATE "authorization" SET hold_until = now() - interval '1 minute'
    WHERE id = ANY($1::uuid[]) AND closed_as IS NULL`
  await ask(text, [all.map(({ id }) => uuidOf(id))])
}

/** Waits until nothing is due and no movement is open. */
async function rest(): Promise<void> {
  await vi.waitFor(
    async () => {
      const due = `SELECT id FROM "authorization" WHERE hold_until <= now() AND state <> 'accepted'`
      expect(await ask(due)).toEqual([])
      expect(await countOpen(postgres)).toBe(0)
    },
    { timeout: 20_000, interval: 20 },
  )
}

async function endOf({ id }: Accepted) {
  const text = `
    SELECT
      state, closed_as, approved_amount, released_amount, cleared_amount, hold_until,
      (
        SELECT coalesce(jsonb_agg(kind ORDER BY sequence), '[]') FROM authorization_event
        WHERE authorization_id = $1 AND kind IN ('expired', 'reversed', 'cleared')
      ) AS events
    FROM "authorization" WHERE id = $1`
  const [row] = await ask<{ closed_as: string | null; events: readonly string[] }>(text, [
    uuidOf(id),
  ])
  return row
}

async function approvedMany(count: number): Promise<readonly Accepted[]> {
  const all: Accepted[] = []
  for (let index = 0; index < count; index += 1)
    all.push(await world.approved(index % 2 === 0 ? bybit : binance))
  return all
}

test('a hold whose time is over is credited back whole, and says that it expired', async () => {
  const accepted = await world.approved(bybit)
  await letPass([accepted])
  await start()
  await rest()
  expect(await endOf(accepted)).toMatchObject({
    state: 'approved',
    closed_as: 'expired',
    released_amount: '1250000',
    hold_until: null,
    events: ['expired'],
  })
  expect(await audit(postgres, [accepted])).toEqual([])
})

test('a hold whose time is not over stays', async () => {
  const accepted = await world.approved(bybit)
  const later = await world.approved(bybit)
  await letPass([accepted])
  await ask(`UPDATE "authorization" SET hold_until = now() + interval '1 day' WHERE id = $1`, [
    uuidOf(later.id),
  ])
  await start()
  await rest()
  expect(await endOf(later)).toMatchObject({ closed_as: null, released_amount: '0' })
})

test('a declined record only leaves the list; one still being decided is left to its debit', async () => {
  const declined = await world.accept(bybit)
  await world.conclude(declined, { kind: 'rejected', reason: 'insufficient_funds', detail: '' })
  const undecided = await world.accept(binance, 60_000)
  await ask(`UPDATE movement SET next_step_at = now() + interval '1 hour' WHERE reference = $1`, [
    undecided.debit.reference,
  ])
  await letPass([declined, undecided])
  await start()
  await expect
    .poll(() => endOf(declined))
    .toMatchObject({ state: 'declined', hold_until: null, events: [] })
  expect(await endOf(undecided)).toMatchObject({ state: 'accepted', hold_until: expect.any(Date) })
  await ask(`UPDATE movement SET next_step_at = now() WHERE reference = $1`, [
    undecided.debit.reference,
  ])
  binance.bookDebit(undecided.debit)
  await rest()
  expect(await audit(postgres, [declined, undecided])).toEqual([])
})

test('two settlements end many holds, a few in each turn, each once', async () => {
  const all = await approvedMany(40)
  await letPass(all)
  await Promise.all([start({ EXPIRIES_PER_TURN: 7 }), start({ EXPIRIES_PER_TURN: 7 })])
  await rest()
  const ends = await Promise.all(all.map(endOf))
  for (const end of ends) expect(end).toMatchObject({ closed_as: 'expired', events: ['expired'] })
  expect(await audit(postgres, all)).toEqual([])
})

test('a hold that cannot be ended holds up no other', async () => {
  const all = await approvedMany(6)
  await letPass(all)
  const [stuck, ...others] = all
  if (!stuck) throw new Error('there are six')
  const setRail = `UPDATE movement SET rail = $2 WHERE reference = $1`
  await ask(setRail, [stuck.debit.reference, 'gone'])
  const { metrics } = await start({ EXPIRIES_PER_TURN: 1 })
  for (const other of others)
    await expect.poll(() => endOf(other)).toMatchObject({ closed_as: 'expired' })
  await expect
    .poll(async () => (await metrics.expose()).text)
    .toMatch(/settlement_faults_total\{step="expire".*\} \d/)
  expect(await endOf(stuck)).toMatchObject({ closed_as: null })
  await ask(setRail, [stuck.debit.reference, stuck.debit.wallet.rail])
  await rest()
  expect(await endOf(stuck)).toMatchObject({ closed_as: 'expired' })
})

test('expiry, clearing and reversal of one hold race, and exactly one of them has it', async () => {
  const all = await approvedMany(45)
  await Promise.all([start(), start()])
  await Promise.all(
    all.map(async (accepted, index) => {
      const message =
        index % 3 === 0
          ? reverseTo(holds, accepted.id)
          : clearLast(holds, accepted, index % 3 === 1 ? 1_250_000n : 1_000_000n)
      await Promise.all([letPass([accepted]), message])
    }),
  )
  await rest()
  const ends = await Promise.all(all.map(endOf))
  // A presentment that finds its hold expired is exposure: it raises what is approved by as much.
  const breaches = await ask(`
    SELECT id FROM "authorization"
    WHERE kind = 'authorization' AND closed_as IS NOT NULL AND (
      released_amount + cleared_amount <> approved_amount
      OR (closed_as = 'reversed' AND released_amount <> approved_amount)
      OR (closed_as = 'cleared' AND cleared_amount = 0)
      OR (closed_as = 'expired' AND released_amount <> billing_amount)
    )`)
  expect(breaches).toEqual([])
  for (const end of ends) {
    expect(end?.closed_as).not.toBeNull()
    expect(end?.events).toContain(end?.closed_as)
  }
  const [held] = await ask<{ balance: string }>(
    `SELECT coalesce(sum(balance), 0) AS balance FROM ledger_balance
    WHERE account = 'held_for_authorizations/halyk'`,
  )
  const [open] = await ask<{ open: string }>(
    `SELECT sum(approved_amount - released_amount - cleared_amount) AS open
     FROM "authorization" WHERE state = 'approved'`,
  )
  expect(BigInt(held?.balance ?? 0)).toBe(-BigInt(open?.open ?? 0))
})

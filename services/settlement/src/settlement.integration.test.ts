import { createTestDatabase } from '@tolem/testing/backends'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import type { Settlement } from './compose.ts'
import type { SettlementConfig } from './config.ts'
import { audit, countOpen, standingOf } from './testing/audit.ts'
import type { Accepted } from './testing/authorizer-side.ts'
import { createWorld, FINAL_AFTER_MS, openPostgres, SOON_CERTAIN } from './testing/world.ts'

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

async function start(config: Partial<SettlementConfig> = {}) {
  const settlement = world.instance(config)
  running.push(settlement)
  await settlement.start()
  return settlement
}

/** Runs one instance until nothing is open, and checks what must then hold. */
async function settle(accepted: Accepted, config?: Partial<SettlementConfig>): Promise<void> {
  await start(config)
  await vi.waitFor(async () => expect(await countOpen(postgres)).toBe(0), { timeout: 10_000 })
  expect(await audit(postgres, [accepted])).toEqual([])
}

const IN_DOUBT = { kind: 'in_doubt', detail: 'timeout' } as const
const CREDITED_BACK = { debit: 'executed', credit: 'executed', journals: ['credit', 'late_debit'] }
const NEVER_MOVED = { debit: 'refused', credit: null, journals: [] }
const DECLINED = { state: 'declined', reason: 'exchange_in_doubt' }

describe('a debit whose authorizer died', () => {
  test('is credited back when it was executed, and its authorization is declined', async () => {
    const accepted = await world.accept(bybit)
    bybit.bookDebit(accepted.debit)
    await settle(accepted)
    expect(await standingOf(postgres, accepted.id)).toMatchObject({ ...DECLINED, ...CREDITED_BACK })
  })

  test('is refused when it was never executed, and nothing is ever credited', async () => {
    const accepted = await world.accept(binance)
    await settle(accepted)
    expect(await standingOf(postgres, accepted.id)).toMatchObject({ ...DECLINED, ...NEVER_MOVED })
    expect(binance.executions).toEqual([])
  })

  test('is found although it is executed at its last moment and shown with the longest delay', async () => {
    const validForMs = 200
    const earliestEnd = Date.now() + validForMs + FINAL_AFTER_MS
    const accepted = await world.accept(binance, validForMs)
    binance.bookDebit(accepted.debit, earliestEnd - 20 - Date.now())
    await settle(accepted)
    expect(await standingOf(postgres, accepted.id)).toMatchObject(CREDITED_BACK)
  })

  test('is declined at the first look that settles nothing, while it is looked at on', async () => {
    const accepted = await world.accept(bybit, 60_000)
    bybit.script.lookUps.set(accepted.debit.reference, ['unknown', 'unknown', 'unknown'])
    await start()
    await expect
      .poll(() => standingOf(postgres, accepted.id))
      .toMatchObject({ ...DECLINED, debit: 'in_doubt' })
    bybit.bookDebit(accepted.debit)
    await settle(accepted)
    expect(await standingOf(postgres, accepted.id)).toMatchObject(CREDITED_BACK)
  })
})

describe('a debit that was concluded in doubt', () => {
  test('is credited back when it was executed', async () => {
    const accepted = await world.accept(bybit)
    bybit.bookDebit(accepted.debit)
    expect(await world.conclude(accepted, IN_DOUBT)).toBe('declined')
    await settle(accepted)
    expect(await standingOf(postgres, accepted.id)).toMatchObject(CREDITED_BACK)
  })

  test('is refused when it was not executed, but only once that is final', async () => {
    const validForMs = 200
    const acceptedAt = Date.now()
    const accepted = await world.accept(binance, validForMs)
    await world.conclude(accepted, IN_DOUBT)
    await settle(accepted)
    expect(await standingOf(postgres, accepted.id)).toMatchObject(NEVER_MOVED)
    expect(Date.now()).toBeGreaterThanOrEqual(acceptedAt + validForMs + FINAL_AFTER_MS)
  })

  test('is shown to a person and kept open when the exchange contradicts it', async () => {
    const accepted = await world.accept(bybit)
    bybit.bookDebit(accepted.debit)
    bybit.script.lookUps.set(accepted.debit.reference, ['contradicted'])
    const { metrics } = await start()
    await expect
      .poll(() => standingOf(postgres, accepted.id))
      .toMatchObject({ debit: 'in_doubt', escalated: true })
    // It is counted once it is on record.
    await expect
      .poll(async () => (await metrics.expose()).text)
      .toMatch(/settlement_escalations_total\{.*"debit".*\} 1/)
    await dueNow(accepted)
    await settle(accepted)
    expect(await standingOf(postgres, accepted.id)).toMatchObject(CREDITED_BACK)
  })
})

describe.each([
  ['a rail that is safe to resend on', bybit],
  ['a rail that is not', binance],
])('a credit on %s', (_rail, exchange) => {
  test('undoes a reversed approval, tenge lines included', async () => {
    const accepted = await world.reversed(exchange)
    await settle(accepted)
    expect(await standingOf(postgres, accepted.id)).toMatchObject({
      state: 'approved',
      credit: 'executed',
      journals: ['approval', 'credit', 'release'],
    })
    expect(sendingsOf(accepted)).toHaveLength(1)
  })

  test('whose answer was lost is looked up and not sent again', async () => {
    const accepted = await world.reversed(exchange)
    exchange.script.credits.set(accepted.creditReference, ['answer_lost'])
    await settle(accepted)
    expect(sendingsOf(accepted)).toHaveLength(1)
  })

  test('that is executed late and shown later still moves once', async () => {
    const accepted = await world.reversed(exchange)
    exchange.script.credits.set(accepted.creditReference, ['executed_late'])
    exchange.script.lookUps.set(accepted.creditReference, ['unknown', 'stale', 'stale', 'unknown'])
    await settle(accepted, SOON_CERTAIN)
    const references = exchange.executions.map(({ order }) => order.reference)
    expect(references.filter((one) => one === accepted.creditReference)).toHaveLength(1)
  })

  test('that never arrived is sent again under its one reference', async () => {
    const accepted = await world.reversed(exchange)
    exchange.script.credits.set(accepted.creditReference, ['lost', 'lost'])
    await settle(accepted, SOON_CERTAIN)
    const [first, second, ...more] = sendingsOf(accepted)
    expect(more).toHaveLength(1)
    const isResendSafe = exchange.capabilities.reference.kind === 'for_ever'
    const finalAt = isResendSafe ? 0 : (first?.validUntil ?? Infinity) + FINAL_AFTER_MS
    expect(second?.at).toBeGreaterThanOrEqual(finalAt)
  })

  test('that is rejected is sent until it is taken, and shown to a person after a quarter of an hour', async () => {
    const accepted = await world.reversed(exchange)
    exchange.script.credits.set(accepted.creditReference, Array(12).fill('rejected'))
    await postgres.run(
      {
        name: '',
        text: "UPDATE movement SET created_at = now() - interval '16 min' WHERE reference = $1",
      },
      [accepted.creditReference],
    )
    await settle(accepted)
    expect(sendingsOf(accepted)).toHaveLength(13)
    expect(await standingOf(postgres, accepted.id)).toMatchObject({ escalated: true })
  })
})

test('a credit that is rejected when it is sent again is looked up before it is sent a third time', async () => {
  const accepted = await world.reversed(bybit)
  bybit.script.credits.set(accepted.creditReference, ['answer_lost', 'rejected'])
  bybit.script.lookUps.set(accepted.creditReference, ['stale'])
  await settle(accepted)
  expect(sendingsOf(accepted)).toHaveLength(2)
})

test('a reversal is credited at once by notice, not at the next poll', async () => {
  await start({ POLL_INTERVAL_MS: 60_000 })
  const accepted = await world.reversed(bybit)
  await vi.waitFor(async () => expect(await countOpen(postgres)).toBe(0), { timeout: 10_000 })
  expect(await audit(postgres, [accepted])).toEqual([])
})

test('repeated reversals of one authorization credit it once', async () => {
  const accepted = await world.reversed(bybit)
  await Promise.all([1, 2, 3, 4].map(() => world.reverse(accepted)))
  await settle(accepted)
  expect(sendingsOf(accepted)).toHaveLength(1)
})

test('a reversal while the debit is in flight ends declined with the debit credited back', async () => {
  const accepted = await world.accept(bybit, 60_000)
  bybit.bookDebit(accepted.debit)
  await world.reverse(accepted)
  expect(await world.conclude(accepted, { kind: 'debited', exchangeReference: 'x' })).toBe(
    'declined',
  )
  await settle(accepted)
  expect(await standingOf(postgres, accepted.id)).toMatchObject(CREDITED_BACK)
})

test('closing waits for the call under way, and no longer than it may', async () => {
  const accepted = await world.reversed(bybit)
  const held = bybit.holdAnswer(accepted.creditReference)
  const settlement = await start({ CLOSE_TIMEOUT_MS: 100 })
  await held.reached
  await settlement.close()
  expect(await standingOf(postgres, accepted.id)).toMatchObject({ credit: 'in_doubt' })
  expect(settlement.readiness()).toEqual({ ready: false, reasons: ['closing'] })
  held.release()
  await settle(accepted)
  expect(sendingsOf(accepted)).toHaveLength(1)
})

test('what is open is shown by exchange, kind and age', async () => {
  const accepted = await world.accept(binance, 60_000)
  await world.conclude(accepted, IN_DOUBT)
  const { metrics } = await start()
  await expect
    .poll(async () => (await metrics.expose()).text)
    .toMatch(/tolem_settlement_open_movements\{exchange="binance",kind="debit".*\} 1/)
  binance.bookDebit(accepted.debit)
  await settle(accepted)
})

function sendingsOf({ exchange, creditReference }: Accepted) {
  return exchange.calls.filter(
    ({ method, reference }) => method === 'credit' && reference === creditReference,
  )
}

async function dueNow({ debit }: Accepted): Promise<void> {
  const text = 'UPDATE movement SET next_step_at = now() WHERE reference = $1'
  await postgres.run({ name: '', text }, [debit.reference])
}

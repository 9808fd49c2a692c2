import { createAuthorizationRecords } from '@tolem/authorizations/records'
import { uuidOf } from '@tolem/domain/ids'
import type { DebitResult } from '@tolem/domain/movement'
import { createTestDatabase } from '@tolem/testing/backends'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { countOpen } from './testing/audit.ts'
import { type Accepted, accept } from './testing/authorizer-side.ts'
import { createWorld, openPostgres } from './testing/world.ts'

const database = await createTestDatabase()
const postgres = openPostgres(database.url)
const world = createWorld(postgres)
const { binance } = world
const records = createAuthorizationRecords({ postgres, maxBatch: 8, maxQueued: 8 })

afterAll(async () => {
  await postgres.close()
  await database.drop()
})

/** A purchase that three debits are to pay for, of which these are executed at the exchange. */
async function acceptThree(executed: readonly boolean[]): Promise<Accepted> {
  const assets = ['USDT', 'USDC', 'BTC'] as const
  const times = { validForMs: 50, decidedWithinMs: 0 }
  const accepted = await accept({ postgres, records }, binance, { ...times, assets })
  for (const [index, order] of accepted.orders.entries())
    if (executed[index]) binance.bookDebit(order)
  return accepted
}

/** Runs two settlements until nothing is open. */
async function settle(): Promise<void> {
  const settlements = [world.instance(), world.instance()]
  onTestFinished(async () => {
    await Promise.all(settlements.map((one) => one.close()))
  })
  await Promise.all(settlements.map((one) => one.start()))
  await vi.waitFor(async () => expect(await countOpen(postgres)).toBe(0), { timeout: 10_000 })
}

/** What each debit and its credit became. */
async function standingOf({ id, orders }: Accepted): Promise<readonly string[]> {
  const text = `
    SELECT asset || ' ' || state || coalesce((
      SELECT ', credit ' || state FROM movement WHERE debit_reference = debit.reference AND amount = debit.amount
    ), '') AS what
    FROM movement AS debit WHERE authorization_id = $1 AND kind = 'debit' ORDER BY reference`
  const rows = await postgres.run<{ what: string }>({ name: '', text }, [uuidOf(id)])
  expect(rows).toHaveLength(orders.length)
  return rows.map(({ what }) => what)
}

function netAtExchange({ debit }: Accepted): bigint {
  let net = 0n
  for (const { kind, order } of binance.executions)
    if (order.wallet.walletId === debit.wallet.walletId)
      net += kind === 'debit' ? order.amount : 0n - order.amount
  return net
}

async function stateOf({ id }: Accepted) {
  const text = 'SELECT state, decline_reason FROM "authorization" WHERE id = $1'
  const [row] = await postgres.run<object>({ name: '', text }, [uuidOf(id)])
  return row
}

test.each([
  ['all', [true, true, true]],
  ['two', [true, false, true]],
  ['one', [false, true, false]],
  ['none', [false, false, false]],
])(
  'after a crash half-way each intended debit is found: %s were executed',
  async (_name, executed) => {
    const accepted = await acceptThree(executed)
    await settle()
    expect(await standingOf(accepted)).toEqual(
      ['USDT', 'USDC', 'BTC'].map((asset, index) =>
        executed[index] ? `${asset} executed, credit executed` : `${asset} refused`,
      ),
    )
    expect(await stateOf(accepted)).toEqual({
      state: 'declined',
      decline_reason: 'exchange_in_doubt',
    })
    expect(netAtExchange(accepted)).toBe(0n)
  },
)

test('what a decline left executed goes back, while what was refused stays refused', async () => {
  const accepted = await acceptThree([true, true, false])
  const results: readonly DebitResult[] = [
    { kind: 'debited', exchangeReference: 'x1' },
    { kind: 'in_doubt', detail: 'timeout' },
    { kind: 'rejected', reason: 'insufficient_funds', detail: 'too little' },
  ]
  const debits = accepted.orders.flatMap(({ reference }, index) => {
    const result = results[index]
    return result ? [{ reference, result }] : []
  })
  await records.conclude({
    id: accepted.id,
    debits,
    decision: { kind: 'decline', reason: 'insufficient_funds', body: '{}' },
  })
  await settle()
  expect(await standingOf(accepted)).toEqual([
    'USDT executed, credit executed',
    'USDC executed, credit executed',
    'BTC refused',
  ])
  expect(await stateOf(accepted)).toEqual({
    state: 'declined',
    decline_reason: 'insufficient_funds',
  })
  expect(netAtExchange(accepted)).toBe(0n)
})

import { randomUUID } from 'node:crypto'
import { createHolds } from '@tolem/authorizations/holds'
import type { AuthorizationId, CardToken } from '@tolem/domain/ids'
import { holdJournals } from '@tolem/ledger/holds'
import { amountOf } from '@tolem/money/amount'
import { createTestDatabase } from '@tolem/testing/backends'
import { aNewAdvice, aNewClearing, aNewRefund, aNewReversal } from '@tolem/testing/follow-ups'
import * as fc from 'fast-check'
import { afterAll, expect, inject, test, vi } from 'vitest'
import { countOpen } from './testing/audit.ts'
import { linkCard } from './testing/bank-side.ts'
import { createWorld, openPostgres } from './testing/world.ts'

const database = await createTestDatabase()
const postgres = openPostgres(database.url)
const world = createWorld(postgres)
const settlement = world.instance()
const holds = createHolds({
  postgres,
  maxQueued: 1_000,
  stepOf: () => 100n,
  journalsOf: holdJournals,
  approvalCodeOf: () => 'A00003',
})

afterAll(async () => {
  await Promise.all([holds.close(), settlement.close()])
  await postgres.close()
  await database.drop()
})

const steps = fc.record({
  kind: fc.constantFrom('partial', 'full', 'clearing', 'last', 'refund'),
  amount: fc.bigInt({ min: 1n, max: 1_400_000n }).map((amount) => amountOf('KZT', amount)),
})
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never
type Born = { readonly id: AuthorizationId; readonly cardToken: CardToken }

/** Approved by the bank in our place, journal and all: a third of them on wallets that pay for a part, or nothing. */
async function advised(index: number): Promise<Born> {
  const exchange = index % 2 === 0 ? world.bybit : world.binance
  const cardToken = `ct_${randomUUID()}` as CardToken
  const walletId = `wallet-${cardToken}`
  const { rail } = exchange
  if (index % 3 === 0) exchange.funds.set(walletId, BigInt(index % 2) * 1_000_000_000n)
  const wallet = { exchange: exchange.exchange, rail, walletId, assets: ['USDT'] } as const
  await linkCard(postgres, { cardToken, wallet })
  const advice = aNewAdvice({ cardToken, isFinal: index % 5 === 0 })
  expect((await holds.advise(advice)).kind).toBe('recorded')
  return { id: advice.id, cardToken }
}

async function take({ id, cardToken }: Born, { kind, amount }: Step) {
  const original = { kind: 'by_id', authorizationId: id } as const
  if (kind === 'partial') return holds.reverse(aNewReversal({ original, replacement: amount }))
  if (kind === 'full') return holds.reverse(aNewReversal({ original }))
  if (kind === 'refund') return holds.refund(aNewRefund({ original, amount, cardToken }))
  return holds.clear(aNewClearing({ original, amount, cardToken, isLast: kind === 'last' }))
}

/** What each kind of account must say, from the rows alone; credit-positive. Each row that differs is a breach. */
const DIFFERENCES = `
  SELECT said.name, said.amount, -coalesce(sum(balance), 0) AS balance
  FROM (
    SELECT 'held_for_authorizations' AS name, sum(approved_amount - released_amount - cleared_amount) AS amount
    FROM "authorization" WHERE NOT is_final
    UNION ALL
    SELECT 'owed_to_bank', sum(
      cleared_amount - refunded_amount
        + CASE WHEN is_final THEN approved_amount - released_amount - cleared_amount ELSE 0 END
    )
    FROM "authorization"
    UNION ALL
    SELECT 'exposure', -coalesce(sum(amount - collected - cancelled), 0) FROM exposure
    UNION ALL
    SELECT 'fee_income', sum(fee - fee * released / billing) FROM movement
    WHERE kind = 'debit' AND state = 'executed'
    UNION ALL
    SELECT 'spread_income', sum(spread - spread * released / billing) FROM movement
    WHERE kind = 'debit' AND state = 'executed'
    UNION ALL
    SELECT 'cardholder_wallet', sum(CASE kind WHEN 'debit' THEN amount ELSE -amount END) FROM movement
    WHERE state = 'executed'
  ) AS said
  LEFT JOIN ledger_balance ON split_part(account, '/', 1) = said.name
  GROUP BY said.name, said.amount
  HAVING said.amount <> -coalesce(sum(balance), 0)`

const approved = (index: number): Promise<Born> =>
  world.approved(index % 2 === 0 ? world.bybit : world.binance)

test('whatever happens to approvals, ours and the bank’s, the ledger says what is held, owed and earned', async () => {
  const seed = inject('seed')
  process.stdout.write(`lives of approvals: SEED=${seed}\n`)
  const lives = fc.array(steps, { minLength: 1, maxLength: 6 })
  const drawn = fc.sample(lives, { seed, numRuns: 120 })
  await world.publishRates()
  await settlement.start()
  await Promise.all(
    drawn.map(async (taken, index) => {
      const item = index % 4 < 2 ? await approved(index) : await advised(index)
      for (const step of taken) {
        const recorded = await take(item, step)
        expect(recorded.kind).toBe('recorded')
      }
    }),
  )
  await vi.waitFor(async () => expect(await countOpen(postgres)).toBe(0), {
    timeout: 20_000,
    interval: 20,
  })
  expect(await postgres.run({ name: '', text: DIFFERENCES }, [])).toEqual([])
})

import { createTestDatabase } from '@tolem/testing/backends'
import { createRandom } from '@tolem/testing/random'
import { afterAll, expect, inject, test, vi } from 'vitest'
import type { Accepted } from '../testing/authorizer-side.ts'
import { auditConversions } from '../testing/conversion-audit.ts'
import { type CrashPoint, startKilledSettlement } from '../testing/killed-settlement.ts'
import { RULES } from '../testing/market-rules.ts'
import { drawFate, MOVING, quoteNow } from '../testing/moving-market.ts'
import { createScriptedMarket } from '../testing/scripted-market.ts'
import { createWorld, FINAL_AFTER_MS, openPostgres } from '../testing/world.ts'

const PURCHASES = inject('conversionPurchases')
const SEED = 20_261_122

// Generous: a busy machine buys some fifty a second.
const TIMEOUT_MS = 120_000 + PURCHASES * 20

const database = await createTestDatabase()
const postgres = openPostgres(database.url)
const ask = <Row>(text: string) => postgres.run<Row>({ name: '', text }, [])
afterAll(async () => {
  await postgres.close()
  await database.drop()
})

/** Everywhere that a settlement can be between two of its writes. */
const CRASH_POINTS: readonly CrashPoint[] = [
  { method: 'prepare', when: 'before' },
  { method: 'prepare', when: 'after' },
  { method: 'execute', when: 'before' },
  { method: 'execute', when: 'after' },
  { method: 'lookUp', when: 'after' },
  { method: 'credit', when: 'after' },
]

const ALL_CRASH_POINTS = [...CRASH_POINTS, ...CRASH_POINTS]

/** Shares work among eight who do it at the same time. */
async function atOnce(work: (count: number) => Promise<void>, count: number): Promise<void> {
  const shares = Array.from({ length: 8 }, (_, index) => Math.floor((count + index) / 8))
  await Promise.all(shares.map(work))
}

/** Nothing is open, and what is left is less than a market takes. */
const UNSETTLED = `
  SELECT 'movement' AS what FROM movement WHERE state IN ('intended', 'in_doubt')
  UNION ALL SELECT 'order' FROM conversion_order WHERE finished_at IS NULL
  UNION ALL SELECT account FROM ledger_running_balance
  WHERE (account LIKE 'programme_settlement/%/USDT' AND abs(balance) >= 110000000)
    OR (account LIKE 'programme_settlement/%/BTC' AND abs(balance) >= 6000)`

const TOTALS = `
  SELECT split_part(account, '/', 1) AS account, sum(balance) / 100 AS tenge FROM ledger_balance
  WHERE asset = 'KZT' AND account ~ '^(programme_settlement|conversion|conversion_result|exchange_fee)/'
  GROUP BY 1 ORDER BY 1`

test(`${PURCHASES} purchases on a moving market are worth what was received, what is left, the result and the fees`, {
  timeout: TIMEOUT_MS,
}, async () => {
  const roll = createRandom(SEED)
  const common = { price: MOVING, rules: RULES, notFoundIsFinalAfterMs: FINAL_AFTER_MS }
  const world = createWorld(postgres)
  const rails = [world.bybit, world.binance] as const
  const markets = rails.map(({ exchange }, index) =>
    createScriptedMarket({
      ...common,
      exchange,
      via: index === 0 ? 'convert' : 'spot',
      drawFate: () => drawFate(roll),
    }),
  )
  const settlement = startKilledSettlement(database.url, rails, markets)

  const standing: Accepted[] = []
  let bought = 0
  let reversed = 0
  async function buy(count: number): Promise<void> {
    for (let made = 0; made < count; made += 1) {
      bought += 1
      const rail = rails[bought % 2 === 0 ? 0 : 1]
      standing.push(await world.approved(rail, quoteNow(rail.exchange, roll)))
    }
  }
  async function reverse(count: number): Promise<void> {
    for (const accepted of standing.splice(0, count)) {
      reversed += 1
      await world.reverse(accepted)
    }
  }
  // In between more is credited than debited: that is bought back.
  for (const [turn, point] of ALL_CRASH_POINTS.entries()) {
    const killed = settlement.killAt(point)
    for (const market of markets) market.fates.push('answer_lost')
    const share = Math.ceil((PURCHASES - bought) / (ALL_CRASH_POINTS.length - turn))
    await atOnce((each) => buy(each), share)
    await atOnce((each) => reverse(each), Math.floor(share / (turn % 4 === 3 ? 1 : 8)))
    await killed
  }
  await vi.waitFor(async () => expect(await ask(UNSETTLED)).toEqual([]), {
    timeout: TIMEOUT_MS / 2,
    interval: 50,
  })
  await settlement.close()

  expect(await auditConversions(postgres, markets)).toEqual([])
  expect(settlement.kills()).toBe(ALL_CRASH_POINTS.length)
  const orders = await ask<{ told: string }>(
    `SELECT side || ' ' || coalesce(refusal, state) || ' ' || count(*) AS told
     FROM conversion_order GROUP BY side, refusal, state ORDER BY 1`,
  )
  const totals = await ask<{ account: string; tenge: string }>(TOTALS)
  process.stdout.write(
    [
      `${bought} purchases, ${reversed} reversed, settlement killed ${settlement.kills()} times`,
      `orders: ${orders.map(({ told }) => told).join(', ')}`,
      ...totals.map(({ account, tenge }) => `${account} ${Number(tenge).toFixed(2)}`),
      '',
    ].join('\n'),
  )
})

import { createRandom } from '@tolem/testing/random'
import { afterAll, expect, test } from 'vitest'
import { scrape } from '../load/scrape.ts'
import { RAIL_DEBITS, SEED } from '../setup/numbers.ts'
import { audit, untilSettled } from '../support/audit.ts'
import { query } from '../support/ledger.ts'
import { ownHouse } from '../support/own-house.ts'
import { LOOK_UPS, openRailsSite, RAIL_LIMITS, type RailsSite } from '../support/rails-house.ts'
import { payOverRail, type RailTally } from '../support/rails-run.ts'
import { BANKS, openStack, type Stack, TEST_RAILS, type TestRail } from '../support/stack.ts'

// Registered before the house's own, hence run after it: the house ends first.
let site: RailsSite | undefined
afterAll(() => site?.close())
const own = ownHouse(async (home) => {
  site = await openRailsSite(home)
  return site.environment
})

/** Silence in a tenth of the debits and a twentieth of the credits, half of each after the exchange executed them. */
async function silence({ sandbox }: Stack): Promise<void> {
  for (const exchange of ['bybit', 'binance'] as const)
    for (const [operation, share] of [
      ['debit', 0.1],
      ['credit', 0.05],
    ] as const) {
      const half = share / 2
      const fault = { exchange, operation } as const
      await sandbox.layFault({ ...fault, kind: 'timeout_after', probability: half })
      // Only what the first one passed by comes here.
      await sandbox.layFault({ ...fault, kind: 'timeout_before', probability: half / (1 - half) })
    }
}

/** What became of the debits, rail by rail, by the books alone. */
const OUTCOMES = `
  SELECT debit.rail, count(*)::int AS debits,
    count(*) FILTER (WHERE debit.state = 'executed')::int AS executed,
    count(*) FILTER (WHERE debit.state = 'executed' AND origin.state <> 'approved')::int AS doubtful,
    count(*) FILTER (WHERE debit.state = 'executed' AND origin.state <> 'approved'
      AND back.amount IS NOT DISTINCT FROM debit.amount)::int AS "givenBack"
  FROM movement AS debit
  JOIN "authorization" AS origin ON origin.id = debit.authorization_id
  LEFT JOIN (
    SELECT debit_reference, sum(amount) AS amount FROM movement
    WHERE kind = 'credit' AND state = 'executed'
    GROUP BY debit_reference
  ) AS back ON back.debit_reference = debit.reference
  WHERE debit.kind = 'debit'
  GROUP BY debit.rail`

type Outcome = {
  readonly rail: TestRail
  readonly debits: number
  readonly executed: number
  /** Executed, and not approved. */
  readonly doubtful: number
  readonly givenBack: number
}

/** Generous: what is silent takes a bank's whole budget, and settlement five seconds. */
const SETTLED_WITHIN_MS = 120_000

test(
  `of ${RAIL_DEBITS} debits over each rail, a tenth of them silent, none is lost and none happens twice`,
  async () => {
    const { house } = own()
    const stack = openStack({ ...house.demo, sandboxUrl: site?.sandboxUrl ?? '' })
    const beganAt = Date.now()
    const cards = await Promise.all(
      TEST_RAILS.flatMap((rail) =>
        [...BANKS, ...BANKS].map((bank) => stack.openCard({ bank, rail, holds: '10000000' })),
      ),
    )
    await silence(stack)
    const tallies = await Promise.all(
      TEST_RAILS.map(async (rail, index) => {
        const random = createRandom(SEED + index)
        const ofRail = cards.filter((card) => card.rail === rail)
        const purchases = RAIL_DEBITS
        return { rail, ...(await payOverRail({ stack, cards: ofRail, purchases, random })) }
      }),
    )
    const paidAt = Date.now()
    await untilSettled(house.database.url, SETTLED_WITHIN_MS)
    const seconds = (Date.now() - beganAt) / 1_000
    const outcomes = await query<Outcome>(house.database.url, OUTCOMES)
    const { endpoints } = await stack.sandbox.calls()
    const authorizer = await scrape(house.adminUrl)
    const settlement = await scrape(site?.settlementUrl ?? '')
    const ownCounts = (rail: TestRail) => ({
      debitCalls: authorizer.sum(CALLS, `rail="${rail}",call="debit"`),
      lookUpCalls: settlement.sum('tolem_settlement_look_ups_total', `rail="${rail}"`),
    })
    const { mistakes, ...counts } = await audit(house.database.url, stack.sandbox)
    await stack.close()

    const lines = tallies.map(({ rail, decisions, ...asked }) => {
      const outcome = outcomes.find((one) => one.rail === rail)
      const lookUps = LOOK_UPS[rail].map((name) => endpoints[name])
      const told = { ...asked, ...Object.fromEntries(decisions), ...outcome, ...ownCounts(rail) }
      return `  ${JSON.stringify({ ...told, lookUps })}\n`
    })
    process.stdout.write(
      `rails (seed ${SEED}): paid in ${(paidAt - beganAt) / 1_000} s, settled after ${seconds} s\n` +
        `${lines.join('')}  ${JSON.stringify(counts)}\n`,
    )
    expect(tallies.flatMap((tally) => tally.mistakes)).toEqual([])
    expect(mistakes).toEqual([])
    for (const rail of TEST_RAILS) {
      const outcome = outcomes.find((one) => one.rail === rail)
      expect(outcome?.givenBack, `${rail}: doubtful and given back`).toBe(outcome?.doubtful)
      const asked = askedFor(tallies.find((tally) => tally.rail === rail))
      expect(asked, `${rail}: asked for, as banks were told`).toBeGreaterThan(RAIL_DEBITS / 2)
      expect(outcome?.debits, `${rail}: asked for`).toBeGreaterThanOrEqual(asked)
      checkLookUps(rail, endpoints, seconds)
      const { debitCalls, lookUpCalls } = ownCounts(rail)
      expect(debitCalls, `${rail}: by our own count`).toBeGreaterThanOrEqual(asked)
      expect(lookUpCalls, `${rail}: by our own count`).toBeGreaterThan(0)
      expect(lookUpCalls).toBeLessThanOrEqual(RAIL_LIMITS[rail].lookUpsPerSecond * seconds)
    }
    const doubtful = outcomes.reduce((sum, outcome) => sum + outcome.doubtful, 0)
    expect(doubtful, 'silent and executed').toBeGreaterThan(0)
    const tooFast = Object.entries(endpoints).filter(([, { throttled }]) => throttled > 0)
    expect(tooFast, 'refused by the exchange because we came too fast').toEqual([])
  },
  180_000 + RAIL_DEBITS * 200,
)

const CALLS = 'tolem_exchange_call_duration_seconds_count'

/** Of how many purchases the banks' answers say that the exchange was asked; a busy machine comes too late for some. */
function askedFor(tally: RailTally | undefined): number {
  const count = (name: string) => tally?.decisions.get(name) ?? 0
  return count('approved') + count('exchange_in_doubt')
}

/** In all no faster than the programme allows, and in no second more than a full budget and its refill. */
function checkLookUps(
  rail: TestRail,
  endpoints: Awaited<ReturnType<Stack['sandbox']['calls']>>['endpoints'],
  seconds: number,
): void {
  const { lookUpsPerSecond } = RAIL_LIMITS[rail]
  const counted = LOOK_UPS[rail].flatMap((name) => endpoints[name] ?? [])
  const calls = counted.reduce((sum, each) => sum + each.calls, 0)
  expect(calls, `${rail}: look-ups`).toBeGreaterThan(0)
  expect(calls, `${rail}: look-ups`).toBeLessThanOrEqual(lookUpsPerSecond * seconds)
  for (const { busiestSecond } of counted)
    expect(busiestSecond, `${rail}: in one second`).toBeLessThanOrEqual(2 * lookUpsPerSecond)
}

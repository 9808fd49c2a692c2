import { createRandom } from '@tolem/testing/random'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit, untilSettled } from '../support/audit.ts'
import { query } from '../support/ledger.ts'
import { newTally, openAllCards, payUntil, repeatAll, tell } from '../support/load.ts'
import { need, type OwnParts, startOwnParts } from '../support/own-parts.ts'
import { openPurse } from '../support/purse.ts'
import { mistakesIn, watchMachine } from '../support/wired-parts.ts'

const KILLS = 4

/** Most purchases are more than its first assets are worth. */
const COINS = { USDT: '20', USDC: '20', ETH: '0.01', BTC: '1000' } as const

const PAID_BY_SEVERAL = `
  SELECT count(*)::integer FROM (
    SELECT FROM movement WHERE kind = 'debit' AND state = 'executed' AND purpose = 'authorization'
    GROUP BY authorization_id HAVING count(*) > 1
  ) AS several`

let own: OwnParts | undefined

beforeAll(async () => {
  own = await startOwnParts(1)
}, 120_000)

afterAll(() => own?.close())

test(`the authorizer killed ${KILLS} times under load: nothing stays in doubt, whole books, same answers`, {
  timeout: 120_000,
}, async (context) => {
  need(own, context)
  const { parts, stack } = own
  const purses = await Promise.all(Array.from({ length: 5 }, () => openPurse(stack, COINS)))
  // Every fourth purchase or so is paid by several debits: each of them must be found after a kill.
  const ofPurses = purses.flatMap(({ card }) => [card, card, card, card])
  const cards = [...(await openAllCards(stack)), ...ofPurses]
  // Slow enough that every kill leaves debits behind whose outcome nobody heard.
  for (const exchange of ['bybit', 'binance'] as const)
    await stack.sandbox.layFault({ exchange, operation: 'debit', kind: 'delay', delayMs: 40 })
  const tally = newTally()
  const tolerance = watchMachine()
  await payUntil({ stack, cards, tally }, createRandom(2), async () => {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = tally.approved
      await Promise.all(purses.map((purse) => purse.refill(COINS)))
      await expect.poll(() => tally.approved, { timeout: 20_000 }).toBeGreaterThan(before + 10)
      expect(await parts.authorizer.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
      await parts.authorizer.start()
    }
    // Once more, as a deployment does it: in-flight work finishes, and the process ends by itself.
    expect(await parts.authorizer.stop('SIGTERM')).toEqual({ code: 0, signal: null })
    await parts.authorizer.start()
  })
  const toleranceMs = tolerance()
  await repeatAll(stack, tally)
  await untilSettled(parts.databaseUrl, 60_000)
  const found = await audit(parts.databaseUrl, stack.sandbox)
  process.stdout.write(`authorizer kills: ${tell(tally)} against ${JSON.stringify(found)}\n`)
  expect(mistakesIn(tally, toleranceMs)).toEqual([])
  expect(found.mistakes).toEqual([])
  const [several] = await query<{ count: number }>(parts.databaseUrl, PAID_BY_SEVERAL)
  expect(several?.count).toBeGreaterThan(0)
})

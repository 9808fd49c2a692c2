import { createRandom } from '@tolem/testing/random'
import { expect, test } from 'vitest'
import { RECONCILE_PURCHASES, SEED } from '../setup/numbers.ts'
import { audit, untilSettled } from '../support/audit.ts'
import {
  inParallel,
  makeMixedPurchase,
  newTally,
  openAllCards,
  repeatAll,
  tell,
} from '../support/load.ts'
import { ownHouse } from '../support/own-house.ts'
import { mistakesIn, watchMachine } from '../support/wired-parts.ts'

const own = ownHouse()

const AT_ONCE = 16
/** Generous: some fifty a second, and what is in doubt at Bybit for half a minute. */
const TIMEOUT_MS = 60_000 + RECONCILE_PURCHASES * 20

test(
  `after ${RECONCILE_PURCHASES} mixed purchases, repeats and reversals the exchange’s record and the ledger agree`,
  async () => {
    const { house, stack } = own()
    const cards = await openAllCards(stack)
    const tally = newTally()
    const random = createRandom(SEED)
    // Some wallets also meet an exchange that loses its answers.
    for (const card of cards.slice(0, 4))
      await stack.sandbox.layFault({
        exchange: card.exchange,
        operation: 'debit',
        wallet: card.wallet,
        kind: 'error_5xx_after',
        probability: 0.3,
      })

    let left = RECONCILE_PURCHASES
    const tolerance = watchMachine()
    await inParallel(AT_ONCE, async () => {
      while (left-- > 0) await makeMixedPurchase({ stack, cards, tally }, random)
    })
    const toleranceMs = tolerance()
    await repeatAll(stack, tally)
    await untilSettled(house.database.url, 60_000)
    const found = await audit(house.database.url, stack.sandbox)

    process.stdout.write(
      `reconciled (seed ${SEED}): ${tell(tally)} against ${JSON.stringify(found)}\n`,
    )
    expect(mistakesIn(tally, toleranceMs)).toEqual([])
    expect(found.mistakes).toEqual([])
    expect(tally.approved).toBeGreaterThan(RECONCILE_PURCHASES / 2)
    expect(found.authorizations).toBeGreaterThanOrEqual(RECONCILE_PURCHASES)
  },
  TIMEOUT_MS,
)

test('the reconciliation itself notices a debit that the exchange executed twice', async () => {
  const { house, stack } = own()
  const card = await stack.openCard()
  await stack.sandbox.layFault({
    exchange: 'bybit',
    operation: 'debit',
    wallet: card.wallet,
    kind: 'execute_twice',
    times: 1,
  })
  const tally = newTally()
  await makeMixedPurchase({ stack, cards: [card], tally }, () => 0.5)
  expect(tally.approved).toBe(1)
  const { mistakes } = await audit(house.database.url, stack.sandbox)
  expect(mistakes).toEqual([
    expect.stringMatching(new RegExp(`debit bybit ${card.wallet} .*: 1 in our books, 2 at`)),
    expect.stringMatching(
      new RegExp(`bybit ${card.wallet} USDT: exchange and ledger differ by [1-9]`),
    ),
  ])
})

import { createRandom } from '@tolem/testing/random'
import { expect, test } from 'vitest'
import { SEED } from '../setup/numbers.ts'
import { audit, untilSettled } from '../support/audit.ts'
import {
  compareProgrammeAccounts,
  readProgrammeAccounts,
  untilConverted,
} from '../support/conversions.ts'
import { query } from '../support/ledger.ts'
import { inParallel, makeMixedPurchase, newTally, openAllCards } from '../support/load.ts'
import { ownHouse } from '../support/own-house.ts'

const own = ownHouse()

const PURCHASES = 150

test('what was debited is tenge soon, to the tiyn of what the ledger says, though answers are lost', async () => {
  const { house, stack } = own()
  const { url } = house.database
  await untilConverted(url, 60_000)
  const before = await readProgrammeAccounts(url, stack.sandbox)
  expect(before.filled).toBeGreaterThan(0)

  const cards = await openAllCards(stack)
  // What is lost before it is executed is settled only when "not found" is final: half a minute, so not here.
  const lost = { operation: 'convert', kind: 'error_5xx_after', probability: 0.3 } as const
  await stack.sandbox.layFault({ exchange: 'bybit', ...lost })
  await stack.sandbox.layFault({ exchange: 'binance', ...lost })
  const tally = newTally()
  const random = createRandom(SEED)
  let left = PURCHASES
  await inParallel(6, async () => {
    while (left-- > 0) await makeMixedPurchase({ stack, cards, tally }, random)
  })
  await untilSettled(url, 60_000)
  await untilConverted(url, 120_000)

  const after = await readProgrammeAccounts(url, stack.sandbox)
  process.stdout.write(`converted (seed ${SEED}): ${after.filled - before.filled} orders\n`)
  expect(compareProgrammeAccounts(before, after)).toEqual([])
  expect((await audit(url, stack.sandbox)).mistakes).toEqual([])
  // Nothing that a market takes is left: its worth is small.
  const unsold = await query(
    url,
    "SELECT account FROM ledger_running_balance WHERE account LIKE 'conversion/%' AND abs(balance) > 500000",
  )
  expect(unsold).toEqual([])
}, 300_000)

import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit, untilSettled } from '../support/audit.ts'
import {
  compareProgrammeAccounts,
  readProgrammeAccounts,
  untilConverted,
} from '../support/conversions.ts'
import { aPurchase } from '../support/messages.ts'
import { need, type OwnParts, startOwnParts } from '../support/own-parts.ts'
import { buyUntilApproved } from '../support/surely.ts'

const ROUNDS = 3

let own: OwnParts | undefined

beforeAll(async () => {
  own = await startOwnParts(1)
}, 120_000)

afterAll(() => own?.close())

test('settlement killed again and again while it converts sells everything once', async (context) => {
  need(own, context)
  const { parts, stack } = own
  const { databaseUrl, settlement } = parts
  const { sandbox } = stack
  const before = await readProgrammeAccounts(databaseUrl, sandbox)
  const cards = [
    await stack.openCard({ exchange: 'bybit', holds: '100000' }),
    await stack.openCard({ exchange: 'binance', holds: '100000' }),
    await stack.openCard({ exchange: 'bybit', asset: 'BTC', holds: '100' }),
    await stack.openCard({ exchange: 'binance', asset: 'BTC', holds: '100' }),
  ]
  for (const exchange of ['bybit', 'binance'] as const)
    for (const kind of ['error_5xx_after', 'error_5xx_before'])
      await sandbox.layFault({ exchange, operation: 'convert', kind, probability: 0.25 })
  const bank = stack.bank()
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { token } of cards)
      await buyUntilApproved(bank, () => aPurchase(token, { amount: '9000.00' }))
    // Positions are looked at every three seconds, so each kill meets another moment of that.
    await delay(2_400 + round * 250)
    await settlement.stop('SIGKILL')
    await settlement.start()
  }
  await untilSettled(databaseUrl, 60_000)
  await untilConverted(databaseUrl, 90_000)

  const after = await readProgrammeAccounts(databaseUrl, sandbox)
  expect(compareProgrammeAccounts(before, after)).toEqual([])
  expect(after.filled).toBeGreaterThanOrEqual(6)
  expect((await audit(databaseUrl, sandbox)).mistakes).toEqual([])
}, 240_000)

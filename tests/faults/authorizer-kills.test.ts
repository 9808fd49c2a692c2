import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit, untilSettled } from '../support/audit.ts'
import { createRandom, newTally, openAllCards, payUntil, repeatAll, tell } from '../support/load.ts'
import { type OwnParts, startOwnParts } from '../support/own-parts.ts'

const KILLS = 10

let own: OwnParts | undefined

beforeAll(async () => {
  own = await startOwnParts(1)
}, 120_000)

afterAll(() => own?.close())

test(`the authorizer killed ${KILLS} times under load: nothing stays in doubt, whole books, same answers`, async () => {
  if (!own) return
  const { parts, stack } = own
  const cards = await openAllCards(stack)
  // Slow enough that every kill leaves debits behind whose outcome nobody heard.
  for (const exchange of ['bybit', 'binance'] as const)
    await stack.sandbox.layFault({ exchange, operation: 'debit', kind: 'delay', delayMs: 40 })
  const tally = newTally()
  await payUntil({ stack, cards, tally }, createRandom(2), async () => {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = tally.approved
      await expect.poll(() => tally.approved, { timeout: 20_000 }).toBeGreaterThan(before + 10)
      expect(await parts.authorizer.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
      await parts.authorizer.start()
    }
    // Once more, as a deployment does it: in-flight work finishes, and the process ends by itself.
    expect(await parts.authorizer.stop('SIGTERM')).toEqual({ code: 0, signal: null })
    await parts.authorizer.start()
  })
  await repeatAll(stack, tally)
  await untilSettled(parts.databaseUrl, 60_000)
  const found = await audit(parts.databaseUrl, stack.sandbox)
  process.stdout.write(`authorizer kills: ${tell(tally)} against ${JSON.stringify(found)}\n`)
  expect(tally.mistakes).toEqual([])
  expect(found.mistakes).toEqual([])
}, 120_000)

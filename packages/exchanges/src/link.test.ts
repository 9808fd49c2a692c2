import type { ExchangeId } from '@tolem/domain/ids'
import { expect, onTestFinished, test } from 'vitest'
import { createBanBoard } from './bans.ts'
import { type ExchangeFamily, openLink } from './link.ts'
import { json } from './testing/dialect.ts'
import { startScriptedExchange } from './testing/scripted-exchange.ts'

const BINANCE = 'binance' as ExchangeId

/** A link of one family to a scripted exchange. */
async function open(family: ExchangeFamily) {
  const exchange = await startScriptedExchange()
  const onFault = (fault: unknown) => expect.fail(String(fault))
  const bans = createBanBoard({ exchanges: [BINANCE], now: Date.now, onFault })
  const limits = { concurrentCalls: 4, debitsPerSecond: 10, lookUpsPerSecond: 10 }
  const { host } = exchange
  const link = openLink(family, { exchange: BINANCE, host, limits, now: Date.now, bans })
  onTestFinished(async () => {
    await link.close()
    await exchange.close()
  })
  return { exchange, link, bans }
}

test('a 403 to the probe of a host that documents no time bans no exchange', async () => {
  const { exchange, link, bans } = await open('binance-pay')
  exchange.play(json('<html>The request could not be satisfied</html>', 403))
  await link.clock.synchronize()
  expect(exchange.seen).toHaveLength(1)
  expect([bans.until(BINANCE), link.standing().pausedUntil]).toEqual([0, 0])
  exchange.play(json('', 418, { 'Retry-After': '5' }))
  await link.clock.synchronize()
  expect(bans.until(BINANCE)).toBeGreaterThan(0)
})

test('where the time is documented, a 403 to its probe is a ban like any other', async () => {
  const { exchange, link, bans } = await open('binance')
  exchange.play(json('<html>', 403))
  await link.clock.synchronize()
  expect(bans.until(BINANCE)).toBeGreaterThan(0)
})

test('what a probe tells of a budget is not taken for the budget of debits', async () => {
  const { exchange, link } = await open('binance')
  exchange.play(json({ serverTime: Date.now() }, 200, { 'x-mbx-used-weight-1m': '6000' }))
  await link.clock.synchronize()
  expect(link.standing().budgetLeft).toBe(1)
})

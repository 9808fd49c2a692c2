import { expect, test } from 'vitest'
import { createManualClock } from '../manual-clock.ts'
import { agreement, PAY, payment, startSandbox, TRANSFER, transfer } from '../test-rig.ts'

const TICKER = '/api/v3/ticker/bookTicker?symbol=USDTKZT'

async function openLimited(config = {}) {
  const clock = createManualClock()
  const rig = await startSandbox(config, clock)
  await rig.control('PUT', '/control/wallets/binance/ann@example.kz', { balances: { USDT: '10' } })
  const statuses = async (path: string, times: number) => {
    const seen: number[] = []
    for (let each = 0; each < times; each++) seen.push((await rig.call('GET', path)).status)
    return seen
  }
  return { ...rig, clock, statuses }
}

test('who goes on calling after 429 is banned, for longer each time', async () => {
  const limits = {
    SANDBOX_BINANCE_API_WEIGHT_PER_MINUTE: 4,
    SANDBOX_BINANCE_REFUSALS_BEFORE_BAN: 2,
  }
  await using rig = await openLimited(limits)
  expect(await rig.statuses(TICKER, 5)).toEqual([200, 200, 429, 429, 418])
  const banned = await rig.call('GET', '/api/v3/time')
  expect([banned.status, banned.headers.get('retry-after')]).toEqual([418, '120'])
  expect((await rig.binance('POST', TRANSFER, transfer('t1', '1'))).status).toBe(418)
  rig.clock.jump(120_000)
  expect(await rig.statuses(TICKER, 5)).toEqual([200, 200, 429, 429, 418])
  expect((await rig.call('GET', TICKER)).headers.get('retry-after')).toBe('240')
})

test('who waits as long as Retry-After says is not banned', async () => {
  const limits = {
    SANDBOX_BINANCE_API_WEIGHT_PER_MINUTE: 4,
    SANDBOX_BINANCE_REFUSALS_BEFORE_BAN: 2,
  }
  await using rig = await openLimited(limits)
  for (let minute = 0; minute < 5; minute++) {
    expect(await rig.statuses(TICKER, 3)).toEqual([200, 200, 429])
    rig.clock.jump(60_000)
  }
})

test('calls of /sapi are never banned for their weight', async () => {
  const limits = {
    SANDBOX_BINANCE_UID_WEIGHT_PER_MINUTE: 1,
    SANDBOX_BINANCE_REFUSALS_BEFORE_BAN: 2,
  }
  await using rig = await openLimited(limits)
  for (let each = 0; each < 5; each++) {
    expect((await rig.binance('POST', TRANSFER, transfer('t1', '1'))).status).toBe(429)
  }
  expect((await rig.call('GET', '/api/v3/time')).status).toBe(200)
})

test.each([
  [6_000, -1_021],
  [-6_000, -1_021],
])('a clock that is %i ms off refuses who goes by another one', async (driftMs, code) => {
  await using rig = await openLimited()
  await rig.control('PUT', '/control/wallets/bybit/A1', agreement({ USDT: '10' }))
  const drift = async (exchange: string, delayMs: number) => {
    const fault = { exchange, operation: 'prices', kind: 'clock_drift', delayMs }
    expect((await rig.control('PUT', '/control/faults', fault)).status).toBe(204)
  }
  await drift('binance', driftMs)
  await drift('bybit', driftMs)
  const refused = await rig.binance('POST', TRANSFER, transfer('t1', '1'))
  expect([refused.status, refused.body['code']]).toEqual([400, code])
  expect((await rig.bybit('POST', PAY, payment('o1', '1000000'))).body['retCode']).toBe(139005003)
  const { serverTime } = (await rig.call('GET', '/api/v3/time')).body
  expect(serverTime).toBe(rig.clock.now() + driftMs)
  const timestamp = JSON.stringify(serverTime)
  const sent = await rig.binance('POST', TRANSFER, { ...transfer('t1', '1'), timestamp })
  expect(sent.status).toBe(200)
  await rig.control('DELETE', '/control/faults')
  expect((await rig.bybit('POST', PAY, payment('o1', '1000000'))).body['retCode']).toBe(20000)
})

test('only a drift may be negative', async () => {
  await using rig = await openLimited()
  const fault = { exchange: 'binance', operation: 'debit', kind: 'delay', delayMs: -1 }
  expect((await rig.control('PUT', '/control/faults', fault)).status).toBe(400)
})

import { createLocalBus } from '@tolem/redis/bus'
import { expect, onTestFinished, test } from 'vitest'
import { createRails } from './compose.ts'
import { LARGEST_BODY_BYTES } from './http/send.ts'
import type { ExchangeSettings } from './settings.ts'
import { binanceDialect } from './testing/binance-dialect.ts'
import { json } from './testing/dialect.ts'
import { type Reply, startScriptedExchange } from './testing/scripted-exchange.ts'

const LIMIT = { timeoutMs: 1_000 }
const { debitOrder } = binanceDialect

/**
 * Two processes on one bus, each with its own rails to one scripted exchange, and each has read that exchange's clock:
 * no probe is under way that could learn for a call of the test's.
 */
async function twoProcesses(more: Partial<ExchangeSettings> = {}, aheadMs = 1) {
  const exchange = await startScriptedExchange()
  const bus = createLocalBus()
  const clock = { now: Date.now() }
  const settings = { ...binanceDialect.settings(exchange.host), ...more }
  const open = () => {
    const readSecret = (reference: string) => reference
    const rails = createRails([settings], { readSecret, now: () => clock.now, bus })
    const rail = rails.railFor(settings.id, binanceDialect.rail)
    if (!rail) throw new Error('the rail is missing')
    return { rails, rail }
  }
  const processes = [open(), open()] as const
  exchange.play(json({ serverTime: clock.now + aheadMs }))
  onTestFinished(async () => {
    for (const { rails } of processes) await rails.close()
    await exchange.close()
  })
  for (const { rails } of processes) await rails.start()
  const offsets = () => processes.map(({ rails }) => rails.standings()[0]?.clockOffsetMs)
  await expect.poll(offsets, { timeout: 5_000 }).toEqual([aheadMs, aheadMs])
  return { exchange, clock, processes }
}

test('during a ban no process calls the exchange, and both do when it is over', async () => {
  const { exchange, clock, processes } = await twoProcesses()
  const [first, second] = processes
  const areClosed = () =>
    processes.map(({ rail, rails }) => rails.isClosed(rail.exchange, rail.rail))
  expect(areClosed()).toEqual([false, false])
  exchange.play(json('', 418, { 'Retry-After': '30' }))
  expect(await first.rail.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'rejected' })
  await new Promise((resolve) => setImmediate(resolve))
  const seen = exchange.seen.length
  exchange.play(binanceDialect.debited())
  clock.now += 29_999
  for (const { rail } of processes) {
    const result = await rail.debit(debitOrder, LIMIT)
    expect(result).toMatchObject({ kind: 'rejected', reason: 'exchange_unavailable' })
    expect((await rail.lookUpDebit(debitOrder, { sentAfter: 0, sentBefore: 1 })).kind).toBe(
      'unknown',
    )
  }
  expect(exchange.seen).toHaveLength(seen)
  expect(areClosed()).toEqual([true, true])
  expect(second.rails.standings()[0]?.pausedUntil).toBeGreaterThan(clock.now)
  clock.now += 1
  expect(areClosed()).toEqual([false, false])
  for (const { rail } of processes)
    expect(await rail.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'debited' })
})

test('an exchange that answers nobody is not called but for one probe at a time', async () => {
  const { exchange, clock, processes } = await twoProcesses()
  const [{ rail, rails }] = processes
  const debit = () => {
    clock.now += 1_000
    return rail.debit(debitOrder, LIMIT)
  }
  exchange.play(json('', 503))
  for (let count = 0; count < 20; count += 1)
    expect(await debit()).toMatchObject({ kind: 'in_doubt' })
  expect(rails.standings()[0]?.breaker).toBe('open')
  expect(rails.isClosed(rail.exchange, rail.rail)).toBe(true)
  const seen = exchange.seen.length
  for (let count = 0; count < 20; count += 1)
    expect(await debit()).toMatchObject({
      kind: 'rejected',
      reason: 'exchange_unavailable',
    })
  expect(exchange.seen).toHaveLength(seen)
  exchange.play(json('not its time', 404))
  await expect
    .poll(async () => (await debit()).kind, { timeout: 5_000, interval: 50 })
    .toBe('in_doubt')
  const probes = exchange.seen.slice(seen).filter(({ path }) => path.startsWith('/api/v3/time'))
  expect(probes).toHaveLength(1)
})

test('a programme says itself when an exchange that does not answer is called no more', async () => {
  const breaker = {
    windowMs: 5_000,
    calls: 3,
    troubleShare: 1,
    pauseMs: 60_000,
    longestPauseMs: 60_000,
  }
  const { exchange, processes } = await twoProcesses({ breaker })
  const [{ rail, rails }] = processes
  exchange.play(json('', 503))
  const standings: (string | undefined)[] = []
  for (let count = 0; count < 3; count += 1) {
    await rail.debit(debitOrder, LIMIT)
    standings.push(rails.standings()[0]?.breaker)
  }
  expect(standings).toEqual(['closed', 'closed', 'open'])
})

test('a refusal for our clock has the exchange’s read, and what is sent next bears its time', async () => {
  const { exchange, clock, processes } = await twoProcesses()
  const [{ rail, rails }] = processes
  const theirs = clock.now + 7_000
  exchange.play((request) =>
    request.path === '/api/v3/time'
      ? json({ serverTime: theirs })
      : json({ code: -1021, msg: 'Timestamp for this request is outside of the recvWindow.' }, 400),
  )
  expect(await rail.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'rejected' })
  await expect.poll(() => rails.standings()[0]?.clockOffsetMs, { timeout: 5_000 }).toBe(7_000)
  await rail.debit(debitOrder, LIMIT)
  const last = exchange.seen.findLast(({ path }) => path !== '/api/v3/time')
  expect(`${last?.query}&${last?.body}`).toContain(`timestamp=${theirs}`)
})

test.each([
  ['ahead of ours', 5_000],
  ['behind ours', -5_000],
])('a budget is whole again when it is by the exchange’s clock, %s', async (_, aheadMs) => {
  const { exchange, clock, processes } = await twoProcesses({}, aheadMs)
  const [{ rail, rails }] = processes
  const left = () => rails.standings()[0]?.budgetLeft
  clock.now = Math.ceil(clock.now / 60_000) * 60_000 + 30_000
  const spent = { 'x-sapi-used-uid-weight-1m': '180000' }
  exchange.play(json(bodyOf(binanceDialect.debited()), 200, spent))
  expect(await rail.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'debited' })
  clock.now += 30_000 - aheadMs - 1
  expect(left()).toBe(0)
  clock.now += 1
  expect(left()).toBe(1)
})

test('rails that are closed while they are still starting leave no timer behind', async () => {
  const exchange = await startScriptedExchange()
  onTestFinished(() => exchange.close())
  const timers = () => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length
  const before = timers()
  const readSecret = (reference: string) => reference
  const bus = createLocalBus()
  const settings = binanceDialect.settings(exchange.host)
  const rails = createRails([settings], { readSecret, now: Date.now, bus })
  const started = rails.start()
  await rails.close()
  await started
  expect(timers()).toBe(before)
})

test('an answer longer than is read leaves a debit in doubt, and the next one is read whole', async () => {
  const { exchange, processes } = await twoProcesses()
  const [{ rail }] = processes
  const padded = (bytes: number) => json(bodyOf(binanceDialect.debited()).padEnd(bytes, ' '))
  exchange.play(padded(LARGEST_BODY_BYTES + 1))
  expect(await rail.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'in_doubt' })
  exchange.play(padded(LARGEST_BODY_BYTES))
  expect(await rail.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'debited' })
})

test('closing lets a call under way end, and none begin', async () => {
  const { exchange, processes } = await twoProcesses()
  const [{ rails, rail }] = processes
  exchange.play('silence')
  const debits = () => exchange.seen.filter(({ method }) => method === 'POST').length
  const underWay = rail.debit(debitOrder, { timeoutMs: 300 })
  await expect.poll(debits).toBe(1)
  const closed = rails.close()
  expect(await rail.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'rejected' })
  await closed
  expect(await underWay).toMatchObject({ kind: 'in_doubt' })
  expect(debits()).toBe(1)
})

function bodyOf(reply: Reply): string {
  return typeof reply === 'object' && 'body' in reply ? String(reply.body) : ''
}

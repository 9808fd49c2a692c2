import type { ExchangeId } from '@tolem/domain/ids'
import { type Bus, createLocalBus, createRedisBus } from '@tolem/redis/bus'
import { testRedis } from '@tolem/testing/backends'
import { expect, onTestFinished, test } from 'vitest'
import { type BanBoard, createBanBoard } from './bans.ts'

const BINANCE = 'binance' as ExchangeId
const BYBIT = 'bybit' as ExchangeId
const redis = testRedis()
const inProcess = createLocalBus()

/** One process's end of the run's Redis; on a machine without it, of the bus that serves such machines. */
async function aBus(): Promise<Bus> {
  if (redis === undefined) return inProcess
  const bus = createRedisBus({
    url: redis.url,
    keyPrefix: redis.prefix,
    commandTimeoutMs: 1_000,
    onFault: () => {},
  })
  onTestFinished(() => bus.close())
  await expect.poll(() => bus.isConnected(), { timeout: 5_000 }).toBe(true)
  return bus
}

async function aBoard(bus: Bus, faults: unknown[] = []): Promise<BanBoard> {
  const board = createBanBoard({
    exchanges: [BINANCE, BYBIT],
    now: Date.now,
    bus,
    onFault: (fault) => faults.push(fault),
  })
  onTestFinished(() => board.close())
  await board.start()
  return board
}

test('a ban of one process keeps the others away, those that start later too, and no other exchange', async () => {
  const [first, second] = [await aBoard(await aBus()), await aBoard(await aBus())]
  const until = Date.now() + 60_000
  first.ban(BINANCE, until)
  expect(first.until(BINANCE)).toBe(until)
  await expect.poll(() => second.until(BINANCE), { timeout: 5_000 }).toBe(until)
  const third = await aBoard(await aBus())
  expect([third.until(BINANCE), third.until(BYBIT)]).toEqual([until, 0])
})

test('what is not a ban is told and not believed', async () => {
  const bus = await aBus()
  const faults: unknown[] = []
  const board = await aBoard(bus, faults)
  const now = Date.now()
  const messages = [
    'not JSON',
    '{}',
    JSON.stringify({ exchange: 'okx', until: now + 1_000 }),
    JSON.stringify({ exchange: 'bybit', until: 'for ever' }),
    JSON.stringify({ exchange: 'bybit', until: now + 1e15 }),
  ]
  for (const message of messages) await bus.publish('exchange_bans', message)
  await expect.poll(() => board.until(BYBIT), { timeout: 5_000 }).toBeGreaterThan(0)
  expect(faults).toHaveLength(4)
  const threeDays = 3 * 24 * 60 * 60 * 1_000
  expect(board.until(BYBIT)).toBeLessThanOrEqual(Date.now() + threeDays)
})

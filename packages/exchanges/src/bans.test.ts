import type { ExchangeId } from '@tolem/domain/ids'
import { createLocalBus } from '@tolem/redis/bus'
import { expect, test } from 'vitest'
import { createBanBoard } from './bans.ts'

const BYBIT = 'bybit' as ExchangeId

test('a ban ends to the millisecond, and a shorter one never cuts it', () => {
  let now = 1_000
  const board = createBanBoard({ exchanges: [BYBIT], now: () => now, onFault: () => {} })
  board.ban(BYBIT, 5_000)
  board.ban(BYBIT, 2_000)
  now = 4_999
  expect(board.until(BYBIT)).toBe(5_000)
  now = 5_000
  expect(board.until(BYBIT)).toBe(0)
  board.ban(BYBIT, 4_000)
  expect(board.until(BYBIT)).toBe(0)
})

test('goes alone, and says so, when the bus is gone', async () => {
  const faults: unknown[] = []
  const gone = async () => Promise.reject(new Error('gone'))
  const bus = { publish: gone, put: gone, get: gone, subscribe: gone }
  const onFault = (fault: unknown) => faults.push(fault)
  const board = createBanBoard({ exchanges: [BYBIT], now: () => 0, bus, onFault })
  await board.start()
  board.ban(BYBIT, 5_000)
  await new Promise((resolve) => setImmediate(resolve))
  expect(board.until(BYBIT)).toBe(5_000)
  expect(faults).toHaveLength(2)
  await board.close()
})

test('a clock that is set back makes a ban begin anew, and no ban lasts longer than twice', () => {
  let now = 86_400_000
  const board = createBanBoard({ exchanges: [BYBIT], now: () => now, onFault: () => {} })
  board.ban(BYBIT, now + 120_000)
  now = 0
  expect(board.until(BYBIT)).toBe(120_000)
  now = 120_000
  expect(board.until(BYBIT)).toBe(0)
})

test('a board that is closed while it is still starting leaves nobody listening', async () => {
  const subscribed = Promise.withResolvers<void>()
  let closed = 0
  const subscribe = async () => {
    await subscribed.promise
    return {
      close: async () => {
        closed += 1
        return Promise.resolve()
      },
    }
  }
  const bus = { ...createLocalBus(), subscribe }
  const onFault = (fault: unknown) => expect.fail(String(fault))
  const board = createBanBoard({ exchanges: [BYBIT], now: () => 0, bus, onFault })
  const started = board.start()
  const ended = board.close()
  subscribed.resolve()
  await Promise.all([started, ended])
  expect(closed).toBe(1)
})

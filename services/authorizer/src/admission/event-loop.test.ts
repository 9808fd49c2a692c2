import { expect, onTestFinished, test } from 'vitest'
import { watchEventLoop } from './event-loop.ts'

const STALL_MS = 120

test('what is read right after a stall may have arrived before it, what comes later has not', async () => {
  const ticks: number[] = []
  const loop = watchEventLoop(
    () => performance.now(),
    (lateMs) => void ticks.push(lateMs),
  )
  onTestFinished(loop.close)
  // Timers of one length come in the order in which they were set: right after the tick, before any socket.
  const read = Promise.withResolvers<readonly number[]>()
  setTimeout(() => {
    const first = loop.arrivedAt()
    standStill()
    // However long this turn takes: nothing of it can have arrived later.
    read.resolve([performance.now() - first, loop.arrivedAt() - first])
  }, 20)
  standStill()
  const [oldest, moved] = await read.promise
  expect(oldest).toBeGreaterThan(STALL_MS)
  expect(moved).toBe(0)
  expect(Math.max(...ticks)).toBeGreaterThan(STALL_MS / 2)
  await expect.poll(() => performance.now() - loop.arrivedAt(), { interval: 0 }).toBeLessThan(10)
})

test('what is read after other timers of the turn took long may have arrived before them', async () => {
  const loop = watchEventLoop(
    () => performance.now(),
    () => undefined,
  )
  onTestFinished(loop.close)
  const read = Promise.withResolvers<number>()
  // In the turn of a tick that came in time.
  setTimeout(() => {
    const from = performance.now()
    standStill()
    read.resolve(from - loop.arrivedAt())
  }, 20)
  expect(await read.promise).toBeGreaterThan(-15)
})

test('connections of one turn after the other may all be as old as the first, until a turn takes none', async () => {
  const clock = { now: 100 }
  const loop = watchEventLoop(
    () => clock.now,
    () => undefined,
  )
  onTestFinished(loop.close)
  const turn = async () => {
    clock.now += 5
    await new Promise(setImmediate)
  }
  expect(loop.connectedAt()).toBe(100)
  for (let turns = 0; turns < 3; turns += 1) {
    await turn()
    expect(loop.connectedAt()).toBe(100)
  }
  await turn()
  await turn()
  expect(loop.connectedAt()).toBe(clock.now)
})

function standStill(): void {
  const until = performance.now() + STALL_MS
  while (performance.now() < until);
}

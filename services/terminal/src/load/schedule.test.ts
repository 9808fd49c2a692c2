import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dueAt, planArrivals, runOpenLoop } from './schedule.ts'
import { createTally } from './tally.ts'

/** A clock on which a wait takes longer by what `stalls` says, as on a machine that is busy with something else. */
function createStallingClock(stalls: readonly number[]) {
  let time = 1_000
  let waits = 0
  return {
    monotonicNow: () => time,
    wait: async (milliseconds: number) => {
      time += milliseconds + (stalls[waits] ?? 0)
      waits += 1
    },
  }
}

const neverInterrupted = new AbortController().signal

test('starts each planned arrival once, in order, never before it is due', async () => {
  const plans = fc.record({
    rate: fc.integer({ min: 1, max: 2_000 }),
    seconds: fc.integer({ min: 1, max: 2 }),
    stalls: fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 50 }),
  })
  await fc.assert(
    fc.asyncProperty(plans, async ({ rate, seconds, stalls }) => {
      const plan = planArrivals(rate, seconds)
      const clock = createStallingClock(stalls)
      const dues: number[] = []
      const start = (due: number) => {
        expect(clock.monotonicNow()).toBeGreaterThanOrEqual(due)
        dues.push(due)
      }
      const started = await runOpenLoop(plan, start, { clock, signal: neverInterrupted })
      expect(started).toBe(rate * seconds)
      expect(dues).toEqual(
        Array.from({ length: started }, (_, index) => 1_000 + dueAt(plan, index)),
      )
    }),
    { numRuns: 50 },
  )
})

test('counts a stall against every arrival that it held up', async () => {
  const plan = planArrivals(100, 1)
  const clock = createStallingClock([0, 500])
  const tally = createTally()
  const start = (due: number) => tally.countLatency('purchase', clock.monotonicNow() + 1 - due)
  await runOpenLoop(plan, start, { clock, signal: neverInterrupted })
  const purchase = tally.read().latencies.find(({ kind }) => kind === 'purchase')
  expect(purchase).toMatchObject({ count: 100 })
  expect(purchase?.most).toBeCloseTo(501, -1)
  expect(purchase?.p90).toBeGreaterThan(400)
  expect(purchase?.p50).toBeLessThan(20)
})

test('reads answers in between even when starting takes longer than there is time for', async () => {
  let time = 0
  let waits = 0
  const clock = {
    monotonicNow: () => time,
    wait: async () => {
      waits += 1
    },
  }
  const start = () => {
    time += 25
  }
  await runOpenLoop(planArrivals(100, 1), start, { clock, signal: neverInterrupted })
  expect(waits).toBeGreaterThan(3)
})

test('starts nothing more once it is interrupted', async () => {
  const controller = new AbortController()
  const clock = createStallingClock([])
  let count = 0
  const start = () => {
    count += 1
    if (count === 7) controller.abort()
  }
  const { signal } = controller
  expect(await runOpenLoop(planArrivals(100, 10), start, { clock, signal })).toBe(7)
  expect(count).toBe(7)
})

import { accept, refuse } from '@tolem/domain/outcome'
import { expect, test } from 'vitest'
import { createExchangeClock } from './clock.ts'

test('follows the exchange’s clock, half a round trip taken off', async () => {
  let now = 10_000
  const clock = createExchangeClock({
    now: () => now,
    readServerTime: async () => {
      now += 100
      return Promise.resolve(accept(13_050))
    },
  })
  expect([clock.now(), clock.offsetMs()]).toEqual([10_000, 0])
  expect(await clock.synchronize()).toBe(true)
  expect([clock.offsetMs(), clock.now()]).toEqual([3_000, 13_100])
})

test('keeps what it knows when the exchange does not tell, or takes too long to', async () => {
  let now = 10_000
  let tookMs = 10
  const answers = [accept(12_005), refuse('unavailable'), accept(99_000)] as const
  let asked = 0
  const clock = createExchangeClock({
    now: () => now,
    readServerTime: async () => {
      now += tookMs
      asked += 1
      return Promise.resolve(answers[asked - 1] ?? refuse('unavailable'))
    },
  })
  await clock.synchronize()
  expect(clock.offsetMs()).toBe(2_000)
  expect(await clock.synchronize()).toBe(false)
  tookMs = 501
  expect(await clock.synchronize()).toBe(true)
  expect(clock.offsetMs()).toBe(2_000)
})

test('asks once, however many want to know', async () => {
  let asked = 0
  const answer = Promise.withResolvers<ReturnType<typeof accept<number>>>()
  const clock = createExchangeClock({
    now: () => 0,
    readServerTime: () => {
      asked += 1
      return answer.promise
    },
  })
  const all = [clock.synchronize(), clock.synchronize(), clock.synchronize()]
  answer.resolve(accept(5))
  expect(await Promise.all(all)).toEqual([true, true, true])
  expect(asked).toBe(1)
  await clock.synchronize()
  expect(asked).toBe(2)
})

test('believes no difference beyond ten seconds, whatever the exchange tells', async () => {
  const now = 1_767_780_000_000
  let told = now + 10_000
  const clock = createExchangeClock({
    now: () => now,
    readServerTime: () => Promise.resolve(accept(told)),
  })
  const learned = async (time: number) => {
    told = time
    await clock.synchronize()
    return clock.offsetMs()
  }
  expect(await learned(now + 10_000)).toBe(10_000)
  for (const wild of [now + 10_001, now - 10_001, 0, 9_999_999_999_999, Number.NaN])
    expect(await learned(wild)).toBe(10_000)
  expect(await learned(now - 10_000)).toBe(-10_000)
})

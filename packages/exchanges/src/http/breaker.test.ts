import { expect, test } from 'vitest'
import { type BreakerSettings, createBreaker } from './breaker.ts'

const SETTINGS: BreakerSettings = {
  windowMs: 1_000,
  calls: 4,
  troubleShare: 0.5,
  pauseMs: 100,
  longestPauseMs: 300,
}

/** A breaker with a clock and probes in the test's hand. */
function scene() {
  const clock = { now: 0 }
  const probes: PromiseWithResolvers<boolean>[] = []
  const breaker = createBreaker({
    settings: SETTINGS,
    now: () => clock.now,
    probe: () => {
      const probe = Promise.withResolvers<boolean>()
      probes.push(probe)
      return probe.promise
    },
  })
  const endProbe = async (answered: boolean) => {
    probes.at(-1)?.resolve(answered)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const trouble = (times: number) => {
    for (let count = 0; count < times; count += 1) breaker.ended('trouble')
  }
  return { clock, probes, breaker, endProbe, trouble }
}

test('opens only when enough calls ended and half of them in trouble', () => {
  const { breaker, trouble } = scene()
  for (let count = 0; count < 4; count += 1) breaker.ended('answered')
  trouble(3)
  expect(breaker.admits()).toBe(true)
  expect(breaker.state()).toBe('closed')
  trouble(1)
  expect(breaker.state()).toBe('open')
  expect(breaker.admits()).toBe(false)
})

test('forgets what ended before the window', () => {
  const { breaker, clock, trouble } = scene()
  trouble(3)
  clock.now = 1_000
  trouble(3)
  expect(breaker.state()).toBe('closed')
  trouble(1)
  expect(breaker.state()).toBe('open')
})

test('of many calls counts all that ended within the window, and no other', () => {
  const { breaker, clock, trouble } = scene()
  for (; clock.now < 30_000; clock.now += 1) {
    breaker.ended('answered')
    breaker.ended('answered')
    // Long forgotten at the end.
    if (clock.now < 28_000) trouble(1)
  }
  clock.now = 29_999
  trouble(1_999)
  expect(breaker.state()).toBe('closed')
  trouble(1)
  expect(breaker.state()).toBe('open')
})

test('counts anew once it has closed', async () => {
  const { breaker, clock, endProbe, trouble } = scene()
  trouble(4)
  clock.now = 100
  breaker.admits()
  await endProbe(true)
  trouble(3)
  expect(breaker.state()).toBe('closed')
  trouble(1)
  expect(breaker.state()).toBe('open')
})

test('makes one probe, and admits nobody until it is answered', async () => {
  const { breaker, clock, probes, endProbe, trouble } = scene()
  trouble(4)
  expect(breaker.admits()).toBe(false)
  expect(probes).toHaveLength(0)
  clock.now = 100
  for (let count = 0; count < 10; count += 1) expect(breaker.admits()).toBe(false)
  expect(probes).toHaveLength(1)
  expect(breaker.state()).toBe('probing')
  await endProbe(true)
  expect(breaker.admits()).toBe(true)
})

test('waits twice as long after each probe that found nobody, up to the longest pause', async () => {
  const { breaker, clock, probes, endProbe, trouble } = scene()
  trouble(4)
  for (const [probeNumber, pauseMs] of [100, 200, 300, 300].entries()) {
    clock.now += pauseMs - 1
    expect(breaker.admits()).toBe(false)
    expect(probes).toHaveLength(probeNumber)
    clock.now += 1
    expect(breaker.admits()).toBe(false)
    expect(probes).toHaveLength(probeNumber + 1)
    await endProbe(false)
  }
})

test('a late answer to a call from before the trouble neither closes nor opens it', async () => {
  const { breaker, clock, endProbe, trouble } = scene()
  trouble(4)
  breaker.ended('answered')
  expect(breaker.state()).toBe('open')
  clock.now = 100
  breaker.admits()
  trouble(10)
  await endProbe(true)
  expect(breaker.admits()).toBe(true)
})

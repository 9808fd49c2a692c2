import type { ExchangeId } from '@tolem/domain/ids'
import { type Bus, createLocalBus } from '@tolem/redis/bus'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRateMirror, type MirrorFault, type RateMirror } from './mirror.ts'
import { RATES_CHANNEL, rateKey } from './published-rate.ts'

const BYBIT = 'bybit' as ExchangeId
const source = { exchange: 'bybit', pair: 'USDT/KZT', bid: '474.2', ask: '474.4' }

/** Looks every 5 ms instead of every 50: what it waits for only crosses the bus inside this process. */
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 5 })

let bus: Bus
let mirror: RateMirror
let faults: MirrorFault[] = []

beforeEach(() => {
  bus = createLocalBus()
  faults = []
  mirror = mirrorOf(bus)
})

afterEach(async () => {
  await mirror.close()
  await bus.close()
})

function mirrorOf(on: Pick<Bus, 'subscribe' | 'get' | 'isConnected'>): RateMirror {
  return createRateMirror({ bus: on, exchanges: [BYBIT], onFault: (fault) => faults.push(fault) })
}

function safe(observedAt: number, bid = '474.2'): string {
  const prices = { bid, ask: '474.4', observedAt }
  const sources = [{ ...source, observedAt }]
  return JSON.stringify({ state: 'safe', exchange: 'bybit', asset: 'USDT', ...prices, sources })
}

function unsafe(observedAt: number): string {
  const rate = { state: 'unsafe', exchange: 'bybit', asset: 'USDT', guard: 'spike', observedAt }
  return JSON.stringify(rate)
}

test('knows at start what was published before, and then each rate as it is published', async () => {
  await bus.put(rateKey('bybit', 'USDT'), safe(1_000), 60_000)
  await mirror.start()
  expect(mirror.isLive()).toBe(true)
  expect(mirror.latest(BYBIT, 'USDT')).toMatchObject({ state: 'safe', observedAt: 1_000 })
  await bus.publish(RATES_CHANNEL, unsafe(1_000))
  await soon(() => expect(mirror.latest(BYBIT, 'USDT')).toMatchObject({ state: 'unsafe' }))
  expect(mirror.latest(BYBIT, 'BTC')).toBeUndefined()
  expect(mirror.all()).toHaveLength(1)
})

test('holds the newest observation in whatever order rates arrive', async () => {
  const times = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(times, async (observations) => {
      const own = createLocalBus()
      const fresh = mirrorOf(own)
      await fresh.start()
      for (const time of observations) await own.publish(RATES_CHANNEL, safe(time))
      await soon(() =>
        expect(fresh.latest(BYBIT, 'USDT')?.observedAt).toBe(Math.max(...observations)),
      )
      await fresh.close()
      await own.close()
    }),
    { numRuns: 20 },
  )
})

test.each([
  'nonsense',
  'null',
  '{}',
  safe(1).replace('"474.2"', '"0"'),
  safe(1).replace('"474.2"', '"NaN"'),
  safe(1).replace('"474.2"', '474.2'),
  safe(1).replace('"observedAt":1', '"observedAt":"1"'),
  safe(1).replaceAll('bybit', 'elsewhere'),
  safe(1).replace('{', '{"extra":1,'),
  `"${'x'.repeat(20_000)}"`,
])('drops and counts %.60s', async (message) => {
  await mirror.start()
  await bus.publish(RATES_CHANNEL, message)
  await soon(() => expect(faults.map((fault) => fault.kind)).toEqual(['malformed_rate']))
  expect(mirror.all()).toEqual([])
})

test('loads everything again after a gap', async () => {
  let onGap = () => {}
  mirror = mirrorOf({
    ...bus,
    subscribe: async (_channel, _onMessage, whenGap) => {
      onGap = whenGap
      return { close: async () => {} }
    },
  })
  await mirror.start()
  await bus.put(rateKey('bybit', 'USDT'), safe(7), 60_000)
  onGap()
  await soon(() => expect(mirror.latest(BYBIT, 'USDT')?.observedAt).toBe(7))
})

test('a loaded rate of the same age never hides a refusal that was heard', async () => {
  let onGap = () => {}
  mirror = mirrorOf({
    ...bus,
    subscribe: (channel, onMessage, whenGap) => {
      onGap = whenGap
      return bus.subscribe(channel, onMessage, whenGap)
    },
    get: (key) => bus.get(key),
  })
  await mirror.start()
  await bus.publish(RATES_CHANNEL, unsafe(7))
  await soon(() => expect(mirror.all()).toHaveLength(1))
  await bus.put(rateKey('bybit', 'USDT'), safe(7), 60_000)
  await bus.put(rateKey('bybit', 'BTC'), safe(8).replace('"asset":"USDT"', '"asset":"BTC"'), 60_000)
  onGap()
  await soon(() => expect(mirror.all()).toHaveLength(2))
  expect(mirror.latest(BYBIT, 'USDT')).toMatchObject({ state: 'unsafe' })
})

test('keeps trying a bus that is away', async () => {
  vi.useFakeTimers()
  let tries = 0
  mirror = mirrorOf({
    ...bus,
    subscribe: (channel, onMessage, onGap) => {
      tries += 1
      if (tries < 3) return Promise.reject(new Error('connection refused'))
      return bus.subscribe(channel, onMessage, onGap)
    },
  })
  await mirror.start()
  expect(mirror.isLive()).toBe(false)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(mirror.isLive()).toBe(true)
  expect(faults).toHaveLength(2)
  vi.useRealTimers()
})

import type { ExchangeId } from '@tolem/domain/ids'
import { type Bus, createLocalBus, createRedisBus } from '@tolem/redis/bus'
import { testRedis } from '@tolem/testing/backends'
import { expect, onTestFinished, test } from 'vitest'
import { createRateMirror, type MirrorFault, type RateMirror } from './mirror.ts'
import { RATES_CHANNEL, rateKey } from './published-rate.ts'

const BYBIT = 'bybit' as ExchangeId
const redis = testRedis()
const inProcess = createLocalBus()

/** One end of the run's Redis; on a machine without it, of the bus that serves such machines. */
async function aBus(): Promise<Bus> {
  if (redis === undefined) return inProcess
  const { url, prefix } = redis
  const bus = createRedisBus({
    url,
    keyPrefix: prefix,
    commandTimeoutMs: 1_000,
    onFault: () => {},
  })
  onTestFinished(() => bus.close())
  await expect.poll(() => bus.isConnected(), { timeout: 5_000 }).toBe(true)
  return bus
}

function aMirror(bus: Bus, faults: MirrorFault[] = []): RateMirror {
  const mirror = createRateMirror({
    bus,
    exchanges: [BYBIT],
    onFault: (fault) => faults.push(fault),
  })
  onTestFinished(() => mirror.close())
  return mirror
}

function unsafe(asset: 'USDT' | 'BTC', observedAt: number): string {
  return JSON.stringify({ state: 'unsafe', exchange: 'bybit', asset, guard: 'spike', observedAt })
}

test('a mirror knows what another process kept before it started, and hears what follows', async () => {
  const publisher = await aBus()
  await publisher.put(rateKey('bybit', 'USDT'), unsafe('USDT', 1), 60_000)
  const faults: MirrorFault[] = []
  const mirror = aMirror(await aBus(), faults)
  await mirror.start()
  expect(mirror.isLive()).toBe(true)
  expect(mirror.latest(BYBIT, 'USDT')?.observedAt).toBe(1)
  await publisher.publish(RATES_CHANNEL, unsafe('BTC', 2))
  await expect.poll(() => mirror.latest(BYBIT, 'BTC')?.observedAt).toBe(2)
  await publisher.publish(RATES_CHANNEL, 'nonsense')
  await expect.poll(() => faults.map((fault) => fault.kind)).toEqual(['malformed_rate'])
})

test('a mirror starts at once while Redis is away, and says that it is not live', async () => {
  const faults: MirrorFault[] = []
  const bus = createRedisBus({
    url: 'redis://127.0.0.1:1',
    keyPrefix: 'none:',
    commandTimeoutMs: 200,
    onFault: () => {},
  })
  onTestFinished(() => bus.close())
  const mirror = aMirror(bus, faults)
  await mirror.start()
  expect(mirror.isLive()).toBe(false)
  expect(mirror.all()).toEqual([])
  expect(faults.map((fault) => fault.kind)).toContain('bus_unavailable')
})

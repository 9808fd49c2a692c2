import { Redis } from 'ioredis'
import { expect, inject, onTestFinished, type TestContext, test } from 'vitest'
import { BUS_CONTRACT } from './bus.contract.ts'
import { type Bus, createRedisBus, type RedisBusOptions } from './bus.ts'
import type { RedisFault } from './fault.ts'
import { type RedisServer, startRedisServer } from './server.ts'

function aBus(url: string, options: Partial<RedisBusOptions> = {}): Bus {
  const bus = createRedisBus({
    url,
    keyPrefix: `${crypto.randomUUID()}:`,
    commandTimeoutMs: 1_000,
    onFault: () => {},
    ...options,
  })
  onTestFinished(() => bus.close())
  return bus
}

async function connected(bus: Bus): Promise<Bus> {
  await expect.poll(() => bus.isConnected(), { timeout: 10_000 }).toBe(true)
  return bus
}

async function faultOf(work: Promise<unknown>): Promise<RedisFault> {
  return work.then(
    () => expect.unreachable('should have failed'),
    (error: unknown) => error as RedisFault,
  )
}

const runUrl = inject('redisUrl')
const probe = await startRedisServer()
await probe?.stop()

/** As `leaveOut` of @tolem/testing does, which stands on this package: out, and not without saying why. */
function needRedis(isHere: boolean, { task, skip }: TestContext): void {
  if (isHere) return
  task.meta.leftOut = 'no redis-server on this machine: apt-get install redis-server'
  skip(task.meta.leftOut)
}

test.for(BUS_CONTRACT)('on Redis $guarantee', async ({ check }, context) => {
  needRedis(runUrl !== '', context)
  const keyPrefix = `${crypto.randomUUID()}:`
  const bus = await connected(aBus(runUrl, { keyPrefix }))
  const other = await connected(aBus(runUrl, { keyPrefix }))
  await expect(check({ bus, other, letPass: () => {} })).resolves.toBeUndefined()
})

/** What needs a server of its own, which may be hurt. */
const OWN_SERVER: Readonly<Record<string, (server: RedisServer) => Promise<void>>> = {
  'after kill -9 commands fail at once, and with a new server the bus comes back and tells the gap':
    async (server) => {
      const heard: string[] = []
      let gaps = 0
      const bus = await connected(aBus(server.url, { commandTimeoutMs: 10_000 }))
      await bus.subscribe(
        'a',
        (message) => heard.push(message),
        () => {
          gaps += 1
        },
      )
      await bus.put('key', 'old', 60_000)
      process.kill(server.pid, 'SIGKILL')
      await expect.poll(() => bus.isConnected(), { timeout: 10_000, interval: 5 }).toBe(false)
      const started = performance.now()
      expect(await faultOf(bus.get('key'))).toMatchObject({ code: 'unavailable' })
      expect(await faultOf(bus.publish('a', 'lost'))).toMatchObject({ code: 'unavailable' })
      expect(performance.now() - started).toBeLessThan(5_000)
      await server.stop()
      await aServer(Number(new URL(server.url).port))
      await connected(bus)
      expect(gaps).toBe(1)
      expect(await bus.get('key')).toBeUndefined()
      await bus.publish('a', 'found')
      await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['found'])
    },

  'a bus that starts before its Redis subscribes when Redis comes': async (server) => {
    await server.stop()
    const heard: string[] = []
    let gaps = 0
    const bus = aBus(server.url)
    await bus.subscribe(
      'a',
      (message) => heard.push(message),
      () => {
        gaps += 1
      },
    )
    expect(await faultOf(bus.get('key'))).toMatchObject({ code: 'unavailable' })
    await aServer(Number(new URL(server.url).port))
    await connected(bus)
    expect(gaps).toBe(1)
    await bus.publish('a', 'one')
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['one'])
  },

  'a server that hangs costs one command timeout, and its connection is given up for a new one':
    async (server) => {
      // Two of these would be cut short by the longest silence of a connection, which is another fault.
      const bus = await connected(aBus(server.url, { commandTimeoutMs: 600 }))
      process.kill(server.pid, 'SIGSTOP')
      const started = performance.now()
      expect(await faultOf(bus.get('key'))).toMatchObject({ code: 'timeout' })
      expect(performance.now() - started).toBeLessThan(4_000)
      await expect.poll(() => bus.isConnected(), { timeout: 10_000 }).toBe(false)
      process.kill(server.pid, 'SIGCONT')
      await connected(bus)
      expect(await bus.get('key')).toBeUndefined()
    },

  'buses of different prefixes do not meet': async (server) => {
    const bus = await connected(aBus(server.url))
    const stranger = await connected(aBus(server.url))
    await bus.put('key', 'mine', 60_000)
    expect(await stranger.get('key')).toBeUndefined()
  },

  'a replica refuses to keep a value and still answers': async (server) => {
    const admin = new Redis(server.url)
    onTestFinished(() => admin.disconnect())
    const bus = await connected(aBus(server.url))
    await admin.replicaof('127.0.0.1', 1)
    expect(await faultOf(bus.put('key', 'one', 1_000))).toMatchObject({ code: 'refused' })
    expect(await bus.get('key')).toBeUndefined()
  },
}

async function aServer(port?: number): Promise<RedisServer> {
  const server = await startRedisServer(port)
  if (server === undefined) throw new Error('Redis was here a moment ago')
  onTestFinished(() => server.stop())
  return server
}

test.for(Object.entries(OWN_SERVER))('%s', async ([, check], context) => {
  needRedis(probe !== undefined, context)
  await expect(aServer().then(check)).resolves.toBeUndefined()
})

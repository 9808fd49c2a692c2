import { type RedisServer, startRedisServer } from '@tolem/redis/server'
import { leaveOut } from '@tolem/testing/left-out'
import type { TestContext } from 'vitest'
import { type Parts, type PartsOptions, startParts } from '../setup/parts.ts'
import { findFreePort, type Server } from '../setup/service.ts'
import { openStack, type Stack } from './stack.ts'

/** Everything in processes of its own, with the Redis between them. */
export type OwnParts = {
  readonly parts: Parts
  readonly redis: Server
  readonly stack: Stack
  readonly close: () => Promise<void>
}

/**
 * Starts a deployment for one file, or says why it cannot: services in processes of their own meet in Redis, and this
 * machine may have none. `npm start` needs none, and its faults are tested all the same.
 */
export async function startOwnParts(
  tests: number,
  options?: PartsOptions,
): Promise<OwnParts | undefined> {
  const redis = await startRedis()
  if (!redis) {
    process.stdout.write(`not run: ${tests} tests that need redis-server or valkey-server\n`)
    return undefined
  }
  const parts = await startParts(redis.url, options).catch(async (error: unknown) => {
    await redis.stop()
    throw error
  })
  const stack = openStack(parts.demo)
  return {
    parts,
    redis,
    stack,
    close: async () => {
      await stack.close()
      await parts.close()
      await redis.stop()
    },
  }
}

/** Goes on with what was started for a file; where this machine has no Redis to start it with, leaves the test out. */
export function need<Started>(
  started: Started | undefined,
  context: TestContext,
): asserts started is Started {
  if (started === undefined)
    leaveOut(context, 'no redis-server on this machine: apt-get install redis-server')
}

/** A Redis that comes back, empty, under the same address. */
async function startRedis(): Promise<Server | undefined> {
  const port = await findFreePort()
  let server: RedisServer | undefined = await startRedisServer(port)
  if (!server) return undefined
  return {
    url: server.url,
    stop: async () => server?.stop(),
    start: async () => {
      server = await startRedisServer(port)
    },
  }
}

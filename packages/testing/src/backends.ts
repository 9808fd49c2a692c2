import { inject } from 'vitest'
import { choosePostgres } from './backends/choose-postgres.ts'
import { chooseRedis } from './backends/choose-redis.ts'
import type { Chosen } from './backends/chosen.ts'
import { cloneDatabase, makeTemplate, type Template } from './backends/databases.ts'

/** Where a test's Redis is, and what to put before each key and channel so that files do not meet. */
export type TestRedis = { readonly url: string; readonly prefix: string }

export type TestDatabase = {
  readonly url: string
  /** Drops the database, whoever may still be connected to it. */
  readonly drop: () => Promise<void>
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgresTemplate: Template
    /** Empty when the machine has none. */
    readonly redisUrl: string
  }
}

export type Backends = {
  readonly template: Template
  readonly redisUrl: string
  readonly stop: () => Promise<void>
}

/**
 * Chooses the servers of a test run, says which in one line, and makes the migrated template that `createTestDatabase`
 * clones. For vitest's global setup.
 */
export async function startBackends(
  environment: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<Backends> {
  const redis = await chooseRedis(environment)
  const postgres = await choosePostgres(environment).catch(stopping(redis))
  const passedOver = new Set([...postgres.reasons, ...redis.reasons])
  const reasons = [...passedOver].map((reason) => ` (${reason})`).join('')
  say(`backends: PostgreSQL ${postgres.what}, Redis ${redis.what}${reasons}`)
  const template = await makeTemplate(postgres.url).catch(stopping(redis, postgres))
  return {
    template,
    redisUrl: redis.url,
    stop: async () => {
      await template.dropAll()
      await Promise.all([postgres.stop(), redis.stop()])
    },
  }
}

/** A failed set-up has no teardown. */
function stopping(...servers: readonly Chosen[]) {
  return async (reason: unknown): Promise<never> => {
    for (const server of servers) await server.stop()
    throw reason
  }
}

/** A fresh database with every migration applied, for one test file: some 30 ms. */
export function createTestDatabase(): Promise<TestDatabase> {
  return cloneDatabase(inject('postgresTemplate'))
}

/** The run's Redis with a prefix of this call's own, or undefined when the machine has none. */
export function testRedis(): TestRedis | undefined {
  const url = inject('redisUrl')
  return url === '' ? undefined : { url, prefix: `test-${crypto.randomUUID()}:` }
}

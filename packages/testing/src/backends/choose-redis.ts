import { startRedisServer } from '@tolem/redis/server'
import { type Chosen, type Environment, given } from './chosen.ts'
import { tryContainer } from './containers.ts'

const PORT = 6379

/** Given by `TEST_REDIS_URL`, else in a container, else the machine's own program, else none: then the URL is empty. */
export async function chooseRedis(environment: Environment): Promise<Chosen> {
  const url = environment['TEST_REDIS_URL']
  if (url) return given(url)
  const attempt = await tryContainer(environment, ({ GenericContainer }) =>
    new GenericContainer('redis:7-alpine').withExposedPorts(PORT),
  )
  if (attempt === undefined || 'reason' in attempt) return startOwn(attempt?.reason)
  const { container } = attempt
  return {
    url: `redis://${container.getHost()}:${container.getMappedPort(PORT)}`,
    what: 'in a container',
    reasons: [],
    stop: async () => void (await container.stop()),
  }
}

async function startOwn(reason: string | undefined): Promise<Chosen> {
  const reasons = reason === undefined ? [] : [reason]
  const server = await startRedisServer()
  if (server !== undefined) return { ...server, what: 'as a child', reasons }
  const why = 'no redis-server or valkey-server on the PATH: only the bus in this process is tested'
  return { ...given(''), what: 'none', reasons: [...reasons, why] }
}

import { startDisposablePostgres } from '@tolem/postgres/embedded'
import { type Chosen, type Environment, given } from './chosen.ts'
import { tryContainer } from './containers.ts'

const PASSWORD = 'test'
const PORT = 5432

/** Given by `TEST_DATABASE_URL`, else in a container, else embedded. */
export async function choosePostgres(environment: Environment): Promise<Chosen> {
  const url = environment['TEST_DATABASE_URL']
  if (url) return given(url)
  const attempt = await tryContainer(environment, ({ GenericContainer, Wait }) =>
    new GenericContainer('postgres:15-alpine')
      .withEnvironment({ POSTGRES_PASSWORD: PASSWORD })
      .withExposedPorts(PORT)
      .withTmpFs({ '/var/lib/postgresql/data': 'rw' })
      .withCommand(['-c', 'fsync=off', '-c', 'max_connections=300', '-c', 'deadlock_timeout=100ms'])
      // Once for the image's own set-up, and once for us.
      .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2)),
  )
  if (attempt === undefined || 'reason' in attempt) return startEmbedded(attempt?.reason)
  const { container } = attempt
  return {
    url: `postgres://postgres:${PASSWORD}@${container.getHost()}:${container.getMappedPort(PORT)}/postgres`,
    what: 'in a container',
    reasons: [],
    stop: async () => void (await container.stop()),
  }
}

async function startEmbedded(reason: string | undefined): Promise<Chosen> {
  const server = await startDisposablePostgres()
  const reasons = reason === undefined ? [] : [reason]
  return { url: server.tcpUrl, what: 'embedded', reasons, stop: server.stop }
}

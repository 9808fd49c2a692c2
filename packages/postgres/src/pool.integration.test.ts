import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type EmbeddedPostgres, ensureDatabase, startDisposablePostgres } from './embedded.ts'
import type { PostgresFault } from './fault.ts'
import {
  assertWritable,
  createPostgres,
  NotWritable,
  type Postgres,
  type PostgresOptions,
} from './pool.ts'
import type { Statement } from './statements.ts'

let server: EmbeddedPostgres
let databases = 0

beforeAll(async () => {
  server = await startDisposablePostgres()
})
afterAll(() => server.stop())

async function aDatabase(): Promise<string> {
  databases += 1
  return ensureDatabase(server.tcpUrl, `pool_${databases}`)
}

function aPool(url: string, options: Partial<PostgresOptions> = {}): Postgres {
  const postgres = createPostgres({
    url,
    poolSize: 4,
    acquireTimeoutMs: 2_000,
    statementTimeoutMs: 400,
    lockTimeoutMs: 150,
    applicationName: 'pool-test',
    onFault: () => {},
    ...options,
  })
  onTestFinished(() => postgres.close())
  return postgres
}

async function aTable(postgres: Postgres): Promise<void> {
  await postgres.run(sql('CREATE TABLE kept (id INT CONSTRAINT kept_pkey PRIMARY KEY)'), [])
}

const names = new Map<string, string>()

function sql(text: string): Statement {
  const name = names.get(text) ?? `test-${names.size}`
  names.set(text, name)
  return { name, text }
}

const INSERT = sql('INSERT INTO kept VALUES ($1)')
const COUNT = sql('SELECT count(*)::int AS count FROM kept')

function faultOf(work: Promise<unknown>): Promise<PostgresFault> {
  return work.then(
    () => expect.unreachable('should have failed'),
    (error: unknown) => error as PostgresFault,
  )
}

/** A stretch of network that can be cut: `swallowed` bytes are read and lost, which looks like silence. */
async function aProxy(url: string) {
  const { hostname, port } = new URL(url)
  const state = { swallowReplies: false }
  const sockets = new Set<Socket>()
  const proxy = createServer((inner) => {
    const outer = connect(Number(port), hostname)
    for (const socket of [inner, outer]) sockets.add(socket.on('error', () => {}))
    inner.on('data', (bytes) => outer.write(bytes))
    outer.on('data', (bytes) => void (state.swallowReplies || inner.write(bytes)))
    inner.on('close', () => outer.destroy())
    outer.on('close', () => inner.destroy())
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  const throughProxy = new URL(url)
  throughProxy.port = String((proxy.address() as AddressInfo).port)
  return { url: throughProxy.href, state }
}

test('values come back exactly', async () => {
  const postgres = aPool(await aDatabase())
  const text = `SELECT 9007199254740993::int8 AS int8, 1.10::numeric AS numeric, '{9007199254740993}'::int8[] AS int8s,
    '{0.1000000000000000055511151231257827}'::numeric[] AS numerics, DATE '2026-11-22' AS day,
    TIMESTAMPTZ '2026-11-22T10:00:00.123Z' AS instant, '\\x00ff'::bytea AS bytes,
    '{"big": 12345678901234567890, "small": 1.50}'::jsonb AS json`
  expect(await postgres.run(sql(text), [])).toEqual([
    {
      int8: '9007199254740993',
      numeric: '1.10',
      int8s: ['9007199254740993'],
      numerics: ['0.1000000000000000055511151231257827'],
      day: '2026-11-22',
      instant: new Date('2026-11-22T10:00:00.123Z'),
      bytes: Buffer.from([0, 255]),
      json: { big: '12345678901234567890', small: 1.5 },
    },
  ])
})

test('a violated constraint is told by name and nothing was committed', async () => {
  const postgres = aPool(await aDatabase())
  await aTable(postgres)
  await postgres.run(INSERT, [1])
  expect(await faultOf(postgres.run(INSERT, [1]))).toMatchObject({
    code: 'constraint',
    constraint: 'kept_pkey',
    sqlState: '23505',
    maybeCommitted: false,
  })
})

test('a wrong statement is a failure of ours, and its connection is used again', async () => {
  const postgres = aPool(await aDatabase(), { poolSize: 1 })
  const pid = sql('SELECT pg_backend_pid() AS pid')
  const before = await postgres.run(pid, [])
  expect(await faultOf(postgres.run(sql('SELECT 1 / 0'), []))).toMatchObject({ code: 'failed' })
  expect(await postgres.run(pid, [])).toEqual(before)
})

test('a statement that takes too long is cancelled by the server', async () => {
  const postgres = aPool(await aDatabase())
  const fault = await faultOf(postgres.run(sql('SELECT pg_sleep(5)'), []))
  expect(fault).toMatchObject({ code: 'timeout', sqlState: '57014', maybeCommitted: false })
})

test('a row locked by a stuck session is given up after the lock timeout', async () => {
  const postgres = aPool(await aDatabase())
  await aTable(postgres)
  await postgres.run(INSERT, [1])
  const lock = sql('SELECT id FROM kept FOR UPDATE')
  const fault = await postgres.runInTransaction(async (run) => {
    await run(lock, [])
    return faultOf(postgres.run(lock, []))
  })
  expect(fault).toMatchObject({ code: 'lock_timeout', maybeCommitted: false })
})

test('what a process that stands still in a transaction has locked becomes free again', async () => {
  const url = await aDatabase()
  const [still, other] = [aPool(url), aPool(url)]
  await aTable(still)
  await still.run(INSERT, [1])
  const [locked, freed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const standing = faultOf(
    still.runInTransaction(async (run) => {
      await run(sql('UPDATE kept SET id = 2'), [])
      locked.resolve()
      await freed.promise
    }),
  )
  await locked.promise
  const take = () => other.run(sql('UPDATE kept SET id = 3'), []).then(() => 'free', String)
  await expect.poll(take, { interval: 20, timeout: 10_000 }).toBe('free').finally(freed.resolve)
  expect(await standing).toMatchObject({ code: 'unavailable' })
  expect(await other.run(sql('SELECT id FROM kept'), [])).toEqual([{ id: 3 }])
})

test('of two sessions in a deadlock one is told to try again', async () => {
  const postgres = aPool(await aDatabase(), { lockTimeoutMs: 5_000, statementTimeoutMs: 10_000 })
  await aTable(postgres)
  await postgres.run(sql('INSERT INTO kept VALUES (1), (2)'), [])
  const lock = sql('SELECT id FROM kept WHERE id = $1 FOR UPDATE')
  const bothHoldOne = Promise.withResolvers<void>()
  let holding = 0
  const sessions = [
    [1, 2],
    [2, 1],
  ].map(([first, second]) =>
    postgres.runInTransaction(async (run) => {
      await run(lock, [first])
      holding += 1
      if (holding === 2) bothHoldOne.resolve()
      await bothHoldOne.promise
      await run(lock, [second])
    }),
  )
  const ends = await Promise.allSettled(sessions)
  expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1)
  expect(ends.find((end) => end.status === 'rejected')?.reason).toMatchObject({
    code: 'serialization',
    maybeCommitted: false,
  })
})

test('when all connections are taken a caller is refused inside its wait; the server counts as reachable', async () => {
  const postgres = aPool(await aDatabase(), {
    poolSize: 1,
    acquireTimeoutMs: 1_000,
    statementTimeoutMs: 30_000,
  })
  await postgres.run(sql('SELECT 1'), [])
  const slow = postgres.run(sql("SELECT 'slept' AS end FROM pg_sleep(3)"), [])
  const refused = faultOf(postgres.run(sql('SELECT 1'), []))
  expect(await Promise.race([refused, slow])).toMatchObject({
    code: 'unavailable',
    maybeCommitted: false,
  })
  expect(postgres.isReachable()).toBe(true)
  expect(await slow).toEqual([{ end: 'slept' }])
})

test('when the server has no slot left the fault is unavailable and nothing was sent', async () => {
  const url = await aDatabase()
  const admin = aPool(url)
  await admin.run(sql("CREATE ROLE few LOGIN PASSWORD 'few' CONNECTION LIMIT 0"), [])
  const limited = new URL(url)
  limited.username = 'few'
  limited.password = 'few'
  const fault = await faultOf(aPool(limited.href).run(sql('SELECT 1'), []))
  expect(fault).toMatchObject({ code: 'unavailable', sqlState: '53300', maybeCommitted: false })
})

test('an unreachable server is told inside the wait for a connection', async () => {
  const nobodyListens = 'postgres://postgres@127.0.0.1:1/postgres'
  const postgres = aPool(nobodyListens)
  expect(await faultOf(postgres.run(sql('SELECT 1'), []))).toMatchObject({
    code: 'unavailable',
    maybeCommitted: false,
  })
  expect(postgres.isReachable()).toBe(false)
})

test('a swallowed reply ends the wait, says maybe committed, and the row is there', async () => {
  const url = await aDatabase()
  const { url: throughProxy, state } = await aProxy(url)
  const postgres = aPool(throughProxy)
  await aTable(postgres)
  state.swallowReplies = true
  expect(await faultOf(postgres.run(INSERT, [1]))).toMatchObject({
    code: 'timeout',
    maybeCommitted: true,
  })
  state.swallowReplies = false
  expect(await postgres.run(COUNT, [])).toEqual([{ count: 1 }])
})

test('a swallowed reply to COMMIT says maybe committed, and the row is there', async () => {
  const url = await aDatabase()
  const { url: throughProxy, state } = await aProxy(url)
  const postgres = aPool(throughProxy)
  await aTable(postgres)
  const work = postgres.runInTransaction(async (run) => {
    await run(INSERT, [1])
    state.swallowReplies = true
  })
  expect(await faultOf(work)).toMatchObject({ code: 'timeout', maybeCommitted: true })
  state.swallowReplies = false
  expect(await postgres.run(COUNT, [])).toEqual([{ count: 1 }])
})

test('a connection lost before COMMIT committed nothing and says so', async () => {
  const url = await aDatabase()
  const { url: throughProxy, state } = await aProxy(url)
  // Before the server ends a session that is idle in a transaction.
  const postgres = aPool(throughProxy, { statementTimeoutMs: 100 })
  await aTable(aPool(url))
  const work = postgres.runInTransaction(async (run) => {
    state.swallowReplies = true
    await run(INSERT, [1])
  })
  expect(await faultOf(work)).toMatchObject({ code: 'timeout', maybeCommitted: false })
  state.swallowReplies = false
  await expect.poll(() => postgres.run(COUNT, []), { timeout: 10_000 }).toEqual([{ count: 0 }])
})

test('a transaction rolls back when its work rejects, and the work’s own error arrives', async () => {
  const postgres = aPool(await aDatabase(), { poolSize: 1 })
  await aTable(postgres)
  const own = new Error('changed my mind')
  const work = postgres.runInTransaction(async (run) => {
    await run(INSERT, [1])
    throw own
  })
  await expect(work).rejects.toBe(own)
  expect(await postgres.run(COUNT, [])).toEqual([{ count: 0 }])
})

test('a transaction whose work swallowed a failed statement is not taken for committed', async () => {
  const postgres = aPool(await aDatabase())
  await aTable(postgres)
  const work = postgres.runInTransaction(async (run) => {
    await run(INSERT, [1])
    await faultOf(run(INSERT, [1]))
  })
  expect(await faultOf(work)).toMatchObject({ code: 'failed', maybeCommitted: false })
  expect(await postgres.run(COUNT, [])).toEqual([{ count: 0 }])
})

test('idle connections that break on their own are reported and replaced', async () => {
  const url = await aDatabase()
  const reported: Error[] = []
  const postgres = aPool(url, { onFault: (error) => reported.push(error) })
  const other = aPool(url, { applicationName: 'other' })
  await postgres.run(sql('SELECT 1'), [])
  const text = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'pool-test' AND datname = current_database()`
  await other.run(sql(text), [])
  await expect.poll(() => reported.length).toBeGreaterThan(0)
  // Several were killed, and the pool hears of them one after the other: until then it may lend a dead one.
  const one = () => postgres.run(sql('SELECT 1 AS one'), []).catch(() => [])
  await expect.poll(one).toEqual([{ one: 1 }])
  await expect.poll(() => postgres.isReachable()).toBe(true)
})

test('a read-only server is refused at start', async () => {
  const url = await aDatabase()
  const postgres = aPool(url)
  await assertWritable(postgres)
  const database = new URL(url).pathname.slice(1)
  await postgres.run(sql(`ALTER DATABASE ${database} SET default_transaction_read_only = on`), [])
  await expect(assertWritable(aPool(url))).rejects.toThrow(NotWritable)
})

test('a listener hears notices, and after a lost connection says that it may have missed some', async () => {
  const url = await aDatabase()
  const { url: throughProxy, state } = await aProxy(url)
  const heard: string[] = []
  const lost: Error[] = []
  let gaps = 0
  const listener = await aPool(throughProxy, { onFault: (error) => lost.push(error) }).listen(
    'cards Changed',
    (payload) => heard.push(payload),
    () => {
      gaps += 1
    },
  )
  onTestFinished(() => listener.close())
  const postgres = aPool(url, { applicationName: 'other' })
  const notify = sql("SELECT pg_notify('cards Changed', $1)")
  await postgres.run(notify, ['one'])
  await expect.poll(() => heard).toEqual(['one'])
  const text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
  await postgres.run(sql(text), [])
  await expect.poll(() => gaps).toBe(1)
  await postgres.run(notify, ['two'])
  await expect.poll(() => heard).toEqual(['one', 'two'])
  lost.length = 0
  state.swallowReplies = true
  await expect.poll(() => lost.length, { timeout: 10_000 }).toBeGreaterThan(0)
  state.swallowReplies = false
  await expect.poll(() => gaps, { timeout: 10_000 }).toBe(2)
})

import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { type EmbeddedPostgres, ensureDatabase, startEmbeddedPostgres } from './embedded.ts'

const isRoot = process.getuid?.() === 0

const PATH = '/usr/bin:/bin:/usr/sbin:/sbin'

/** Whom a child becomes when it must not be root. */
const nobody = isRoot ? { uid: 65_534, gid: 65_534 } : {}

function aDirectory(mode = 0o755): string {
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const directory = mkdtempSync(join(base, 'embedded-test-'))
  chmodSync(directory, mode)
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

async function start(directory: string, durable = false): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ directory, durable })
  onTestFinished(() => server.stop())
  return server
}

async function select(url: string, text: string): Promise<unknown> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(text)
    return Object.values(rows[0] ?? {})[0]
  } finally {
    await client.end()
  }
}

const PROGRAM = `
  import { startEmbeddedPostgres } from '${new URL('./embedded.ts', import.meta.url).href}'
  const directory = process.argv[1]
  const server = await startEmbeddedPostgres({ directory, durable: false, removeDirectory: true })
  console.log(JSON.stringify(server))
  process.stdin.once('end', () => server.stop()).resume()
`

type Owner = { readonly process: ChildProcess; readonly url: string; readonly tcpUrl: string }

/** Another process that owns a server. */
async function anOwner(directory: string, options: SpawnOptions): Promise<Owner> {
  const words = ['--input-type=module', '--eval', PROGRAM, directory]
  const owner = spawn(process.execPath, words, { ...options, stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void owner.kill('SIGKILL'))
  const [line] = await once(createInterface({ input: owner.stdout }), 'line')
  return { process: owner, ...JSON.parse(String(line)) }
}

function postmasterPid(directory: string): number {
  return Number.parseInt(readFileSync(join(directory, 'data', 'postmaster.pid'), 'utf8'), 10)
}

/** A zombie has ended, whether or not anybody collects it. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

test('a stopped server starts again with what it held', async () => {
  const directory = aDirectory()
  const first = await start(directory, true)
  const url = await ensureDatabase(first.url, 'tolem')
  await select(url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await first.stop()
  expect(existsSync(join(directory, 'data', 'postmaster.pid'))).toBe(false)
  const second = await start(directory, true)
  expect(await select(await ensureDatabase(second.url, 'tolem'), 'SELECT answer FROM kept')).toBe(
    42,
  )
})

test('TCP asks for the password and a durable server waits for its disk', async () => {
  const server = await start(aDirectory(), true)
  expect(await select(server.tcpUrl, 'SHOW synchronous_commit')).toBe('on')
  const withoutPassword = server.tcpUrl.replace(/:[^:@]+@/, ':wrong@')
  await expect(select(withoutPassword, 'SELECT 1')).rejects.toThrow(
    /password authentication failed/,
  )
})

test('a second server on one directory is refused and the first one lives on', async () => {
  const directory = aDirectory()
  const server = await start(directory)
  await expect(start(directory)).rejects.toThrow(/already running/)
  expect(await select(server.url, 'SELECT 1')).toBe(1)
})

test('a server that was killed recovers, and its pid may belong to somebody else by then', async () => {
  const directory = aDirectory()
  const first = await start(directory, true)
  await select(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  process.kill(postmasterPid(directory), 'SIGKILL')
  await first.stop()
  const note = join(directory, 'data', 'postmaster.pid')
  const lines = readFileSync(note, 'utf8').split('\n')
  await writeFile(note, [process.pid, ...lines.slice(1)].join('\n'))
  const second = await start(directory, true)
  expect(await select(second.url, 'SELECT answer FROM kept')).toBe(42)
})

test('a server that cannot start says why', async () => {
  const directory = aDirectory()
  const server = await start(directory)
  await server.stop()
  await writeFile(join(directory, 'data', 'postgresql.conf'), 'nonsense = 1')
  await expect(start(directory)).rejects.toThrow(/unrecognized configuration parameter "nonsense"/)
})

test('a killed owner leaves no server, socket or directory behind', async () => {
  const directory = join(aDirectory(), 'cluster')
  const owner = await anOwner(directory, {})
  const pid = postmasterPid(directory)
  const sockets = new URL(owner.url).searchParams.get('host') ?? ''
  expect(isRunning(pid)).toBe(true)
  owner.process.kill('SIGKILL')
  await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false)
  await expect
    .poll(() => existsSync(sockets) || existsSync(directory), { timeout: 5_000 })
    .toBe(false)
})

test('an owner killed while the cluster is being made leaves nothing behind', async () => {
  const directory = join(aDirectory(), 'cluster')
  const words = ['--input-type=module', '--eval', PROGRAM, directory]
  const owner = spawn(process.execPath, words, { stdio: ['pipe', 'inherit', 'inherit'] })
  await expect.poll(() => existsSync(join(directory, 'data.new')), { timeout: 10_000 }).toBe(true)
  owner.kill('SIGKILL')
  await expect.poll(() => existsSync(directory), { timeout: 5_000 }).toBe(false)
})

/** Below a directory that only root may enter, an ordinary user cannot even run this project's Node. */
const canNobodyRun = spawnSync(process.execPath, ['--version'], nobody).status === 0

test.for<[string, () => SpawnOptions]>([
  ['as this user', () => ({})],
  ['as an ordinary user', () => nobody],
  ['with a long TMPDIR', () => ({ env: { PATH, TMPDIR: `/tmp/${'long/'.repeat(30)}` } })],
  ['without user namespaces', () => ({ env: { PATH: aPathWithoutUnshare() } })],
])('a server starts and stops %s', async ([how, options], { task, skip }) => {
  if (how === 'as an ordinary user' && !canNobodyRun) {
    // As `leaveOut` of @tolem/testing does, which stands on this package.
    task.meta.leftOut =
      'an ordinary user may not enter this checkout: put it below another directory'
    skip(task.meta.leftOut)
  }
  const directory = aDirectory()
  if (isRoot) chownSync(directory, 65_534, 65_534)
  const owner = await anOwner(join(directory, 'cluster'), options())
  expect(await select(owner.tcpUrl, 'SELECT 1')).toBe(1)
  owner.process.stdin?.end()
  const [status] = await once(owner.process, 'exit')
  expect(status).toBe(0)
  expect(existsSync(join(directory, 'cluster'))).toBe(false)
})

/** Only what the other way of not being root needs. */
function aPathWithoutUnshare(): string {
  const directory = aDirectory()
  for (const name of ['sh', 'rm', 'sleep', 'grep', 'test', 'chown']) {
    const found = PATH.split(':')
      .map((place) => join(place, name))
      .find(existsSync)
    if (found !== undefined) symlinkSync(found, join(directory, name))
  }
  return directory
}

test('below a directory that only its owner may enter a server starts as the owner', async () => {
  const closed = aDirectory(0o700)
  const directory = join(closed, 'cluster')
  await mkdir(directory)
  expect(await select((await start(directory)).url, 'SELECT 1')).toBe(1)
})

import { readFileSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureDatabase, startEmbeddedPostgres } from '@tolem/postgres/embedded'
import { migrate } from '@tolem/postgres/migrate'
import { Client } from 'pg'
import type { Cleanup } from './cleanup.ts'

/** The one server that both Tolem and pgbench are measured on. */
export type Database = {
  /** Tolem's database, migrated. By TCP, as pgbench's: neither has the shorter way. */
  readonly url: string
  readonly pgbenchUrl: string
  /** Absent for a server that is not ours. */
  readonly pid: number | undefined
  /** Its version and what matters of its settings, for the report. */
  readonly description: string
}

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'migrations')

/** Linux's name for a file system in memory (statfs(2), TMPFS_MAGIC). */
const TMPFS = 0x01021994

/** A directory on a disk, where there is one: what is in memory only is never durable. */
export function diskDirectory(): string {
  const candidates = [tmpdir(), '/var/tmp', process.cwd()]
  return candidates.find((directory) => !isInMemory(directory)) ?? tmpdir()
}

/** Starts an embedded PostgreSQL with fsync, or makes databases of our own on the server of `serverUrl`. */
export async function openDatabase(parts: {
  readonly directory: string
  readonly serverUrl: string | undefined
  readonly cleanup: Cleanup
}): Promise<Database> {
  const { directory, serverUrl, cleanup } = parts
  const server = serverUrl ?? (await startServer(join(directory, 'postgres'), cleanup))
  const open = async (name: string) => {
    const url = await ensureDatabase(server, name)
    if (serverUrl !== undefined) cleanup.add(() => dropDatabase(serverUrl, name))
    return url
  }
  const url = await open(serverUrl === undefined ? 'tolem' : `tolem_bench_${process.pid}`)
  const pgbenchUrl = await open(`tolem_bench_${process.pid}_tpcb`)
  await migrate({ url, directory: MIGRATIONS })
  const where = serverUrl === undefined ? placeOf(directory) : 'BENCH_DATABASE_URL'
  return {
    url,
    pgbenchUrl,
    pid: serverUrl === undefined ? postmasterIn(directory) : undefined,
    description: `${await describe(url)}, ${where}`,
  }
}

async function startServer(directory: string, cleanup: Cleanup): Promise<string> {
  const server = await startEmbeddedPostgres({ directory, durable: true, removeDirectory: true })
  cleanup.add(() => server.stop())
  return server.tcpUrl
}

function postmasterIn(directory: string): number {
  const note = readFileSync(join(directory, 'postgres', 'data', 'postmaster.pid'), 'utf8')
  return Number.parseInt(note, 10)
}

async function describe(url: string): Promise<string> {
  return withClient(url, async (client) => {
    const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers']
    const { rows } = await client.query<{ name: string; setting: string }>(
      'SELECT name, current_setting(name) AS setting FROM unnest($1::text[]) AS name',
      [['server_version', ...names]],
    )
    const [version, ...settings] = rows
    return [
      `PostgreSQL ${version?.setting}`,
      ...settings.map(({ name, setting }) => `${name} ${setting}`),
    ].join(', ')
  })
}

async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await withClient(serverUrl, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`))
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function placeOf(directory: string): string {
  return isInMemory(directory) ? 'IN MEMORY: nothing here is durable' : `on disk in ${directory}`
}

function isInMemory(directory: string): boolean {
  try {
    return statfsSync(directory).type === TMPFS
  } catch {
    // Not there: not a place for a database either.
    return true
  }
}

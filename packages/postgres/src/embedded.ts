import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { findBinaries } from './embedded/binaries.ts'
import { initialise, passwordFileIn } from './embedded/initialise.ts'
import { launch } from './embedded/launch.ts'
import { tieLeash } from './embedded/leash.ts'
import { refuseRunning } from './embedded/postmaster-pid.ts'
import { chooseUser } from './embedded/server-user.ts'

/** Where the server keeps its data, and how careful it is with them. */
export type EmbeddedPostgresOptions = {
  /** Holds the cluster, its log and its password. Made when missing; survives a stop and is used again. */
  readonly directory: string
  /** False trades safety for speed: no fsync, no password on loopback. For tests only. */
  readonly durable: boolean
  /** TCP port on 127.0.0.1; a free one unless told. */
  readonly port?: number
  /** Removes the directory with the server, also when this process is killed. */
  readonly removeDirectory?: boolean
}

/** A running server, and the two ways to it. */
export type EmbeddedPostgres = {
  /** By unix socket, which only this user can open: the fastest. Names the database `postgres`. */
  readonly url: string
  /** The same database by TCP on loopback, with a password: for other users, containers and proxies. */
  readonly tcpUrl: string
  /** Stops the server (PostgreSQL's fast shutdown) and waits until nothing of it is left. */
  readonly stop: () => Promise<void>
}

/**
 * Runs a real PostgreSQL from npm packages, as root too, with nothing installed. The server stands in its own session
 * (Ctrl-C reaches the service, not the database) and on a leash: however this process ends, the server ends too.
 *
 * @throws when another server runs in the directory, and with the server's own words when it does not start.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { directory, durable } = options
  const data = join(directory, 'data')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  refuseRunning(data)
  const held = tieLeash()
  if (options.removeDirectory) held.remove(directory)
  try {
    const user = await chooseUser(await findBinaries(), directory)
    if (user.copy !== undefined) held.remove(user.copy)
    if (!existsSync(join(data, 'PG_VERSION'))) await initialise(user, held, { data, durable })
    const server = await launch(user, held, { ...options, data })
    const password = await readFile(passwordFileIn(data), 'utf8')
    const host = encodeURIComponent(server.socketDirectory)
    return {
      url: `postgres://postgres@localhost:${server.port}/postgres?host=${host}`,
      tcpUrl: `postgres://postgres:${password}@127.0.0.1:${server.port}/postgres`,
      stop: server.stop,
    }
  } catch (error) {
    await held.end()
    throw error
  }
}

/** A server for tests: in memory where there is enough of it, nothing durable, gone with its directory. */
export async function startDisposablePostgres(): Promise<EmbeddedPostgres> {
  const base = (await isRoomy(MEMORY)) ? MEMORY : tmpdir()
  const directory = await mkdtemp(join(base, 'tolem-test-'))
  return startEmbeddedPostgres({ directory, durable: false, removeDirectory: true })
}

/** Creates the database if it does not exist, and returns `url` with its name in place of the one it held. */
export async function ensureDatabase(url: string, name: string): Promise<string> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
  const named = new URL(url)
  named.pathname = `/${name}`
  return named.href
}

const MEMORY = '/dev/shm'

// A template, its clones and their logs of a whole test run.
const ENOUGH_BYTES = 1 << 30

async function isRoomy(directory: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(directory)
    return bavail * bsize > ENOUGH_BYTES
  } catch {
    // No such directory on this platform: simply not roomy.
    return false
  }
}

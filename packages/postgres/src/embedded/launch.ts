import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Leash } from './leash.ts'
import { readPostmasterPid } from './postmaster-pid.ts'
import { commandLine, type ServerUser } from './server-user.ts'
import { serverArguments } from './settings.ts'

/** `data` is the cluster, inside `directory`, which holds the log too. `port` is a free one unless told. */
export type LaunchOptions = {
  readonly directory: string
  readonly data: string
  readonly durable: boolean
  readonly port?: number
}

type Server = {
  readonly port: number
  readonly socketDirectory: string
  readonly stop: () => Promise<void>
}

// Recovery after a crash replays at most max_wal_size.
const START_TIMEOUT_MS = 60_000
const READY_POLL_MS = 5
const STOP_PATIENCE_MS = 10_000

/** Starts the server and resolves when it takes connections. From then on the leash ends when the server does. */
export async function launch(
  user: ServerUser,
  held: Leash,
  options: LaunchOptions,
): Promise<Server> {
  const port = options.port ?? (await findFreePort())
  const socketDirectory = makeSocketDirectory(user)
  held.remove(socketDirectory)
  const log = join(options.directory, 'server.log')
  const server = startServer(user, log, serverArguments({ ...options, socketDirectory, port }))
  held.hold(server.pid)
  const ended = once(server.child, 'exit').then(() => held.end())
  await waitUntilReady(server, options.data, log).catch(async (error: unknown) => {
    await stop(server.child, ended)
    throw error
  })
  server.child.unref()
  return { port, socketDirectory, stop: () => stop(server.child, ended) }
}

type Running = { readonly child: ChildProcess; readonly pid: number }

function startServer(user: ServerUser, log: string, words: readonly string[]): Running {
  const { command, rest } = commandLine(user, user.binaries.postgres, words)
  const output = openSync(log, 'w', 0o600)
  const child = spawn(command, rest, {
    ...user.identity,
    detached: true,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  child.on('error', () => {
    // A failed start has no pid, which is told below; a failed signal means that the server is gone.
  })
  if (child.pid === undefined) throw new Error(`cannot start ${command}`)
  return { child, pid: child.pid }
}

async function waitUntilReady(server: Running, data: string, log: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS
  while (performance.now() < deadline) {
    if (server.child.exitCode !== null || server.child.signalCode !== null) break
    const noted = readPostmasterPid(data)
    if (noted?.ready && noted.pid === server.pid) return
    await delay(READY_POLL_MS)
  }
  throw new Error(`PostgreSQL did not start in ${data}:\n${readFileSync(log, 'utf8').trim()}`)
}

/** Fast shutdown, then the immediate one, then no more asking. Idempotent. */
async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.ref()
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    child.kill(signal)
    const done = await Promise.race([
      ended.then(() => true),
      delay(STOP_PATIENCE_MS, false, { ref: false }),
    ])
    if (done) return
  }
  await ended
}

/** A socket's path may have 107 bytes, which a long TMPDIR would use up. */
function makeSocketDirectory(user: ServerUser): string {
  const directory = makeShortDirectory()
  const { uid, gid } = user.identity
  if (uid !== undefined && gid !== undefined) chownSync(directory, uid, gid)
  return directory
}

function makeShortDirectory(): string {
  try {
    return mkdtempSync('/tmp/pg-')
  } catch {
    // No /tmp, or not for us: the configured one may be longer, but it is writable.
    return mkdtempSync(join(tmpdir(), 'pg-'))
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { Redis } from 'ioredis'

/** A Redis server of our own. It keeps nothing on disk. */
export type RedisServer = {
  readonly url: string
  readonly pid: number
  readonly stop: () => Promise<void>
}

// Both speak the same protocol; Valkey is what some distributions ship instead.
const PROGRAMS = ['redis-server', 'valkey-server']

const START_TIMEOUT_MS = 10_000
const RETRY_MS = 10

/**
 * The shell is the server's parent and waits on a pipe from this process: however this process ends, the pipe closes,
 * and the server ends with its directory.
 */
const SCRIPT = `
directory=$1; shift
"$@" >/dev/null 2>&1 </dev/null &
echo $!
read -r word
kill -KILL $! 2>/dev/null
rm -rf "$directory"
`

/**
 * Starts `redis-server` or `valkey-server` on loopback, whichever the machine has. `port` is a free one unless told.
 *
 * Resolves with undefined when the machine has neither; throws when the server does not answer.
 */
export async function startRedisServer(port?: number): Promise<RedisServer | undefined> {
  const program = await findProgram()
  if (program === undefined) return undefined
  const chosen = port ?? (await findFreePort())
  const directory = await mkdtemp(join(tmpdir(), 'redis-'))
  const words = ['--port', `${chosen}`, '--bind', '127.0.0.1', '--save', '', '--dir', directory]
  const shell = spawn('sh', ['-c', SCRIPT, 'leash', directory, program, ...words], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const [pid] = await once(createInterface({ input: shell.stdout }), 'line')
  const server = { url: `redis://127.0.0.1:${chosen}`, pid: Number(pid), stop: () => stop(shell) }
  await waitUntilReady(server).catch(async (error: unknown) => {
    await server.stop()
    throw error
  })
  return server
}

async function findProgram(): Promise<string | undefined> {
  for (const program of PROGRAMS) {
    const child = spawn(program, ['--version'], { stdio: 'ignore' })
    const found = await once(child, 'exit').then(
      ([status]) => status === 0,
      // Not on the PATH.
      () => false,
    )
    if (found) return program
  }
  return undefined
}

async function waitUntilReady(server: RedisServer): Promise<void> {
  const client = new Redis(server.url, { retryStrategy: () => RETRY_MS })
  const ready = Promise.withResolvers<void>()
  client.once('ready', ready.resolve)
  client.on('error', () => {
    // Refused until it listens; the patience below is what counts.
  })
  const patience = setTimeout(
    () => ready.reject(new Error(`Redis did not start at ${server.url}`)),
    START_TIMEOUT_MS,
  )
  try {
    await ready.promise
  } finally {
    clearTimeout(patience)
    client.disconnect()
  }
}

async function stop(shell: ChildProcessByStdio<Writable, Readable, null>): Promise<void> {
  if (shell.exitCode !== null) return
  const ended = once(shell, 'exit')
  shell.stdin.end()
  await ended
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

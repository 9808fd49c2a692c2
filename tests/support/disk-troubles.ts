import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { query } from './ledger.ts'
import { type Trouble, untilAnswered, type WiredParts } from './wired-parts.ts'

const AWAY = ['/problems/unavailable', '/problems/no_answer_in_time'] as const
const TRACES_WITHIN_MS = 10_000

/** Troubles that need the same of a machine. */
export type DiskTroubles = {
  readonly name: string
  /** What this machine has not got that they need. */
  readonly lacks: string | undefined
  readonly troubles: readonly Trouble[]
}

/** What happens below PostgreSQL: fsync that is slow or fails, and no room for the log. */
export function diskTroubles(): readonly DiskTroubles[] {
  const canTrace = canRun('strace', '-e', 'trace=none', 'true')
  const hasRoom = canMount()
  return [
    {
      name: 'fsync slow or failing',
      lacks: canTrace ? undefined : 'strace (apt-get install strace) and the right to trace',
      troubles: [aSlowFsync(500), aSlowFsync(2_500), aFailingFsync()],
    },
    {
      name: 'a full disk',
      lacks: hasRoom ? undefined : 'the right to mount a tmpfs (run as root)',
      troubles: hasRoom ? [aFullDisk()] : [],
    },
  ]
}

function canRun(command: string, ...words: readonly string[]): boolean {
  try {
    execFileSync(command, words, { stdio: 'ignore' })
    return true
  } catch {
    // Not installed, or not allowed.
    return false
  }
}

/** Each commit waits for the disk: with a long wait nobody is asked for money, with a longer one nobody is told. */
function aSlowFsync(delayMs: number): Trouble {
  let release: (() => Promise<void>) | undefined
  return {
    name: `fsync takes ${delayMs} ms`,
    make: async (own) => {
      release = await trace(own, `fdatasync:delay_enter=${delayMs * 1_000}`)
      await delay(3 * delayMs)
    },
    felt: delayMs > 1_000 ? AWAY : ['approved', 'deadline_exceeded', ...AWAY],
    mend: async () => release?.(),
  }
}

/** PostgreSQL panics, because it cannot know what is on the disk, and recovers from its log. */
function aFailingFsync(): Trouble {
  return {
    name: 'fsync fails once',
    make: async (own) => {
      const release = await trace(own, 'fdatasync:error=EIO:when=1')
      const log = () => readFileSync(join(own.parts.postgres.directory, '..', 'server.log'), 'utf8')
      await expect.poll(log, { timeout: 30_000, interval: 50 }).toContain('PANIC')
      await release()
    },
  }
}

/** Changes system calls of the postmaster and all its children, until it is released. */
async function trace({ parts }: WiredParts, inject: string): Promise<() => Promise<void>> {
  const pid = parts.postgres.pid()
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
  const pids = [String(pid), ...children.trim().split(/\s+/)]
  const words = ['-f', '-q', '-e', 'trace=fdatasync', '-e', `inject=${inject}`]
  const strace = spawn('strace', [...words, ...pids.flatMap((one) => ['-p', one])], {
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  const ended = once(strace, 'exit')
  const status = () => readFileSync(`/proc/${pid}/status`, 'utf8')
  await expect.poll(status, { timeout: TRACES_WITHIN_MS }).toMatch(/^TracerPid:\s+[1-9]/m)
  return async () => {
    strace.kill('SIGINT')
    await ended
  }
}

function canMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), 'tolem-mount-'))
  const could = canRun('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place)
  if (could) execFileSync('umount', [place])
  rmSync(place, { recursive: true })
  return could
}

const ROOM = '256m'
const PIECE = Buffer.alloc(1 << 20)

/** The log on a small disk of its own, which somebody else fills. It moves there and back while the server is down. */
function aFullDisk(): Trouble {
  const disk = mkdtempSync(join(tmpdir(), 'tolem-disk-'))
  const filler = join(disk, 'filler')
  return {
    name: 'no room for the log',
    make: async (own) => {
      const { postgres } = own.parts
      const log = join(postgres.directory, 'pg_wal')
      await query(own.parts.databaseUrl, 'CHECKPOINT')
      await postgres.stop()
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${ROOM}`, 'tmpfs', disk])
      execFileSync('chmod', ['755', disk])
      renameSync(log, `${log}-before`)
      execFileSync('cp', ['-a', `${log}-before`, join(disk, 'pg_wal')])
      symlinkSync(join(disk, 'pg_wal'), log)
      await postgres.start()
      await untilAnswered(own, ['approved'])
      await fill(filler)
      await useUpSegments(own.parts.databaseUrl)
    },
    felt: AWAY,
    mend: async ({ parts: { postgres } }) => {
      const log = join(postgres.directory, 'pg_wal')
      rmSync(filler, { force: true })
      await postgres.stop()
      await postgres.start()
      await postgres.stop()
      rmSync(log)
      rmSync(`${log}-before`, { recursive: true })
      execFileSync('cp', ['-a', join(disk, 'pg_wal'), log])
      execFileSync('umount', [disk])
      rmSync(disk, { recursive: true })
      await postgres.start()
    },
  }
}

/** Segments that were used before are there already, and would be written to first. */
async function useUpSegments(databaseUrl: string): Promise<void> {
  const next = () =>
    query(databaseUrl, 'SELECT pg_switch_wal(), txid_current()').then(
      () => true,
      () => false,
    )
  while (await next()) await delay(20)
}

async function fill(file: string): Promise<void> {
  const handle = await open(file, 'w')
  try {
    for (;;) await handle.write(PIECE)
  } catch {
    // No space left on device: that is what it is for.
  } finally {
    await handle.close()
  }
}

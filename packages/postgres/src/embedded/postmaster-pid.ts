import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** What `pg_ctl` reads too: the pid in the first line, the state in the eighth. */
export type PostmasterPid = { readonly pid: number; readonly ready: boolean }

/** A standby takes connections too, and a service says better than a timeout what is wrong with it. */
const READY = new Set(['ready', 'standby'])

/** Undefined while there is no complete first line. */
export function readPostmasterPid(data: string): PostmasterPid | undefined {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    const pid = Number.parseInt(lines[0] ?? '', 10)
    return pid > 0 ? { pid, ready: READY.has(lines[7]?.trim() ?? '') } : undefined
  } catch {
    // Absent: no server, or not yet.
    return undefined
  }
}

/**
 * Makes the directory ready for a new server: throws when one is running, and clears away what a killed one left. That
 * is its note, whose pid may belong to another process by now, which PostgreSQL itself would take for a running
 * server; and its busy backends, which serve on until their client pauses and keep the shared memory.
 */
export function refuseRunning(data: string): void {
  const noted = readPostmasterPid(data)
  if (noted === undefined) return
  if (isAlive(noted.pid) && worksIn(noted.pid, data)) {
    throw new Error(`PostgreSQL is already running in ${data} (pid ${noted.pid})`)
  }
  for (const pid of listOrphans(data)) kill(pid)
  if (isAlive(noted.pid)) rmSync(join(data, 'postmaster.pid'), { force: true })
}

/** Where /proc is missing this finds none, and PostgreSQL refuses to start until the last of them has ended. */
function listOrphans(data: string): readonly number[] {
  if (process.platform !== 'linux') return []
  const pids = readdirSync('/proc').map((name) => Number.parseInt(name, 10))
  return pids.filter((pid) => pid > 0 && worksIn(pid, data) && isPostgres(pid))
}

/** A person's shell may stand in the directory as well. */
function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres'
  } catch {
    // Ended in the meantime.
    return false
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Ended in the meantime, which is all that was wanted.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM says that it lives and is not ours.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A postmaster's working directory is its data directory; where /proc is missing, its command line names it. */
function worksIn(pid: number, data: string): boolean {
  try {
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data)
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).includes(
      data,
    )
  } catch {
    // Ended in the meantime, or another user's: not the owner of this directory.
    return false
  }
}

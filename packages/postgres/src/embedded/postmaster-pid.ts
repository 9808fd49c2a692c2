import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** What `pg_ctl` reads too: the pid in the first line, the state in the eighth. */
export type PostmasterPid = { readonly pid: number; readonly ready: boolean }

/** Undefined while there is no complete first line. */
export function readPostmasterPid(data: string): PostmasterPid | undefined {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    const pid = Number.parseInt(lines[0] ?? '', 10)
    return pid > 0 ? { pid, ready: lines[7]?.trim() === 'ready' } : undefined
  } catch {
    // Absent: no server, or not yet.
    return undefined
  }
}

/**
 * Makes the directory ready for a new server: throws when one is running, and removes the note of a killed one whose
 * pid belongs to another process by now, which PostgreSQL itself would take for a running server.
 */
export function refuseRunning(data: string): void {
  const noted = readPostmasterPid(data)
  if (noted === undefined || !isAlive(noted.pid)) return
  if (worksIn(noted.pid, data)) {
    throw new Error(`PostgreSQL is already running in ${data} (pid ${noted.pid})`)
  }
  rmSync(join(data, 'postmaster.pid'), { force: true })
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

import { execFile, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Binaries, binariesIn } from './binaries.ts'

/**
 * Who runs the server, and from where. PostgreSQL refuses to be root, so that root must become somebody else:
 * either inside a user namespace, where files need no other owner, or really, where namespaces are forbidden.
 */
export type ServerUser = {
  readonly binaries: Binaries
  /** Words before each command. */
  readonly prefix: readonly string[]
  /** For `spawn`: whom the command becomes. Empty when nobody. */
  readonly identity: { readonly uid?: number; readonly gid?: number }
  /** A copy of the binaries made for this server only, to be removed with it. */
  readonly copy?: string
}

// The user `nobody` of Linux: initdb looks its name up, so that a number without a name will not do.
const NOBODY = 65_534
const REALLY_NOBODY = { uid: NOBODY, gid: NOBODY }
const NAMESPACE = ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--']

/** @throws when root can become nobody only by leaving the directory behind. */
export async function chooseUser(binaries: Binaries, directory: string): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return { binaries, prefix: [], identity: {} }
  const isolated = { binaries, prefix: NAMESPACE, identity: {} }
  if (canRun(isolated, binaries.postgres)) {
    await own(directory, 0)
    return isolated
  }
  await own(directory, NOBODY)
  const reachable = spawnSync('test', ['-w', directory], REALLY_NOBODY).status === 0
  if (reachable) return becomeNobody(binaries)
  throw new Error(`${directory} is out of reach for PostgreSQL, which cannot run as root`)
}

/** The words that run a program as this user; `identity` goes to `spawn` beside them. */
export function commandLine(
  user: ServerUser,
  program: string,
  words: readonly string[],
): { readonly command: string; readonly rest: readonly string[] } {
  const [command = program, ...rest] = [...user.prefix, program, ...words]
  return { command, rest }
}

function canRun(user: ServerUser, postgres: string): boolean {
  const { command, rest } = commandLine(user, postgres, ['--version'])
  return spawnSync(command, rest, { ...user.identity, stdio: 'ignore' }).status === 0
}

function becomeNobody(binaries: Binaries): ServerUser {
  const user = { binaries, prefix: [], identity: REALLY_NOBODY }
  if (canRun(user, binaries.postgres)) return user
  // The packages stand below a directory that only root may enter, such as /root.
  const copy = mkdtempSync('/var/tmp/postgres-')
  chmodSync(copy, 0o755)
  cpSync(binaries.root, copy, { recursive: true, verbatimSymlinks: true })
  return { binaries: binariesIn(copy), prefix: [], identity: REALLY_NOBODY, copy }
}

/** The other way of not being root may have been used here before. */
async function own(directory: string, uid: number): Promise<void> {
  const data = join(directory, 'data')
  if (statSync(directory).uid !== uid) chownSync(directory, uid, uid)
  if (!existsSync(data) || statSync(data).uid === uid) return
  await promisify(execFile)('chown', ['-R', `${uid}:${uid}`, directory])
}

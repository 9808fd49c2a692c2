import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Leash } from './leash.ts'
import { commandLine, type ServerUser } from './server-user.ts'

/** Where the password for TCP stands; PostgreSQL leaves files that it does not know alone. */
export function passwordFileIn(data: string): string {
  return join(data, 'password')
}

/**
 * Makes a new cluster: UTF-8, text ordered by its bytes (the same on every machine), the socket open to whoever can
 * reach it and TCP by password (but for tests, which open connections by the hundred). It appears whole or not at all.
 */
export async function initialise(
  user: ServerUser,
  held: Leash,
  options: { readonly data: string; readonly durable: boolean },
): Promise<void> {
  const { data, durable } = options
  const unfinished = `${data}.new`
  const passwordFile = `${unfinished}.password`
  await rm(unfinished, { recursive: true, force: true })
  await writeFile(passwordFile, randomBytes(18).toString('base64url'), { mode: 0o600 })
  const { uid, gid } = user.identity
  if (uid !== undefined && gid !== undefined) await chown(passwordFile, uid, gid)
  await runInitdb(user, held, [
    `--pgdata=${unfinished}`,
    `--pwfile=${passwordFile}`,
    '--username=postgres',
    '--auth-local=trust',
    `--auth-host=${durable ? 'scram-sha-256' : 'trust'}`,
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ])
  await rename(passwordFile, passwordFileIn(unfinished))
  await rename(unfinished, data)
}

async function runInitdb(user: ServerUser, held: Leash, words: readonly string[]): Promise<void> {
  const { command, rest } = commandLine(user, user.binaries.initdb, words)
  const child = spawn(command, rest, { ...user.identity, stdio: ['ignore', 'ignore', 'pipe'] })
  if (child.pid !== undefined) held.hold(child.pid)
  const [complaint, [status]] = await Promise.all([text(child.stderr), once(child, 'close')])
  held.letGo()
  if (status !== 0) throw new Error(`initdb failed: ${complaint.trim()}`)
}

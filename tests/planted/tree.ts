import { execFile } from 'node:child_process'
import { copyFile, cp, mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The repository whose files are copied, and never written. */
export const ROOT = resolve(import.meta.dirname, '../..')

/**
 * Makes a copy of the repository as it stands, uncommitted changes included, in place of the copy that is there: its
 * own sources and workspaces, and links to the dependencies that are installed.
 */
export async function makeTree(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  const before = await readdir(directory)
  // Links only, and none of them is changed by a patch.
  const isLinked = before.includes(DEPENDENCIES)
  for (const name of before)
    if (name !== DEPENDENCIES) await rm(join(directory, name), { recursive: true, force: true })
  const paths = await listFiles()
  const folders = new Set(paths.map((path) => dirname(join(directory, path))))
  for (const folder of folders) await mkdir(folder, { recursive: true })
  await Promise.all(paths.map((path) => copyFile(join(ROOT, path), join(directory, path))))
  if (!isLinked) await linkDependencies(directory)
  // A repository of its own: inside of another one git would apply nothing, and say nothing.
  await run('git', ['init', '--quiet'], { cwd: directory })
}

const DEPENDENCIES = 'node_modules'

/**
 * Applies a patch to a copy.
 *
 * @throws when it does not apply.
 */
export async function applyPatch(directory: string, patch: string): Promise<void> {
  await run('git', ['apply', '-p1', patch], { cwd: directory })
}

async function listFiles(): Promise<readonly string[]> {
  const of = (...which: string[]) =>
    run('git', ['ls-files', '-z', ...which], { cwd: ROOT, maxBuffer: 1 << 26 })
  const present = await of('--cached', '--others', '--exclude-standard')
  const deleted = await of('--deleted')
  const gone = new Set(deleted.stdout.split('\0'))
  return present.stdout.split('\0').filter((path) => path !== '' && !gone.has(path))
}

/** What npm linked to a workspace points into the copy; everything else is shared, but for what tools cache there. */
export async function linkDependencies(directory: string): Promise<void> {
  const from = join(ROOT, DEPENDENCIES)
  const to = join(directory, DEPENDENCIES)
  await mkdir(to)
  for (const name of await readdir(from)) {
    if (name.startsWith('.')) continue
    if (name === '@tolem') await cp(join(from, name), join(to, name), WORKSPACES)
    else await symlink(join(from, name), join(to, name))
  }
}

const WORKSPACES = { recursive: true, verbatimSymlinks: true } as const

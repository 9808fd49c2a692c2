import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { linkDependencies, ROOT } from '../planted/tree.ts'

const run = promisify(execFile)

/** Another version of this repository, ready to be started. */
export type Version = {
  /** Its commit and title. */
  readonly name: string
  readonly root: string
  readonly remove: () => Promise<void>
}

/**
 * The tree of a commit, with the dependencies that are installed here.
 *
 * @throws when this is no clone, or has no such commit.
 */
export async function openVersion(commit: string): Promise<Version> {
  const { stdout } = await run('git', ['log', '-1', '--format=%h %s', commit, '--'], { cwd: ROOT })
  const root = await mkdtemp(join(tmpdir(), 'tolem-version-'))
  await run('sh', ['-c', 'git archive "$1" | tar -x -C "$2"', 'sh', commit, root], { cwd: ROOT })
  await linkDependencies(root)
  return {
    name: stdout.trim(),
    root,
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

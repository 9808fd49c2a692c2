import { readdirSync, readFileSync } from 'node:fs'
import { basename, matchesGlob, relative, resolve } from 'node:path'

/** Where the repository is on this machine. */
export const ROOT = resolve(import.meta.dirname, '../..')

/** A file's text by its path from the root. */
export function read(path: string): string {
  return readFileSync(resolve(ROOT, path), 'utf8')
}

/** Every file that is or would be tracked, as sorted paths from the root with forward slashes. */
export const FILES: readonly string[] = listFiles()

function listFiles(): readonly string[] {
  const ignored = read('.gitignore')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/\/$/, ''))
  const found: string[] = []
  const visit = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.name === '.git' || ignored.some((glob) => matchesGlob(entry.name, glob))) continue
      const path = resolve(directory, entry.name)
      if (entry.isDirectory()) visit(path)
      else if (entry.isFile()) found.push(relative(ROOT, path).replaceAll('\\', '/'))
    }
  }
  visit(ROOT)
  return found.toSorted()
}

/** A member of the monorepo: its folder, and what its package.json and turbo.json say. */
export type Workspace = {
  readonly path: string
  readonly name: string
  /** Which entry points others may import: subpath to file. Empty for what nobody imports. */
  readonly exports: Readonly<Record<string, unknown>>
  readonly hasExports: boolean
  readonly tags: readonly string[]
}

type Manifest = { readonly name: string; readonly exports?: Readonly<Record<string, unknown>> }

/** Every workspace, by the package.json files that are there. */
export const WORKSPACES: readonly Workspace[] = FILES.filter((path) =>
  /^(packages|services)\/[^/]+\/package\.json$|^tests\/package\.json$/.test(path),
).map(readWorkspace)

function readWorkspace(manifestPath: string): Workspace {
  const path = manifestPath.slice(0, -'/package.json'.length)
  const manifest = JSON.parse(read(manifestPath)) as Manifest
  const turbo = FILES.includes(`${path}/turbo.json`) ? read(`${path}/turbo.json`) : '{}'
  const { tags = [] } = JSON.parse(turbo) as { readonly tags?: readonly string[] }
  return {
    path,
    name: manifest.name,
    exports: manifest.exports ?? {},
    hasExports: manifest.exports !== undefined,
    tags,
  }
}

/** The workspace that a file belongs to, or undefined for the root's own files. */
export function workspaceOf(path: string): Workspace | undefined {
  return WORKSPACES.find((workspace) => path.startsWith(`${workspace.path}/`))
}

/** True for tests and for what only tests import: fakes, rigs, contracts. */
export function isTestCode(path: string): boolean {
  return (
    path.startsWith('tests/') ||
    path.startsWith('packages/testing/') ||
    path.includes('/src/testing/') ||
    /\.(test|contract)\.ts$/.test(path) ||
    /^(test-|fake-|manual-)/.test(basename(path))
  )
}

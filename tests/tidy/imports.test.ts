import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { isTestCode, WORKSPACES, type Workspace, workspaceOf } from './repository.ts'
import { at, importsOf, parseSources, type Source } from './sources.ts'

/** What a workspace may import, by its tag. Code that only tests run may import `testing` as well. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  pure: ['pure'],
  infrastructure: ['infrastructure'],
  adapter: ['pure', 'infrastructure'],
  face: ['pure', 'infrastructure'],
  testing: ['pure', 'infrastructure'],
  service: ['pure', 'infrastructure', 'adapter', 'face'],
  house: ['pure', 'infrastructure', 'adapter', 'face', 'service'],
  tests: ['pure', 'infrastructure', 'adapter', 'face'],
}

/** The one adapter that is our face to the outside, and the two whose formats it must speak. */
const FACE_MAY_ALSO_IMPORT = new Set(['@tolem/wire', '@tolem/signature'])

/** Node's modules that a pure package may use: a bug is asserted in pure code too. */
const PURE_NODE_MODULES = new Set(['node:assert', 'node:assert/strict'])

const SOURCES = parseSources()

type Import = { readonly source: Source; readonly to: string; readonly where: string }

const IMPORTS: readonly Import[] = SOURCES.flatMap((source) =>
  importsOf(source).map(({ to, start }) => ({ source, to, where: at(source, start) })),
)

test('imports between workspaces follow the direction of the house', () => {
  const wrong = IMPORTS.filter(({ source, to }) => {
    const from = workspaceOf(source.path)
    const target = packageOf(to)
    return from && target && from !== target && !isAllowed({ source, from, target })
  })
  expect(
    wrong.map(describe),
    'services → adapters → pure and infrastructure: let compose.ts join two adapters, or move the word to domain',
  ).toEqual([])
})

test('only services/local imports a service', () => {
  const wrong = IMPORTS.filter(({ source, to }) => {
    const from = workspaceOf(source.path)
    const target = packageOf(to)
    return target?.path.startsWith('services/') && from !== target && !hasTag(from, 'house')
  })
  expect(
    wrong.map(describe),
    'a service runs, it is not a library: move what is shared into a package, or talk to it over HTTP',
  ).toEqual([])
})

test('relative imports stay inside their workspace', () => {
  const wrong = IMPORTS.filter(({ source, to }) => {
    const from = workspaceOf(source.path)
    const target = posix.join(posix.dirname(source.path), to)
    return from && to.startsWith('.') && !target.startsWith(`${from.path}/`)
  })
  expect(
    wrong.map(describe),
    'import the package by name through its exports map; what is not exported is not yours',
  ).toEqual([])
})

test('imports by name lead to a declared entry point', () => {
  const wrong = IMPORTS.filter(({ to }) => {
    const target = packageOf(to)
    return target && !(`.${to.slice(target.name.length)}` in target.exports)
  })
  expect(wrong.map(describe), 'add the entry point to the exports map, or use another').toEqual([])
})

test('pure packages import no I/O', () => {
  const wrong = IMPORTS.filter(
    ({ source, to }) =>
      hasTag(workspaceOf(source.path), 'pure') &&
      !isTestCode(source.path) &&
      to.startsWith('node:') &&
      !PURE_NODE_MODULES.has(to),
  )
  expect(wrong.map(describe), 'take what the world says as an argument').toEqual([])
})

test('the exchange sandbox implements the exchanges from their documents, not from our adapters', () => {
  const wrong = IMPORTS.filter(
    ({ source, to }) =>
      source.path.startsWith('services/exchange-sandbox/') &&
      !isTestCode(source.path) &&
      hasTag(packageOf(to), 'adapter'),
  )
  expect(
    wrong.map(describe),
    'a sandbox that shares code with the adapter shares its mistakes: write it a second time',
  ).toEqual([])
})

type Crossing = { readonly source: Source; readonly from: Workspace; readonly target: Workspace }

function isAllowed({ source, from, target }: Crossing): boolean {
  const tags = MAY_IMPORT[from.tags[0] ?? ''] ?? []
  if (target.tags.some((tag) => tags.includes(tag))) return true
  if (isTestCode(source.path) && hasTag(target, 'testing')) return true
  return hasTag(from, 'face') && FACE_MAY_ALSO_IMPORT.has(target.name)
}

function packageOf(specifier: string): Workspace | undefined {
  return WORKSPACES.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`))
}

function hasTag(workspace: Workspace | undefined, tag: string): boolean {
  return workspace?.tags.includes(tag) ?? false
}

function describe({ where, to }: Import): string {
  return `${where} imports ${to}`
}

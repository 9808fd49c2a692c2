import { expect, test } from 'vitest'
import { FILES, WORKSPACES } from './repository.ts'
import { parseSources } from './sources.ts'

const ENTRIES_MAX = 20
const NAMES_MAX = 16

const TAGS_BY_FOLDER: Readonly<Record<string, readonly string[]>> = {
  packages: ['pure', 'adapter', 'face', 'infrastructure', 'testing'],
  services: ['service', 'house'],
  tests: ['tests'],
}

test('every workspace carries exactly one tag of its folder', () => {
  const wrong = WORKSPACES.filter(({ path, tags }) => {
    const allowed = TAGS_BY_FOLDER[path.split('/')[0] ?? ''] ?? []
    return tags.length !== 1 || !allowed.includes(tags[0] ?? '')
  })
  expect(
    wrong.map(({ path, tags }) => `${path}: ${tags.join(', ') || 'no tag'}`),
    'give the workspace a turbo.json with "extends": ["//"] and one tag: directions are checked by tags',
  ).toEqual([])
})

test('every package names its entry points one by one', () => {
  const wrong = WORKSPACES.flatMap(({ path, exports, hasExports }) => {
    const entries = Object.entries(exports)
    const wild = entries.filter(([subpath, file]) => `${subpath}${String(file)}`.includes('*'))
    const absent = entries.filter(([, file]) => !FILES.includes(fileOf(path, file)))
    return [
      ...(path.startsWith('packages/') && !hasExports ? [`${path}: no exports`] : []),
      ...wild.map(([subpath]) => `${path}: ${subpath} is a pattern`),
      ...absent.map(([subpath, file]) => `${path}: ${subpath} leads to ${String(file)}, not there`),
    ]
  })
  expect(wrong, 'list each public file in the exports map of package.json').toEqual([])
})

test(`a package has at most ${ENTRIES_MAX} entry points`, () => {
  const wrong = WORKSPACES.filter(({ exports }) => Object.keys(exports).length > ENTRIES_MAX)
  expect(
    wrong.map(({ path, exports }) => `${path}: ${Object.keys(exports).length}`),
    'a package with more doors than this is two packages, or shows its inside',
  ).toEqual([])
})

test(`an entry point has at most ${NAMES_MAX} public names`, () => {
  const entryFiles = new Set(
    WORKSPACES.flatMap(({ path, exports }) =>
      Object.values(exports).map((file) => fileOf(path, file)),
    ),
  )
  const counted = parseSources((path) => entryFiles.has(path)).map(({ path, parsed }) => ({
    path,
    names: parsed.module.staticExports.flatMap(({ entries }) => entries).length,
  }))
  expect(
    counted.filter(({ names }) => names > NAMES_MAX).map(({ path, names }) => `${path}: ${names}`),
    'make private what nobody imports, then split the file by subject into two entry points',
  ).toEqual([])
})

function fileOf(workspace: string, file: unknown): string {
  return `${workspace}/${String(file).replace(/^\.\//, '')}`
}

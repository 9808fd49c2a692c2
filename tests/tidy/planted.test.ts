import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { PLANTED } from '../planted/manifest.ts'
import { type Patch, readPatches } from '../planted/patches.ts'
import { FILES, ROOT } from './repository.ts'

const CHANGED_LINES_MAX = 15
const FEWEST = 24

const PATCHES = readPatches()

test('every planted mistake is a patch that the manifest names, and the other way round', () => {
  expect(PLANTED.map(({ name }) => name)).toEqual(PATCHES.map(({ name }) => name))
  expect(PATCHES.length).toBeGreaterThanOrEqual(FEWEST)
})

test('every planted mistake still applies', () => {
  const broken = applies(PATCHES) ? [] : PATCHES.filter((patch) => !applies([patch]))
  expect(
    broken.map(({ name }) => name),
    'the code has moved on: plant the same mistake in it as it is now',
  ).toEqual([])
})

test('the tests that are to catch a planted mistake are there', () => {
  const missing = PLANTED.flatMap(({ files }) => files).filter((path) => !FILES.includes(path))
  expect(missing, 'name the tests that prove the same guarantee now').toEqual([])
})

test(`a planted mistake says what it breaks and changes at most ${CHANGED_LINES_MAX} lines`, () => {
  const wrong = PATCHES.filter(
    ({ header, changedLines }) =>
      !/\nBreaks /.test(header) || changedLines === 0 || changedLines > CHANGED_LINES_MAX,
  )
  expect(wrong.map(({ name, changedLines }) => `${name}: ${changedLines}`)).toEqual([])
})

/** All at once, because each process takes some ten milliseconds. */
function applies(patches: readonly Patch[]): boolean {
  const paths = patches.map(({ path }) => path)
  try {
    execFileSync('git', ['apply', '--check', '-p1', ...paths], { cwd: ROOT, stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

import { extname } from 'node:path'
import { expect, test } from 'vitest'
import { FILES, isTestCode, read } from './repository.ts'

const SOURCE_LINES_MAX = 250
const TEST_LINES_MAX = 400
const COLUMNS_MAX = 120

/** Written by a tool, or by somebody else. */
const NOT_OURS = new Set(['package-lock.json', 'LICENSE', 'migrations/schema.sql'])

const TEXT_ENDINGS = /\.(ts|mjs|js|sql|json|md|yml|yaml|sh|html|css|svg|txt|example|lua)$/

const CODE = FILES.filter((path) => /\.(ts|sql)$/.test(path) && !NOT_OURS.has(path))
const TEXTS = FILES.filter(
  (path) => (TEXT_ENDINGS.test(path) || extname(path) === '') && !NOT_OURS.has(path),
)

/** Documents that the root of a repository is expected to have, spelled as everybody spells them. */
const UPPER_CASE = /^([A-Z_]+(\.md)?|Dockerfile)$/

const KEBAB_CASE = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/

test('files and folders are named in kebab-case', () => {
  const wrong = FILES.filter((path) =>
    path.split('/').some((part) => !KEBAB_CASE.test(part) && !UPPER_CASE.test(part)),
  )
  expect(wrong, 'rename it: kebab-case, named after its main export').toEqual([])
})

test(`a source has at most ${SOURCE_LINES_MAX} lines and a test ${TEST_LINES_MAX}`, () => {
  const long = CODE.filter((path) => {
    const max = isTestCode(path) ? TEST_LINES_MAX : SOURCE_LINES_MAX
    return read(path).trimEnd().split('\n').length > max
  })
  expect(
    long.map((path) => `${path}: ${read(path).trimEnd().split('\n').length}`),
    'split it by subject, so that the file name says what is inside',
  ).toEqual([])
})

test(`a line has at most ${COLUMNS_MAX} columns`, () => {
  const prose = TEXTS.filter((path) => path.endsWith('.md'))
  const long = [...CODE, ...prose].flatMap((path) =>
    linesOf(path)
      .filter(({ line }) => line.length > COLUMNS_MAX && !isUnbreakable(path, line))
      .map(({ where, line }) => `${where}: ${line.length}`),
  )
  expect(long, 'break the line; the formatter wraps code, comments wrap by hand').toEqual([])
})

test('nothing is left for later', () => {
  const leftover = /\b(TODO|FIXME|XXX|HACK)\b/
  expect(
    findLines(leftover),
    'do it now, or open an issue: a note in the code has no owner and no date',
  ).toEqual([])
})

test('no file names a path of somebody’s machine', () => {
  const path = /(?<![\w.}*-])\/(work|root|home\/[a-z]+|Users\/[A-Za-z]+)\//
  expect(
    findLines(path),
    'name it from the repository’s root, or take it from the environment',
  ).toEqual([])
})

test('no file names a tool that wrote it', () => {
  expect(findLines(/\b(chatgpt|claude|copilot|subagent)\b/i), 'the code speaks for itself').toEqual(
    [],
  )
})

test('every text file ends with one line break', () => {
  const wrong = TEXTS.filter((path) => !/(^|[^\n])\n$/.test(read(path)))
  expect(wrong, 'end the file with exactly one line break').toEqual([])
})

function linesOf(path: string): readonly { readonly where: string; readonly line: string }[] {
  return read(path)
    .split('\n')
    .map((line, index) => ({ where: `${path}:${index + 1}`, line }))
}

/** These rules name what they forbid. */
function findLines(pattern: RegExp): readonly string[] {
  return TEXTS.filter((path) => !path.startsWith('tests/tidy/')).flatMap((path) =>
    pattern.test(read(path))
      ? linesOf(path)
          .filter(({ line }) => pattern.test(line))
          .map(({ where, line }) => `${where} ${line.trim().slice(0, 100)}`)
      : [],
  )
}

/** A row of a Markdown table, and a line that is one long address. */
function isUnbreakable(path: string, line: string): boolean {
  return (path.endsWith('.md') && line.startsWith('|')) || /https?:\/\/\S{60,}/.test(line)
}

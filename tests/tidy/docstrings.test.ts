import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { FILES, isTestCode, WORKSPACES } from './repository.ts'
import { at, parseSources, type Source } from './sources.ts'

const SOURCES = parseSources((path) => path.includes('/src/') && !isTestCode(path))

test('every function and type that a package exports says what it promises', () => {
  const silent = SOURCES.filter(({ path }) => path.startsWith('packages/')).flatMap(undocumented)
  expect(
    silent,
    'put /** … */ before it: what it promises, units, ranges, errors, the source of a rule; no restating of the name',
  ).toEqual([])
})

test('every document that a comment names is in the repository', () => {
  const lost = SOURCES.flatMap((source) =>
    source.parsed.comments.flatMap(({ value, start }) =>
      (value.match(/\b[\w-]+\.md\b/g) ?? [])
        .filter((name) => !FILES.some((path) => basename(path) === name))
        .map((name) => `${at(source, start)} ${name}`),
    ),
  )
  expect(lost, 'name the public source itself, or say the fact and drop the reference').toEqual([])
})

test('the share of comments is told for every workspace', () => {
  const lines = WORKSPACES.flatMap(({ path }) => {
    const sources = SOURCES.filter((source) => source.path.startsWith(`${path}/`))
    return sources.length === 0 ? [] : [`  ${path.padEnd(28)} ${commentShareOf(sources)}`]
  })
  process.stdout.write(`comment lines to code lines (6 to 15 % is usual):\n${lines.join('\n')}\n`)
  expect(lines.length).toBeGreaterThan(0)
})

/** What is exported without a doc comment right before it. Types derived from a documented schema or list need none. */
function undocumented(source: Source): readonly string[] {
  const ends = source.parsed.comments
    .filter(({ type, value }) => type === 'Block' && value.startsWith('*'))
    .map(({ end }) => end)
  return source.parsed.module.staticExports.flatMap(({ start, end, entries }) => {
    const statement = source.text.slice(start, end)
    const isSubject = /^export (async )?(function|type|class) /.test(statement)
    const isInferred =
      /^export type \w+ =\s+(Readonly<)?(z\.(output|infer|input)<|\(typeof \w+\)\[number\])/.test(
        statement,
      )
    const isDocumented = ends.some(
      (comment) => comment <= start && source.text.slice(comment, start).trim() === '',
    )
    if (!isSubject || isInferred || isDocumented) return []
    return entries.map(({ exportName }) => `${at(source, start)} ${exportName.name}`)
  })
}

function commentShareOf(sources: readonly Source[]): string {
  let comments = 0
  let code = 0
  for (const { text, parsed } of sources) {
    const blanked = parsed.comments.reduceRight(
      (rest, { start, end }) =>
        rest.slice(0, start) + rest.slice(start, end).replaceAll(/\S/g, ' ') + rest.slice(end),
      text,
    )
    const codeLines = countFilled(blanked)
    code += codeLines
    comments += countFilled(text) - codeLines
  }
  return `${((100 * comments) / code).toFixed(1).padStart(5)} % of ${code}`
}

function countFilled(text: string): number {
  return text.split('\n').filter((line) => line.trim() !== '').length
}

import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { FILES, read } from './repository.ts'

const STATEMENTS = FILES.filter((path) => /^(packages|services)\/.*\.sql$/.test(path))

test('every statement file is named entity-verb', () => {
  const wrong = STATEMENTS.filter((path) => !/^[a-z]+(-[a-z]+)+\.sql$/.test(basename(path)))
  expect(wrong, 'the name is the prepared statement, the metric label and the log field').toEqual(
    [],
  )
})

test('every statement file begins with what it guarantees', () => {
  const wrong = STATEMENTS.filter((path) => !/^-- [A-Z]/.test(read(path)))
  expect(
    wrong,
    'begin with a comment: what the statement guarantees, and which locks it takes',
  ).toEqual([])
})

test('every statement file says what its parameters are', () => {
  const wrong = STATEMENTS.flatMap((path) => {
    const text = read(path)
    const header = /^(--.*\n)*/.exec(text)?.[0] ?? ''
    const body = text.slice(header.length)
    if (isNamedByUnnest(body)) return []
    const used = [...new Set(body.match(/\$\d+/g))].toSorted()
    const silent = used.filter((parameter) => !header.includes(`${parameter} `))
    return silent.map((parameter) => `${path}: ${parameter}`)
  })
  expect(
    wrong,
    'name it in the header, as in "-- $1 bank_id, $2 card_token"; unnest … AS item (column, …) names them too',
  ).toEqual([])
})

/** What makes a schema where no migration does: the sandbox keeps its own. */
const MAKES_SCHEMA = /\/schema-[a-z]+\.sql$/

test('every file holds one statement', () => {
  const statements = STATEMENTS.filter((path) => !MAKES_SCHEMA.test(path))
  const wrong = statements.filter((path) => /;\s*\S/.test(withoutComments(read(path))))
  expect(wrong, 'one statement a file; several belong to a migration').toEqual([])
})

/** `FROM unnest($1::uuid[], …) AS item (id, …)` gives each array its name. */
function isNamedByUnnest(body: string): boolean {
  return /unnest\s*\([^)]*\$\d[\s\S]*?\)\s*(WITH ORDINALITY\s+)?AS\s+\w+\s*\(/.test(body)
}

function withoutComments(sql: string): string {
  return sql.replaceAll(/--.*$/gm, '').replaceAll(/'[^']*'/g, "''")
}

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EVENT_AUDIENCES } from '@tolem/domain/hold'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const FILES = [
  ...globSync(join(import.meta.dirname, '**/*.sql')),
  ...globSync(join(ROOT, 'migrations/[0-9]*.sql')),
]

/** The statements that write events, each up to the end of its part. */
const WRITERS = FILES.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/INSERT INTO authorization_event[^;]*?\n\s*\)/g)].map(
    ([text]) => text,
  ),
)

test('every event that a statement writes is in the closed list', () => {
  expect(WRITERS.length).toBeGreaterThan(10)
  const kinds = WRITERS.flatMap((text) =>
    [...text.matchAll(/(?:SELECT (?:id|authorization_id), |THEN |ELSE )'([a-z_]+)'/g)].map(
      ([, kind = '']) => kind,
    ),
  )
  expect(kinds).toContain('credited')
  expect(kinds).toContain('approved')
  expect([...new Set(kinds)].filter((kind) => !(kind in EVENT_AUDIENCES))).toEqual([])
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadStatements } from './statements.ts'

function aDirectoryWith(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'statements-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text)
  return directory
}

test('a statement is named after its file', () => {
  const directory = aDirectoryWith({ 'card-find.sql': 'SELECT 1', 'notes.md': 'not SQL' })
  expect(loadStatements(directory, ['card-find'])).toEqual({
    'card-find': { name: 'card-find', text: 'SELECT 1' },
  })
})

test('a missing file is named', () => {
  const directory = aDirectoryWith({ 'card-find.sql': 'SELECT 1' })
  expect(() => loadStatements(directory, ['card-find', 'card-freeze'])).toThrow(
    `missing in ${directory}: card-freeze.sql`,
  )
})

test('a file that nobody loads is named', () => {
  const directory = aDirectoryWith({ 'card-find.sql': 'SELECT 1', 'card-old.sql': 'SELECT 2' })
  expect(() => loadStatements(directory, ['card-find'])).toThrow(
    `nobody loads, in ${directory}: card-old.sql`,
  )
})

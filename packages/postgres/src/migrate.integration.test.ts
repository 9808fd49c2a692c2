import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type EmbeddedPostgres, ensureDatabase, startDisposablePostgres } from './embedded.ts'
import { migrate } from './migrate.ts'

let server: EmbeddedPostgres
let databases = 0

beforeAll(async () => {
  server = await startDisposablePostgres()
})
afterAll(() => server.stop())

async function aDatabase(): Promise<string> {
  databases += 1
  return ensureDatabase(server.url, `migrate_${databases}`)
}

function aDirectoryWith(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'migrations-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  write(directory, files)
  return directory
}

function write(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text)
}

async function select(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>({ text })
    return rows.map((row) => Object.values(row)[0])
  } finally {
    await client.end()
  }
}

const CARDS = '-- Up migration of nothing {at} all.\nCREATE TABLE cards (id TEXT PRIMARY KEY);\n'
const LIMITS = 'CREATE TABLE limits (card TEXT REFERENCES cards); -- no semicolon here'

test('files are applied once, in the order of their numbers, and other files are left alone', async () => {
  const url = await aDatabase()
  const directory = aDirectoryWith({
    '0010-limits.sql': LIMITS,
    '0002-cards.sql': CARDS,
    'schema.sql': 'nonsense',
    'README.md': 'nonsense',
  })
  expect(await migrate({ url, directory })).toEqual(['0002-cards.sql', '0010-limits.sql'])
  expect(await migrate({ url, directory })).toEqual([])
  expect(await select(url, 'SELECT name FROM migration_checksums ORDER BY name')).toHaveLength(2)
})

test('an edited file that was applied is refused by name', async () => {
  const url = await aDatabase()
  const directory = aDirectoryWith({ '0001-cards.sql': CARDS })
  await migrate({ url, directory })
  write(directory, { '0001-cards.sql': `${CARDS} `, '0002-limits.sql': LIMITS })
  await expect(migrate({ url, directory })).rejects.toThrow(
    'edited after it was applied: 0001-cards.sql',
  )
  expect(await select(url, "SELECT to_regclass('limits')")).toEqual([null])
})

test('a file that fails is named and rolled back whole, and those before it stay', async () => {
  const url = await aDatabase()
  const directory = aDirectoryWith({
    '0001-cards.sql': CARDS,
    '0002-broken.sql': 'CREATE TABLE half (id INT); SELECT 1 / 0;',
  })
  await expect(migrate({ url, directory })).rejects.toThrow(
    'migration 0002-broken.sql: division by zero',
  )
  expect(await select(url, "SELECT to_regclass('cards') IS NOT NULL")).toEqual([true])
  expect(await select(url, "SELECT to_regclass('half')")).toEqual([null])
  write(directory, { '0002-broken.sql': LIMITS })
  expect(await migrate({ url, directory })).toEqual(['0002-broken.sql'])
})

test('migrators at the same time wait for each other', async () => {
  const url = await aDatabase()
  const directory = aDirectoryWith({
    '0001-cards.sql': `${CARDS} SELECT pg_sleep(0.2);`,
    '0002-limits.sql': LIMITS,
  })
  const applied = await Promise.all([1, 2, 3].map(() => migrate({ url, directory })))
  expect(applied.flat()).toEqual(['0001-cards.sql', '0002-limits.sql'])
})

test('older code does not mind the migrations of newer code', async () => {
  const url = await aDatabase()
  const newer = aDirectoryWith({ '0001-cards.sql': CARDS, '0002-limits.sql': LIMITS })
  const older = aDirectoryWith({ '0001-cards.sql': CARDS })
  await migrate({ url, directory: newer })
  expect(await migrate({ url, directory: older })).toEqual([])
})

test.each([
  [{ '1-cards.sql': CARDS }, '1-cards.sql is not named NNNN-what.sql'],
  [{ '0001_cards.sql': CARDS }, '0001_cards.sql is not named NNNN-what.sql'],
  [
    { '0001-a.sql': CARDS, '0001-b.sql': LIMITS },
    'two migrations of one number: 0001-a.sql, 0001-b.sql',
  ],
])('wrong names are refused before anything is applied: %o', async (files, message) => {
  const url = 'postgres://nobody@127.0.0.1:1/nothing'
  await expect(migrate({ url, directory: aDirectoryWith(files) })).rejects.toThrow(message)
})

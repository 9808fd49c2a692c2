import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { migrate } from '@tolem/postgres/migrate'
import { createTestDatabase, type TestDatabase } from '@tolem/testing/backends'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeSchema } from '../setup/describe-schema.ts'

const MIGRATIONS = resolve(import.meta.dirname, '../../migrations')

let database: TestDatabase
let client: Client
let written: string

beforeAll(async () => {
  written = await readFile(resolve(MIGRATIONS, 'schema.sql'), 'utf8')
  database = await createTestDatabase()
  client = new Client({ connectionString: database.url })
  await client.connect()
})

afterAll(async () => {
  await client.end()
  await database.drop()
})

test('schema.sql builds exactly what the migrations build', async () => {
  await empty()
  await client.query(written)
  const shown = await describeSchema(client)
  await empty()
  await migrate({ url: database.url, directory: MIGRATIONS })
  expect(await describeSchema(client), 'run npm run schema and review the difference').toBe(shown)
})

test('migrating a second time changes nothing', async () => {
  await empty()
  expect(await migrate({ url: database.url, directory: MIGRATIONS })).not.toEqual([])
  const before = await describeSchema(client)
  expect(await migrate({ url: database.url, directory: MIGRATIONS })).toEqual([])
  expect(await describeSchema(client)).toBe(before)
})

/** As a new database is, the migrator's own records included. */
async function empty(): Promise<void> {
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
}

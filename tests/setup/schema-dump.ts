import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { startDisposablePostgres } from '@tolem/postgres/embedded'
import { migrate } from '@tolem/postgres/migrate'
import { Client } from 'pg'
import { describeSchema } from './describe-schema.ts'

const MIGRATIONS = resolve(import.meta.dirname, '../../migrations')

/** Writes migrations/schema.sql anew, from a database that has only ever seen the migrations. */
const server = await startDisposablePostgres()
try {
  await migrate({ url: server.url, directory: MIGRATIONS })
  const client = new Client({ connectionString: server.url })
  await client.connect()
  try {
    await writeFile(resolve(MIGRATIONS, 'schema.sql'), await describeSchema(client))
  } finally {
    await client.end()
  }
} finally {
  await server.stop()
}

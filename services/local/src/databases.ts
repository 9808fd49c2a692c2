import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureDatabase, startEmbeddedPostgres } from '@tolem/postgres/embedded'
import { migrate } from '@tolem/postgres/migrate'
import type { Builder } from './builder.ts'

const MIGRATIONS = join(import.meta.dirname, '..', '..', '..', 'migrations')

/** Tolem's own database, and the sandbox's apart from it. */
export type Databases = { readonly url: string; readonly sandboxUrl: string }

/** Starts the embedded PostgreSQL, or uses the given one; brings its schema up to date, and tells where it is. */
export async function openDatabases(builder: Builder): Promise<Databases> {
  const { config, home, undo } = builder
  let server = config.DATABASE_URL
  if (server === undefined) {
    const embedded = await startEmbeddedPostgres({
      directory: join(home, 'postgres'),
      durable: true,
    })
    undo.push(embedded.stop)
    server = embedded.url
  }
  const url = await ensureDatabase(server, 'tolem')
  await migrate({ url, directory: MIGRATIONS })
  const databases = { url, sandboxUrl: await ensureDatabase(server, 'exchange_sandbox') }
  writeDatabaseFile(home, databases)
  return databases
}

/** `database.json`: where both databases are while this home runs. For its owner's eyes only (mode 0600). */
function writeDatabaseFile(home: string, { url, sandboxUrl }: Databases): void {
  const file = join(home, 'database.json')
  const draft = `${file}.draft`
  writeFileSync(draft, `${JSON.stringify({ url, sandboxUrl }, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, file)
}

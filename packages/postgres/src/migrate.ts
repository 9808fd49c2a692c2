import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type MigrationBuilder, PG_MIGRATE_LOCK_ID, runner } from 'node-pg-migrate'
import { Client } from 'pg'

/** Which database to bring up to date, and from which files. */
export type MigrateOptions = {
  readonly url: string
  /** Holds `NNNN-what.sql` files: plain SQL, forward only. A `schema.sql` beside them is left alone. */
  readonly directory: string
}

/**
 * Applies the files that the database has not seen, in the order of their numbers, each in a transaction of its own
 * together with its checksum. Migrators at the same time wait for each other. Returns the names of the applied files.
 *
 * @throws when a file is named wrongly, was edited after it had been applied, or fails: then it is rolled back, and
 * those before it stay applied.
 */
export async function migrate({ url, directory }: MigrateOptions): Promise<readonly string[]> {
  const checksumByName = await readChecksums(directory)
  const client = new Client({ connectionString: url })
  client.on('error', () => {
    // The statement under way rejects as well; without a listener the process would end.
  })
  await client.connect()
  try {
    await client.query(`SELECT pg_advisory_lock(${PG_MIGRATE_LOCK_ID})`)
    await client.query(CREATE_CHECKSUMS)
    await client.query(`SET lock_timeout = ${DDL_LOCK_TIMEOUT_MS}`)
    await refuseEdited(client, checksumByName)
    return await applyNew(client, directory, checksumByName)
  } finally {
    await client.end()
  }
}

// DDL that waits for a lock makes everybody queue behind it; better to fail and to be tried again.
const DDL_LOCK_TIMEOUT_MS = 5_000

const FILE_NAME = /^\d{4}-[a-z0-9]+(-[a-z0-9]+)*\.sql$/

const CREATE_CHECKSUMS = `
  CREATE TABLE IF NOT EXISTS migration_checksums (
    name   TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL
  )`

async function readChecksums(directory: string): Promise<ReadonlyMap<string, string>> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).toSorted()
  const names = files.filter((file) => file !== 'schema.sql')
  for (const [index, name] of names.entries()) {
    if (!FILE_NAME.test(name)) throw new Error(`migration ${name} is not named NNNN-what.sql`)
    const next = names[index + 1]
    if (next?.startsWith(name.slice(0, 5)))
      throw new Error(`two migrations of one number: ${name}, ${next}`)
  }
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name))))
  return new Map(texts.map((text, index) => [names[index] ?? '', sha256(text)]))
}

function sha256(text: Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}

async function refuseEdited(
  client: Client,
  checksumByName: ReadonlyMap<string, string>,
): Promise<void> {
  const { rows } = await client.query<{ name: string; sha256: string }>(
    'SELECT name, sha256 FROM migration_checksums ORDER BY name',
  )
  // A name that we do not have belongs to newer code, which must be allowed while a deployment rolls.
  const edited = rows.filter((row) => (checksumByName.get(row.name) ?? row.sha256) !== row.sha256)
  if (edited.length === 0) return
  const names = edited.map((row) => row.name).join(', ')
  throw new Error(`edited after it was applied: ${names}; write a new migration instead`)
}

async function applyNew(
  client: Client,
  directory: string,
  checksumByName: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  let current = directory
  const loader = createLoader(checksumByName, (name) => {
    current = name
  })
  try {
    const applied = await runner({
      dbClient: client,
      dir: directory,
      // What does not look like a migration; the names of those that do were checked.
      ignorePattern: '(?!\\d{4}-.*\\.sql$).*',
      migrationsTable: 'migrations',
      direction: 'up',
      singleTransaction: false,
      advisoryLockMode: 'wait',
      migrationLoaderStrategies: [{ extensions: ['.sql'], loader }],
      logger: SILENT,
    })
    return applied.map((migration) => basename(migration.path))
  } catch (error) {
    throw new Error(`migration ${current}: ${(error as Error).message}`, { cause: error })
  }
}

/** Reads a file whole (the library's own loader looks for an up and a down part) and adds its checksum to it. */
function createLoader(
  checksumByName: ReadonlyMap<string, string>,
  onStart: (name: string) => void,
) {
  return async (paths: string[]) =>
    Promise.all(
      paths.map(async (path) => {
        const text = await readFile(path, 'utf8')
        const name = basename(path)
        const checksum = checksumByName.get(name)
        return {
          id: path,
          filePaths: [path],
          actions: {
            up: (builder: MigrationBuilder) => {
              onStart(name)
              builder.sql(text)
              builder.sql(`INSERT INTO migration_checksums VALUES ('${name}', '${checksum}')`)
            },
            down: false as const,
          },
        }
      }),
    )
}

const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** The caller logs what was applied, and an error is thrown. */
function ignore(): void {}

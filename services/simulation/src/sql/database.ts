import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrate } from '@tolem/postgres/migrate'
import type { Statement } from '@tolem/postgres/statements'
import { Client } from 'pg'
import { type Connection, openConnection } from './connection.ts'

/** A real database on virtual time, with the sessions that all simulated processes share. */
export type Database = {
  /** The free session of the least number, which is that of the same number in a run again. */
  readonly take: () => Connection
  readonly give: (connection: Connection) => void
  /** Which of these sessions wait for a lock. */
  readonly blocked: (pids: readonly number[]) => Promise<ReadonlySet<number>>
  /** Ends what a session is doing. */
  readonly cancel: (pid: number) => Promise<void>
  /** Asks beside the simulation. */
  readonly read: <Row>(text: string, values?: readonly unknown[]) => Promise<readonly Row[]>
  /** Empties it, for the next seed. Every session must have been given back. */
  readonly empty: () => Promise<void>
  readonly close: () => Promise<void>
}

const MIGRATIONS = fileURLToPath(new URL('../../../../migrations', import.meta.url))

/** At once in transactions or waiting for their locks. */
const SESSIONS = 24

/** Makes the database at `url` anew, whatever was in it, with everything that reads the time reading virtual time. */
export async function openDatabase(url: string): Promise<Database> {
  await prepare(url)
  const observer = new Client({ connectionString: url })
  observer.on('error', () => {
    // The next query tells it, and names the seed.
  })
  await observer.connect()
  const tellTime: Statement = { name: 'time-tell', text: textOf('time-tell') }
  const sessions: Connection[] = []
  for (let n = 0; n < SESSIONS; n += 1) sessions.push(await openConnection(url, tellTime))
  const free = new Set(sessions)

  return {
    take() {
      const connection = sessions.find((one) => free.has(one))
      if (!connection) throw new Error('no session is free')
      free.delete(connection)
      return connection
    },
    give: (connection) => void free.add(connection),
    async blocked(pids) {
      const text = textOf('session-blocked')
      const { rows } = await observer.query<{ pid: number }>({
        name: 'session-blocked',
        text,
        values: [pids],
      })
      return new Set(rows.map(({ pid }) => pid))
    },
    cancel: async (pid) => void (await observer.query('SELECT pg_cancel_backend($1)', [pid])),
    read: async <Row>(text: string, values: readonly unknown[] = []) =>
      (await observer.query<object>(text, values as unknown[])).rows as unknown as readonly Row[],
    async empty() {
      if (free.size < sessions.length) throw new Error('a session is still in use')
      await observer.query(textOf('schema-empty'))
      for (const session of sessions) await session.forget()
    },
    async close() {
      for (const session of sessions) await session.close()
      await observer.end()
    },
  }
}

async function prepare(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const name = client.escapeIdentifier(client.database ?? '')
    await client.query('DROP SCHEMA IF EXISTS public CASCADE')
    await client.query('DROP SCHEMA IF EXISTS sim CASCADE')
    await client.query('CREATE SCHEMA public')
    await client.query(textOf('schema-time'))
    await client.query(`ALTER DATABASE ${name} SET search_path = public, sim, pg_catalog`)
    await migrate({ url, directory: MIGRATIONS })
    await client.query(textOf('schema-quiet'))
  } finally {
    await client.end()
  }
}

const texts = new Map<string, string>()

function textOf(name: string): string {
  const known = texts.get(name)
  if (known !== undefined) return known
  const text = readFileSync(join(import.meta.dirname, `${name}.sql`), 'utf8')
  texts.set(name, text)
  return text
}

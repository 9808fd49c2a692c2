import { statementFault } from '@tolem/postgres/fault'
import { sessionConfig } from '@tolem/postgres/session'
import type { Statement } from '@tolem/postgres/statements'
import { Client } from 'pg'

/** What a statement came to, and what it notified. */
export type Reply = {
  readonly rows: readonly unknown[]
  readonly notices: readonly Notice[]
}

/** What was told on a channel. */
export type Notice = { readonly channel: string; readonly payload: string }

/** One real session, on virtual time. */
export type Connection = {
  readonly pid: number
  /** @throws {PostgresFault} */
  readonly ask: (statement: Statement, values: readonly unknown[], now: number) => Promise<Reply>
  /** Goes out with the statement that follows, as marks do. */
  readonly begin: (now: number) => void
  /** Marks where a transaction is, and takes back what came after the last mark. */
  readonly save: () => void
  readonly restore: () => Promise<void>
  /** `COMMIT` or `ROLLBACK`. */
  readonly end: (how: 'COMMIT' | 'ROLLBACK') => Promise<Reply>
  /** Makes the session forget what it keeps of a seed. */
  readonly forget: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Marks what a session tells on a channel (schema-time.sql). */
const TOLD = 'SIM01'

/** Opens a session on a prepared database. */
export async function openConnection(url: string, tellTime: Statement): Promise<Connection> {
  const options = { url, statementTimeoutMs: 0, lockTimeoutMs: 0, applicationName: 'simulation' }
  const client = new Client({ ...sessionConfig({ ...options, onFault: ignore }), pipeline: true })
  client.on('error', ignore)
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const pid = rows[0]?.pid ?? 0
  await client.query('SET plan_cache_mode = force_generic_plan')
  await client.query("SET deadlock_timeout = '10s'")
  await client.query('SET idle_in_transaction_session_timeout = 0')
  let told: Notice[] = []
  client.on('notice', ({ code, message = '', detail = '' }) => {
    if (code === TOLD) told.push({ channel: message, payload: detail })
  })
  let beganAt: number | undefined
  let toldBefore = 0

  /** Tells of what is committed, and of each but once. */
  function takeNotices(): readonly Notice[] {
    if (beganAt !== undefined) return []
    const once = new Map(told.map((notice) => [`${notice.channel} ${notice.payload}`, notice]))
    told = []
    return [...once.values()]
  }

  /** Both go out at once: the time costs no round trip. */
  async function ask(
    statement: Statement,
    values: readonly unknown[],
    now?: number,
  ): Promise<Reply> {
    const timed =
      now === undefined ? undefined : client.query(timeAt(tellTime, beganAt ?? now, now))
    try {
      const asked = client.query<object>({ ...statement, values: values as unknown[] })
      const [reply] = await Promise.all([asked, timed])
      // Also what a transaction that had failed makes of COMMIT.
      if (reply.command === 'ROLLBACK') told = []
      return { rows: reply.rows, notices: takeNotices() }
    } catch (error) {
      if (beganAt === undefined) told = []
      throw statementFault(statement.name, error)
    }
  }

  return {
    pid,
    ask,
    begin(now) {
      beganAt = now
      client.query('BEGIN').catch(ignore)
    },
    save() {
      toldBefore = told.length
      client.query('SAVEPOINT before').catch(ignore)
    },
    async restore() {
      told = told.slice(0, toldBefore)
      await client.query('ROLLBACK TO SAVEPOINT before')
    },
    async end(how) {
      beganAt = undefined
      return ask({ name: '', text: how }, [])
    },
    async forget() {
      await client.query('DISCARD SEQUENCES')
    },
    close: () => client.end(),
  }
}

/** What is wrong with a session is told of the next statement in it. */
function ignore(): void {}

function timeAt(tellTime: Statement, beganAt: number, now: number) {
  return { ...tellTime, values: [beganAt, now].map((ms) => new Date(ms).toISOString()) }
}

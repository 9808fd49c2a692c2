import { Pool } from 'pg'
import { connectionLost, connectionRefused, PostgresFault } from './fault.ts'
import { type Listener, listenOn } from './listen.ts'
import { watchReachability } from './reachability.ts'
import { ask, type Lease, replyTimeoutMs, type SessionOptions, sessionConfig } from './session.ts'
import type { Statement } from './statements.ts'
import { transact } from './transact.ts'

/** Runs one prepared statement and returns its rows. `Row` is what the statement's author knows, not checked. */
export type Run = <Row>(statement: Statement, values: readonly unknown[]) => Promise<readonly Row[]>

/**
 * Connections to one PostgreSQL database. Every promise settles in bounded time, whatever the server or the network
 * does, and rejects with `PostgresFault` only.
 *
 * Values come back exactly: INT8 and NUMERIC (and arrays of them) as text, DATE as `YYYY-MM-DD` text, TIMESTAMPTZ as
 * `Date`, BYTEA as `Buffer`, JSON parsed, with its numbers as text where a double would round them.
 */
export type Postgres = {
  /** One round trip by a named prepared statement, committed when the promise resolves. */
  readonly run: Run
  /** For rare paths: several statements in one transaction, rolled back when `work` rejects. */
  readonly runInTransaction: <Result>(work: (run: Run) => Promise<Result>) => Promise<Result>
  /**
   * Hears `NOTIFY channel` on a connection of its own, which reconnects by itself. `onGap` is called after each
   * reconnection: notices may have been missed, so drop what you keep. Rejects when the first connection fails.
   */
  readonly listen: (
    channel: string,
    onNotice: (payload: string) => void,
    onGap: () => void,
  ) => Promise<Listener>
  /** Did the last contact succeed? While not, a probe keeps trying, so this recovers without traffic. */
  readonly isReachable: () => boolean
  /** Lets running statements finish, then ends all connections. */
  readonly close: () => Promise<void>
}

/** How many connections a pool holds, and how long a caller waits for one. */
export type PostgresOptions = SessionOptions & {
  readonly poolSize: number
  /** The longest wait for a free connection, a new one included, in milliseconds. */
  readonly acquireTimeoutMs: number
}

/** Opens no connection before the first one is needed, except for the probe of `isReachable`. */
export function createPostgres(options: PostgresOptions): Postgres {
  const pool = openPool(options)
  const waitMs = replyTimeoutMs(options)
  const reachability = watchReachability(() => lend(pool, (lease) => probe(lease, waitMs)))
  pool.on('connect', (client) =>
    client.on('error', (error) => options.onFault(connectionLost(error))),
  )
  // An idle connection's error comes here as well; without a listener it would end the process.
  pool.on('error', reachability.lost)

  async function useClient<Result>(work: (lease: Lease) => Promise<Result>): Promise<Result> {
    try {
      const result = await lend(pool, work)
      reachability.reached()
      return result
    } catch (error) {
      if (error instanceof PostgresFault && tellsOfLoss(error, pool)) reachability.lost()
      throw error
    }
  }

  return {
    run: (statement, values) => useClient((lease) => runOn(lease, waitMs)(statement, values)),
    runInTransaction: (work) =>
      useClient((lease) => transact(lease, waitMs, () => work(runOn(lease, waitMs)))),
    listen: (channel, onNotice, onGap) => listenOn(options, channel, { onNotice, onGap }),
    isReachable: reachability.isReachable,
    close: async () => {
      reachability.close()
      await pool.end()
    },
  }
}

/** The server answers, and is the wrong one: no `PostgresFault`, because asking it again does not help. */
export class NotWritable extends Error {
  override readonly name = 'NotWritable'
}

/**
 * Refuses a server that cannot commit, to be called at start: a standby or a read-only primary would let the service
 * come up and then decline everything.
 *
 * @throws {NotWritable}
 * @throws {PostgresFault} when it cannot be asked.
 */
export async function assertWritable(postgres: Postgres): Promise<void> {
  const [row] = await postgres.run<{ standby: boolean; read_only: boolean }>(ASK_WRITABLE, [])
  if (row !== undefined && !row.standby && !row.read_only) return
  const role = row?.standby ? 'a standby' : 'read-only'
  throw new NotWritable(`PostgreSQL is ${role}: nothing could be committed here`)
}

const ASK_WRITABLE: Statement = {
  name: 'assert-writable',
  text: "SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only')::bool AS read_only",
}

function openPool(options: PostgresOptions): Pool {
  return new Pool({
    ...sessionConfig(options),
    max: options.poolSize,
    connectionTimeoutMillis: options.acquireTimeoutMs,
    // Connections are kept: opening one costs a fork on the server in the middle of somebody's purchase.
    idleTimeoutMillis: 0,
  })
}

/** Lends one connection; it goes back to the pool only if it can still be trusted. */
async function lend<Result>(pool: Pool, work: (lease: Lease) => Promise<Result>): Promise<Result> {
  const client = await pool.connect().catch((error: unknown) => {
    throw connectionRefused(error)
  })
  const lease: Lease = { session: client, broken: false }
  try {
    return await work(lease)
  } finally {
    client.release(lease.broken)
  }
}

function runOn(lease: Lease, waitMs: number): Run {
  return async <Row>(statement: Statement, values: readonly unknown[]) => {
    const query = { name: statement.name, text: statement.text, values: values as unknown[] }
    const reply = await ask(lease, query, waitMs)
    return reply.rows as readonly Row[]
  }
}

async function probe(lease: Lease, waitMs: number): Promise<void> {
  await ask(lease, { text: 'SELECT 1' }, waitMs)
}

/** A wait for a free connection that ran out says that we are busy, not that the server is gone. */
function tellsOfLoss(fault: PostgresFault, pool: Pool): boolean {
  return fault.maybeCommitted || (fault.code === 'unavailable' && pool.totalCount === 0)
}

import { DatabaseError } from 'pg'

/**
 * What went wrong, for the caller who must decide:
 * - `unavailable`: no connection, or the server cannot work (down, shutting down, read-only, full disk, no free slot);
 * - `timeout`: the statement took longer than allowed; `lock_timeout`: another session held a lock for too long;
 * - `serialization`: deadlock or serialization failure, worth one more try of the whole database step;
 * - `constraint`: the data refused it, `constraint` says which one by name;
 * - `failed`: anything else, which is a bug in the statement or in its values.
 */
export type PostgresFaultCode =
  | 'unavailable'
  | 'timeout'
  | 'lock_timeout'
  | 'serialization'
  | 'constraint'
  | 'failed'

type Details = {
  readonly code: PostgresFaultCode
  readonly maybeCommitted: boolean
  readonly constraint?: string | undefined
  readonly sqlState?: string | undefined
  readonly cause?: unknown
}

/**
 * PostgreSQL did not do what was asked. The only error that leaves this package's pool.
 *
 * `maybeCommitted` is true whenever the statement was sent and no final answer came: it may or may not have taken
 * effect, and only reading the row again by its key can tell.
 */
export class PostgresFault extends Error {
  readonly code: PostgresFaultCode
  readonly maybeCommitted: boolean
  readonly constraint: string | undefined
  readonly sqlState: string | undefined

  constructor(message: string, details: Details) {
    super(message, { cause: details.cause })
    this.name = 'PostgresFault'
    this.code = details.code
    this.maybeCommitted = details.maybeCommitted
    this.constraint = details.constraint
    this.sqlState = details.sqlState
  }
}

/** No connection could be had, so nothing was sent and nothing can have been committed. */
export function connectionRefused(error: unknown): PostgresFault {
  return noConnection('no connection to PostgreSQL', error)
}

/** A connection ended on its own. For the log: whoever was using it has a fault of their own. */
export function connectionLost(error: unknown): PostgresFault {
  return noConnection('connection to PostgreSQL lost', error)
}

function noConnection(what: string, cause: unknown): PostgresFault {
  const sqlState = cause instanceof DatabaseError ? cause.code : undefined
  const details = { code: 'unavailable', maybeCommitted: false, sqlState, cause } as const
  return new PostgresFault(`${what}: ${messageOf(cause)}`, details)
}

/** A statement was sent and this came back. */
export function statementFault(name: string, error: unknown): PostgresFault {
  if (error instanceof PostgresFault) return error
  const message = `statement ${name}: ${messageOf(error)}`
  if (!(error instanceof DatabaseError)) {
    return new PostgresFault(message, { code: 'unavailable', maybeCommitted: true, cause: error })
  }
  const lost = error.severity === 'FATAL' || error.severity === 'PANIC'
  return new PostgresFault(message, {
    code: lost ? 'unavailable' : codeOf(error.code ?? ''),
    maybeCommitted: lost || UNKNOWN_OUTCOME.has(error.code ?? ''),
    constraint: error.constraint,
    sqlState: error.code,
    cause: error,
  })
}

/** The server said nothing for longer than its own `statement_timeout` allows: the connection is given up. */
export function silenceFault(name: string, waitedMs: number): PostgresFault {
  const message = `statement ${name}: no answer after ${waitedMs} ms, connection given up`
  return new PostgresFault(message, { code: 'timeout', maybeCommitted: true })
}

/** The same fault, met before COMMIT was sent: whatever came back or did not, nothing was committed. */
export function beforeCommit(fault: PostgresFault): PostgresFault {
  return new PostgresFault(fault.message, {
    code: fault.code,
    maybeCommitted: false,
    constraint: fault.constraint,
    sqlState: fault.sqlState,
    cause: fault,
  })
}

/** True when the connection cannot be trusted with another statement. */
export function losesConnection(fault: PostgresFault): boolean {
  return (
    fault.maybeCommitted || fault.code === 'unavailable' || STALE_SESSION.has(fault.sqlState ?? '')
  )
}

// statement_completion_unknown, transaction_resolution_unknown.
const UNKNOWN_OUTCOME = new Set(['40003', '08007'])

// A prepared statement that a migration or a connection pooler made unusable: a new connection prepares it anew.
const STALE_SESSION = new Set(['0A000', '26000'])

/**
 * The whole translation of SQLSTATE, here and nowhere else:
 * https://www.postgresql.org/docs/15/errcodes-appendix.html.
 */
const CODE_BY_SQLSTATE: Readonly<Record<string, PostgresFaultCode>> = {
  '25006': 'unavailable', // read_only_sql_transaction: the primary became a replica
  '40001': 'serialization',
  '40003': 'unavailable',
  '40P01': 'serialization', // deadlock_detected
  '55P03': 'lock_timeout', // lock_not_available
  '57014': 'timeout', // query_canceled, by statement_timeout
}

const CODE_BY_CLASS: Readonly<Record<string, PostgresFaultCode>> = {
  '08': 'unavailable', // connection exception
  '23': 'constraint',
  '53': 'unavailable', // insufficient resources: disk full, out of memory, too many connections
  '57': 'unavailable', // operator intervention: shutdown, crash
  '58': 'unavailable', // system error: I/O
}

function codeOf(sqlState: string): PostgresFaultCode {
  return CODE_BY_SQLSTATE[sqlState] ?? CODE_BY_CLASS[sqlState.slice(0, 2)] ?? 'failed'
}

function messageOf(error: unknown): string {
  // A refused connection to a name with several addresses is an AggregateError with an empty message.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

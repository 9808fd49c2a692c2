import { type Client, type ClientConfig, type CustomTypesConfig, type QueryResult, types } from 'pg'
import { losesConnection, silenceFault, statementFault } from './fault.ts'

/** What every connection of one service has in common. Durations in milliseconds. */
export type SessionOptions = {
  readonly url: string
  readonly statementTimeoutMs: number
  readonly lockTimeoutMs: number
  readonly applicationName: string
  /** Told of connections that broke on their own; for the log, nothing needs to be done. */
  readonly onFault: (error: Error) => void
}

/** Any client of `pg`, pooled or not. */
export type Session = Pick<Client, 'query'>

// What a reply may need beyond the server's own statement_timeout before the connection counts as dead.
const REPLY_GRACE_MS = 250

/**
 * A transaction's statements follow each other at once. A session that is idle inside one for this long belongs to a
 * process that stands still or is cut off, and every card waits for the rows of the ledger that it has locked.
 */
export const IDLE_IN_TRANSACTION_MS = 500

/** The driver's settings. The server enforces the timeouts too, so that a lost client blocks nobody for long. */
export function sessionConfig(options: SessionOptions): ClientConfig {
  return {
    connectionString: options.url,
    application_name: options.applicationName,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: options.lockTimeoutMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 1_000,
    types: EXACT_TYPES,
  }
}

/** How long to wait for a reply that the server itself would have to give up after `statementTimeoutMs`. */
export function replyTimeoutMs(options: SessionOptions): number {
  return options.statementTimeoutMs + REPLY_GRACE_MS
}

/** A connection in one user's hands. `broken` once it cannot be trusted with another statement. */
export type Lease = { readonly session: Session; broken: boolean }

type Query = {
  readonly name?: string
  readonly text: string
  readonly values?: unknown[]
}

/**
 * Sends one query and waits no longer than `timeoutMs`: a swallowed reply ends the connection, not the caller.
 *
 * @throws {PostgresFault}
 */
export async function ask(lease: Lease, query: Query, timeoutMs: number): Promise<QueryResult> {
  const name = query.name ?? query.text
  let silent = false
  const timer = setTimeout(() => {
    silent = true
    destroy(lease.session)
  }, timeoutMs)
  try {
    return await lease.session.query(query)
  } catch (error) {
    const fault = silent ? silenceFault(name, timeoutMs) : statementFault(name, error)
    lease.broken ||= losesConnection(fault)
    throw fault
  } finally {
    clearTimeout(timer)
  }
}

/** Cuts the connection now. `client.end()` would say goodbye first and wait for a peer that may be gone. */
export function destroy(session: Session): void {
  const { connection } = session as unknown as { connection: { stream: { destroy(): void } } }
  connection.stream.destroy()
}

/**
 * Exact reading of values. The driver already gives INT8 and NUMERIC as text; it would read NUMERIC[] through floats,
 * big numbers inside JSON through floats, and DATE as a local midnight.
 */
const EXACT_TYPES: CustomTypesConfig = {
  getTypeParser: (oid, format) => {
    if (format === 'binary') return types.getTypeParser(oid, format)
    return EXACT_PARSER_BY_OID.get(oid) ?? types.getTypeParser(oid, 'text')
  },
}

// Type ids that the driver's own list leaves out: https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/catalog/pg_type.dat
const DATE_ARRAY = 1182
const NUMERIC_ARRAY = 1231
const TEXT_ARRAY = 1009

type TypeId = Parameters<typeof types.getTypeParser>[0]

const readTextArray = types.getTypeParser(TEXT_ARRAY as TypeId, 'text')

const EXACT_PARSER_BY_OID: ReadonlyMap<number, (text: string) => unknown> = new Map([
  [types.builtins.JSON, parseJson],
  [types.builtins.JSONB, parseJson],
  [types.builtins.DATE, (text: string) => text],
  [DATE_ARRAY, readTextArray],
  [NUMERIC_ARRAY, readTextArray],
])

// A double keeps any number of up to fifteen significant digits.
const LONG_NUMBER_LENGTH = 16
const LONG_NUMBER = /[\d.]{16}/

/** The reviver is slow, hence the look before. */
function parseJson(text: string): unknown {
  return LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text)
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? ''
  if (typeof value !== 'number' || source.length < LONG_NUMBER_LENGTH) return value
  return String(value) === source ? value : source
}

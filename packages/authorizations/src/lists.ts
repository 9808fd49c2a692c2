import assert from 'node:assert'
import { join } from 'node:path'
import { type AuthorizationId, type BankId, type CardToken, uuidOf } from '@tolem/domain/ids'
import { createGroupCommit } from '@tolem/postgres/group-commit'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'
import {
  type AuthorizationSummary,
  type RecordKind,
  type RecordState,
  type SummaryRow,
  toSummary,
} from './records/summary.ts'

/** Which of a bank's authorizations are asked for. What is absent does not restrict. Times in ms since the epoch. */
export type ListRequest = {
  readonly bank: BankId
  /** The last one of the page before: this page begins below it. */
  readonly before?: AuthorizationId | undefined
  readonly cardToken?: CardToken | undefined
  readonly state?: RecordState | undefined
  readonly kind?: RecordKind | undefined
  /** Received at this moment or later. */
  readonly from?: number | undefined
  /** Received before this moment. */
  readonly to?: number | undefined
  readonly limit: number
}

/** One page, and whether there is more below it. */
export type ListedPage = {
  readonly authorizations: readonly AuthorizationSummary[]
  readonly hasMore: boolean
}

/** A bank's authorizations, page by page. Rejects with `PostgresFault` or `QueueFull` only. */
export type AuthorizationLists = {
  list(request: ListRequest): Promise<ListedPage>
  /** Lets what is under way finish. */
  close(): Promise<void>
}

/** A list may read many rows: a bank that asks for many at once waits here, not on the connections of purchases. */
const LISTS_AT_ONCE = 2
const LISTS_QUEUED = 256

/**
 * An id holds the moment at which it was made, a moment after the receipt that the row tells, by the same process's
 * clock. The bounds on ids only spare reading; what decides is the time in the row.
 */
const CLOCK_MARGIN_MS = 10 * 60_000

const LOWEST_ID = '00000000-0000-0000-0000-000000000000'
const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** The lists on one database. */
export function createAuthorizationLists(deps: {
  readonly postgres: Postgres
}): AuthorizationLists {
  const statements = loadStatements(join(import.meta.dirname, 'lists'), ['authorization-list'])
  const listing = createGroupCommit<ListRequest, ListedPage>({
    maxBatch: 1,
    maxQueued: LISTS_QUEUED,
    lanes: LISTS_AT_ONCE,
    run: async ([request]) => {
      assert(request)
      const rows = await deps.postgres.run<SummaryRow>(
        statements['authorization-list'],
        listValues(request),
      )
      const authorizations = rows.slice(0, request.limit).map(toSummary)
      return [{ authorizations, hasMore: rows.length > request.limit }]
    },
  })
  return { list: listing.submit, close: listing.close }
}

/** One row more than the page holds tells whether there is more. */
function listValues(request: ListRequest): readonly unknown[] {
  const { bank, before, cardToken, state, kind, from, to, limit } = request
  const highest = to === undefined ? HIGHEST_ID : lowestIdAt(to + CLOCK_MARGIN_MS)
  const below = before === undefined ? HIGHEST_ID : uuidOf(before)
  return [
    bank,
    below < highest ? below : highest,
    from === undefined ? LOWEST_ID : lowestIdAt(from - CLOCK_MARGIN_MS),
    cardToken ?? null,
    state ?? null,
    kind ?? null,
    from === undefined ? null : new Date(from).toISOString(),
    to === undefined ? null : new Date(to).toISOString(),
    limit + 1,
  ]
}

/** The smallest UUID version 7 of a moment: its first 48 bits are milliseconds since the epoch (RFC 9562). */
function lowestIdAt(instant: number): string {
  const digits = Math.max(0, instant).toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-0000-0000-000000000000`
}

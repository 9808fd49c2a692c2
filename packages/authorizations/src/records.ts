import assert from 'node:assert'
import { join } from 'node:path'
import type { OriginalReference } from '@tolem/domain/authorization'
import { type AuthorizationId, type BankId, uuidOf } from '@tolem/domain/ids'
import { createGroupCommit } from '@tolem/postgres/group-commit'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements, type Statement } from '@tolem/postgres/statements'
import {
  type Acceptance,
  type AcceptRow,
  acceptConflictKeys,
  type NewAuthorization,
  toAcceptance,
} from './records/accept.ts'
import { acceptValues } from './records/accept-values.ts'
import {
  type Concluded,
  type ConcludeRow,
  type Conclusion,
  concludeValues,
  type Decline,
  sureOf,
  toConcluded,
} from './records/conclude.ts'
import { type FallBack, type FallBackRow, fallBackValues } from './records/fall-back.ts'
import { type FindRow, type FoundAuthorization, toFound } from './records/find.ts'
import { type Original, type OriginalRow, originalValues, toOriginal } from './records/original.ts'
import { surely } from './surely.ts'

const STATEMENTS = [
  'authorization-accept',
  'authorization-conclude',
  'authorization-deliver',
  'authorization-fall-back',
  'authorization-find',
  'authorization-original',
  'authorization-withdraw',
] as const

type Statements = Readonly<Record<(typeof STATEMENTS)[number], Statement>>

/** How often ACCEPT is asked while a concurrent statement holds its key. */
const TRIES = 3

/** The durable record of every decision. Rejects with `PostgresFault`, `QueueFull` or `WaitedTooLong` only. */
export type AuthorizationRecords = {
  /** The first durable point. Many callers' items travel in one statement. */
  accept(item: NewAuthorization): Promise<Acceptance>
  /** The authorization that an increment of this bank names; nothing when it has none. */
  findOriginal(bank: BankId, original: OriginalReference): Promise<Original | undefined>
  /**
   * Between the two points, where the only debit was refused: makes others durable, for as much or for less. They must
   * not be sent unless this resolves with true; else the authorization was overtaken or decided meanwhile.
   */
  fallBack(item: FallBack): Promise<boolean>
  /** The second durable point: what it resolves with stands in the database, whoever wrote it. */
  conclude(item: Conclusion): Promise<Concluded>
  /**
   * Takes back an approval whose answer reached nobody, or that may still be on its way, and gives the answer that
   * stands now: the decline, or the approval after all where a repeat was already answered with it. No answer:
   * settlement declined it and nobody has rendered that yet.
   */
  withdraw(id: AuthorizationId, decline: Decline): Promise<string | undefined>
  /** One authorization of one bank with its movements and history; another bank's is not found. */
  find(bank: BankId, id: AuthorizationId): Promise<FoundAuthorization | undefined>
  /** For how many milliseconds the first in the longer queue has waited for a statement to carry it. */
  waitedMs(): number
  /** Lets what is under way finish. */
  close(): Promise<void>
}

/** Group commit's bounds: a batch large enough to carry a burst, a queue small enough to be answered in time. */
export type RecordsOptions = {
  readonly postgres: Postgres
  readonly maxBatch: number
  readonly maxQueued: number
  readonly observe?: (statement: 'accept' | 'conclude', size: number) => void
}

/** The record on one database. Statements that many callers share are group-committed; see each for its locks. */
export function createAuthorizationRecords(options: RecordsOptions): AuthorizationRecords {
  const { postgres, maxBatch, maxQueued, observe } = options
  const statements = loadStatements(join(import.meta.dirname, 'records'), STATEMENTS)

  const accepting = createGroupCommit<NewAuthorization, AcceptRow>({
    maxBatch,
    maxQueued,
    conflictKeys: acceptConflictKeys,
    usefulUntil: (item) => item.usefulUntil,
    observe: (size) => observe?.('accept', size),
    run: (items) =>
      postgres.run<AcceptRow>(statements['authorization-accept'], acceptValues(items)),
  })

  const concluding = createGroupCommit<Conclusion, Concluded>({
    maxBatch,
    maxQueued,
    conflictKeys: ({ id }) => [id],
    observe: (size) => observe?.('conclude', size),
    run: async (items) =>
      toConcluded(
        items,
        await postgres.run<ConcludeRow>(
          statements['authorization-conclude'],
          concludeValues(items),
        ),
      ),
  })

  const deliver = async (uuid: string): Promise<string> => {
    const rows = await surely(() =>
      postgres.run<BodyRow>(statements['authorization-deliver'], [uuid]),
    )
    const body = rows[0]?.response_body
    assert(body, 'a delivered approval has its answer')
    return body
  }

  return {
    ...createAlone(postgres, statements),

    async accept(item) {
      for (let left = TRIES; left > 0; left -= 1) {
        const row = await surely(() => accepting.submit(item))
        if (row.outcome === 'repeat' && row.is_fresh_approval && row.id !== null)
          return { kind: 'replay', body: await deliver(row.id) }
        const found = toAcceptance(item, row)
        if (found) return found
      }
      return { kind: 'in_flight' }
    },

    conclude: (item) => surely(() => concluding.submit(sureOf(item))),
    waitedMs: () => Math.max(accepting.waitedMs(), concluding.waitedMs()),

    async close() {
      await Promise.all([accepting.close(), concluding.close()])
    },
  }
}

type Alone = 'findOriginal' | 'fallBack' | 'withdraw' | 'find'

/** What is asked too seldom, or is too much of its own, to travel with others. */
function createAlone(
  postgres: Postgres,
  statements: Statements,
): Pick<AuthorizationRecords, Alone> {
  return {
    async findOriginal(bank, original) {
      const values = originalValues(bank, original)
      const [row] = await postgres.run<OriginalRow>(statements['authorization-original'], values)
      return row && toOriginal(row)
    },

    async fallBack(item) {
      const [row] = await surely(() =>
        postgres.run<FallBackRow>(statements['authorization-fall-back'], fallBackValues(item)),
      )
      return row?.may_be_sent === true
    },

    async withdraw(id, { reason, body }) {
      const values = [uuidOf(id), reason, body]
      const [row] = await postgres.run<BodyRow>(statements['authorization-withdraw'], values)
      return row?.response_body ?? undefined
    },

    async find(bank, id) {
      const [row] = await postgres.run<FindRow>(statements['authorization-find'], [
        uuidOf(id),
        bank,
      ])
      return row && toFound(row)
    },
  }
}

type BodyRow = { readonly response_body: string | null }

import { randomUUID } from 'node:crypto'
import type { EventKind } from '@tolem/domain/hold'
import type { BankId } from '@tolem/domain/ids'
import { createPostgres, type Postgres, type Run } from '@tolem/postgres/pool'

/** The bank of every authorization here. */
export const BANK = 'halyk' as BankId

/** A pool with room for transactions that wait for each other. */
export function openPostgres(url: string): Postgres {
  return createPostgres({
    url,
    poolSize: 16,
    acquireTimeoutMs: 10_000,
    statementTimeoutMs: 10_000,
    lockTimeoutMs: 10_000,
    applicationName: 'events-test',
    onFault: () => {},
  })
}

/** A declined authorization of the bank; gives its UUID. */
export async function anAuthorization(run: Run): Promise<string> {
  const uuid = randomUUID()
  const text = `
    INSERT INTO "authorization" (
      id, bank_id, card_token, local_date, network_key, type, billing_amount, state, decline_reason, received_at,
      request_body, response_body
    )
    VALUES (
      $1::uuid, $2, 'ct_1', '2026-01-01', $1::uuid::text, 'purchase', 1250000, 'declined', 'system_malfunction', now(),
      '{}', '{}'
    )`
  await run({ name: 'test-authorization', text }, [uuid, BANK])
  return uuid
}

/** Locks an authorization as everybody does who writes one of its events. */
export async function lock(run: Run, uuid: string): Promise<void> {
  const text = 'SELECT id FROM "authorization" WHERE id = $1 FOR UPDATE'
  await run({ name: 'test-lock', text }, [uuid])
}

/** Writes an event as everybody does, under the lock. Gives its sequence. */
export async function tell(run: Run, uuid: string, kind: EventKind = 'declined'): Promise<number> {
  await lock(run, uuid)
  const text = `
    INSERT INTO authorization_event (authorization_id, kind) VALUES ($1, $2) RETURNING sequence`
  const [row] = await run<{ sequence: string }>({ name: 'test-tell', text }, [uuid, kind])
  return Number(row?.sequence)
}

/** A transaction that writes something of its own first, so that it has its id, and then does as it is told. */
export type Writer = {
  /** Runs a step in it. */
  readonly step: <Result>(work: (run: Run) => Promise<Result>) => Promise<Result>
  readonly commit: () => Promise<void>
  readonly rollBack: () => Promise<void>
}

/** Begins one, with its id taken. */
export async function beginWriter(postgres: Postgres): Promise<Writer> {
  const opened = Promise.withResolvers<Run>()
  const end = Promise.withResolvers<void>()
  const ended = postgres.runInTransaction(async (run) => {
    // A test keeps it open for as long as the others take.
    const text = 'SET LOCAL idle_in_transaction_session_timeout = 0'
    await run({ name: 'test-stay-open', text }, [])
    await run({ name: 'test-take-id', text: 'SELECT pg_current_xact_id()' }, [])
    opened.resolve(run)
    await end.promise
  })
  const run = await opened.promise
  return {
    step: (work) => work(run),
    async commit() {
      end.resolve()
      await ended
    },
    async rollBack() {
      end.reject(new Error('rolled back'))
      await ended.catch(() => {})
    },
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import { compareAccounts, compareSums } from './audit/accounts.ts'
import { readBooks } from './audit/books.ts'
import { compareCredits, joinDebits } from './audit/debits.ts'
import {
  compareCover,
  compareExposures,
  compareRefunds,
  compareRows,
  compareTotals,
} from './audit/holds.ts'
import { compareMovements, compareWallets } from './audit/moved.ts'
import { query } from './ledger.ts'
import type { Sandbox } from './sandbox.ts'

/** What was compared, and everything that did not agree. */
export type Audit = {
  readonly authorizations: number
  readonly approvals: number
  readonly reversals: number
  readonly clearings: number
  readonly refunds: number
  readonly exposures: number
  readonly movements: number
  readonly wallets: number
  readonly mistakes: readonly string[]
}

/**
 * Compares Tolem's books with the exchange's own record of what moved, to the last unit, and every hold with what moved
 * for it, to the tiyn. Reads both by plain SQL and HTTP and shares no code with what it judges. Nothing may be open
 * meanwhile: see {@link untilSettled}.
 */
export async function audit(databaseUrl: string, sandbox: Sandbox): Promise<Audit> {
  const books = await readBooks(databaseUrl, sandbox)
  const debits = joinDebits(books)
  return {
    authorizations: books.rows.length,
    approvals: books.rows.filter(({ state }) => state === 'approved').length,
    reversals: books.rows.filter(({ reversal_id }) => reversal_id !== null).length,
    clearings: books.clearings.length,
    refunds: books.refunds.length,
    exposures: books.exposures.length,
    movements: books.moved.length,
    wallets: new Set(books.moved.map(({ exchange, wallet }) => `${exchange} ${wallet}`)).size,
    mistakes: [
      ...compareMovements(books),
      ...compareWallets(books),
      ...compareRows(books),
      ...compareCredits(debits),
      ...compareCover(books, debits),
      ...compareTotals(books),
      ...compareRefunds(books),
      ...compareExposures(books, debits),
      ...compareSums(books),
      ...compareAccounts(books, debits),
    ],
  }
}

/** An exposure whose wallet refused to pay stays, and is tried again for as long as it takes: nobody waits for that. */
const OPEN = `
  SELECT kind || ' ' || reference || ' ' || state || ' ' || coalesce(detail, '') AS what
  FROM movement WHERE state IN ('intended', 'in_doubt')
  UNION ALL
  SELECT 'authorization ' || id FROM "authorization" WHERE state = 'accepted'
  UNION ALL
  SELECT 'exposure ' || id || ' ' || state || ' ' || coalesce(detail, '')
  FROM exposure WHERE state = 'collecting' OR state = 'open' AND refused = 0 AND escalated_at IS NULL
  UNION ALL
  SELECT 'hold ' || id || ' until ' || hold_until
  FROM "authorization" WHERE state = 'approved' AND hold_until < clock_timestamp()`

/** Is nothing of that open now? */
export async function isSettled(databaseUrl: string): Promise<boolean> {
  return (await query(databaseUrl, OPEN)).length === 0
}

/**
 * Waits until no authorization is undecided, no movement is open, nothing is owed that could be collected, and no hold
 * is past its time.
 *
 * @throws with what is still open when that takes longer than `withinMs`.
 */
export async function untilSettled(databaseUrl: string, withinMs: number): Promise<void> {
  const patience = AbortSignal.timeout(withinMs)
  for (;;) {
    const open = await query<{ what: string }>(databaseUrl, OPEN)
    if (open.length === 0) return
    if (patience.aborted)
      throw new Error(`after ${withinMs} ms open: ${open.map(({ what }) => what).join('; ')}`)
    await delay(200)
  }
}

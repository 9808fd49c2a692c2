import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ClearingSite } from './clearing-site.ts'

/** A presentment of 1,000 tenge that nobody was asked for; `number` makes its key, its own among others. */
export function aRecord(number: number, change: Readonly<Record<string, unknown>> = {}): object {
  return {
    cardToken: `ct_${String(number).padStart(8, '0')}`,
    clearingAmount: { value: '1000.00', currency: 'KZT' },
    acquirerId: '400001',
    terminalId: 'T0000001',
    systemTraceAuditNumber: String(number % 1_000_000).padStart(6, '0'),
    retrievalReferenceNumber: `R${String(number).padStart(11, '0')}`,
    localDateTime: '2026-11-22T15:00:00',
    transmittedAt: '2026-11-22T10:00:00Z',
    ...change,
  }
}

/** What a mixed file must come to: how many records of each result. */
export type Expected = Readonly<Record<string, number>>

/**
 * Writes a file of `count` records in a round of ten: six that clear what is held, one beyond it, one force post, one
 * repeat of the record before it, one that is refused. What is held is put into the database: 1,000 tenge each.
 */
export async function writeMixedFile(
  site: ClearingSite,
  path: string,
  count: number,
): Promise<Expected> {
  const held = await holdMany(site, Math.ceil(count / 10) * 7)
  const tally: Record<string, number> = {}
  const lines = Array.from({ length: count }, (_, index) => {
    const place = index % 10
    const { result, record } = mixedRecord(index, held[Math.floor(index / 10) * 7 + place])
    tally[result] = (tally[result] ?? 0) + 1
    return `${JSON.stringify(record)}\n`
  })
  await pipeline(Readable.from(lines), createWriteStream(path))
  return tally
}

function mixedRecord(index: number, id: string | undefined): { result: string; record: object } {
  const original = { authorizationId: `aut_${id}` }
  switch (index % 10) {
    case 6: {
      const clearingAmount = { value: '1500.00', currency: 'KZT' }
      return { result: 'cleared_beyond_hold', record: aRecord(index, { original, clearingAmount }) }
    }
    case 7:
      return { result: 'force_posted', record: aRecord(index) }
    case 8:
      return { result: 'repeat', record: aRecord(index - 1) }
    case 9:
      return { result: 'refused', record: aRecord(index, { last: 'perhaps' }) }
    default:
      return { result: 'cleared', record: aRecord(index, { original }) }
  }
}

/** Approvals of 1,000 tenge that are held, with their journals. */
async function holdMany({ ask }: ClearingSite, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, () => randomUUID())
  const text = `
    WITH held AS (
      INSERT INTO "authorization" (
        id, bank_id, card_token, local_date, network_key, type, billing_amount, state, approval_code, received_at,
        request_body, response_body, concluded_at, approved_amount, hold_until
      )
      SELECT
        id, 'halyk', 'ct_' || number, '2026-11-20', 'held/' || number, 'purchase', 100000, 'approved', 'A00001', now(),
        '{}', '{}', now(), 100000, now() + interval '7 days'
      FROM unnest($1::uuid[]) WITH ORDINALITY AS item (id, number)
      RETURNING id
    )
    INSERT INTO ledger_posting (journal_id, line, authorization_id, asset, amount, debit_account, credit_account)
    SELECT 'approval/' || id, 1, id, 'KZT', 100000, 'conversion/bybit/USDT', 'held_for_authorizations/halyk' FROM held`
  for (let from = 0; from < ids.length; from += 10_000)
    await ask(text.replace("'held/' ||", `'held/${from}/' ||`), [ids.slice(from, from + 10_000)])
  return ids
}

/**
 * What must hold in the database after a mixed file was recorded, as a list of what does not: each presentment stands
 * in the ledger once, nothing is missing, and the accounts are what the records say.
 */
export async function auditMixed({ ask }: ClearingSite, expected: Expected): Promise<string[]> {
  const of = (result: string) => BigInt(expected[result] ?? 0)
  const [cleared, beyond, forced] = [of('cleared'), of('cleared_beyond_hold'), of('force_posted')]
  const [found] = await ask<Record<string, string>>(`
    SELECT
      (SELECT count(*) FROM clearing) AS clearings,
      (SELECT coalesce(sum(amount), 0) FROM clearing) AS amount,
      (SELECT coalesce(sum(amount - collected - cancelled), 0) FROM exposure) AS exposed,
      (SELECT count(DISTINCT journal_id) FROM ledger_posting WHERE journal_id LIKE 'clearing/%') AS journals,
      (SELECT coalesce(sum(balance), 0) FROM ledger_balance WHERE account = 'owed_to_bank/halyk') AS owed_to_bank,
      (SELECT coalesce(sum(balance), 0) FROM ledger_balance WHERE account = 'exposure/halyk') AS exposure,
      (
        SELECT coalesce(sum(balance), 0) + (
          SELECT coalesce(sum(approved_amount - released_amount - cleared_amount), 0) FROM "authorization"
        )
        FROM ledger_balance WHERE account = 'held_for_authorizations/halyk'
      ) AS held_apart,
      (SELECT count(*) FROM "authorization" WHERE cleared_amount <> approved_amount AND closed_as = 'cleared') AS odd`)
  const amount = (cleared + forced) * 100_000n + beyond * 150_000n
  const exposed = forced * 100_000n + beyond * 50_000n
  const wanted: Record<string, bigint> = {
    clearings: cleared + beyond + forced,
    amount,
    exposed,
    journals: cleared + beyond + forced,
    owed_to_bank: -amount,
    exposure: exposed,
    held_apart: 0n,
    odd: 0n,
  }
  return Object.entries(wanted)
    .filter(([name, value]) => BigInt(found?.[name] ?? -1) !== value)
    .map(([name, value]) => `${name}: ${found?.[name]}, not ${value}`)
}

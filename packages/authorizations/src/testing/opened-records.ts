import type { Card } from '@tolem/domain/card'
import type { DeclineReason } from '@tolem/domain/decision'
import type { AuthorizationId } from '@tolem/domain/ids'
import type { DebitResult } from '@tolem/domain/movement'
import { createPostgres, type Postgres } from '@tolem/postgres/pool'
import { createTestDatabase } from '@tolem/testing/backends'
import type { Intent, NewAuthorization } from '../records/accept.ts'
import type { Concluded, Conclusion } from '../records/conclude.ts'
import { type AuthorizationRecords, createAuthorizationRecords } from '../records.ts'

/** Two authorizers' worth of records on one database of the test's own, and a way to look into it. */
export type OpenedRecords = {
  readonly url: string
  readonly records: AuthorizationRecords
  readonly other: AuthorizationRecords
  readonly postgres: Postgres
  ask<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>
  /** Puts a card as the cards' own statement does. */
  putCard(card: Card): Promise<void>
}

/** Opens them, and has everything closed `atEnd` of the test. */
export async function openRecords(
  atEnd: (close: () => Promise<void>) => void,
): Promise<OpenedRecords> {
  const database = await createTestDatabase()
  const [first, second] = [openPostgres(database.url), openPostgres(database.url)]
  const opened = { records: recordsOn(first), other: recordsOn(second) }
  atEnd(async () => {
    await Promise.all([opened.records.close(), opened.other.close()])
    await Promise.all([first.close(), second.close()])
    await database.drop()
  })
  const ask = <Row>(text: string, values: readonly unknown[] = []) =>
    first.run<Row>({ name: '', text }, values)
  return {
    ...opened,
    url: database.url,
    postgres: first,
    ask,
    async putCard(card) {
      await ask(PUT_CARD, [card.bank, card.token, card.version, JSON.stringify(card.walletLink)])
      await ask(PUT_USAGE, [card.bank, card.token, card.version])
    },
  }
}

/** As in the authorizer, but patient with a busy machine; a deadlock would still show, as a fault after a second. */
export function openPostgres(url: string, statementTimeoutMs = 5_000): Postgres {
  return createPostgres({
    url,
    poolSize: 6,
    acquireTimeoutMs: 5_000,
    statementTimeoutMs,
    lockTimeoutMs: 900,
    applicationName: 'records-test',
    onFault: () => {},
  })
}

export function recordsOn(postgres: Postgres): AuthorizationRecords {
  return createAuthorizationRecords({ postgres, maxBatch: 64, maxQueued: 1_000 })
}

const PUT_CARD = `
  INSERT INTO card (bank_id, card_token, version, status, expires_on, limits, wallet_link)
  VALUES ($1, $2, $3, 'active', '2028-12', '{}', $4::jsonb)
  ON CONFLICT ON CONSTRAINT card_pkey DO UPDATE SET version = EXCLUDED.version`

const PUT_USAGE = `
  INSERT INTO card_usage (bank_id, card_token, card_version, day) VALUES ($1, $2, $3, '2026-11-01')
  ON CONFLICT ON CONSTRAINT card_usage_pkey DO UPDATE SET card_version = EXCLUDED.card_version`

type Intended = NewAuthorization & { readonly plan: Intent }

/** Concludes as the authorizer does: what was overtaken gets the bytes of its decline by a second CONCLUDE. */
export async function concludeWhole(
  records: AuthorizationRecords,
  conclusion: Conclusion,
): Promise<Concluded> {
  const { id } = conclusion
  const concluded = await records.conclude(conclusion)
  if (concluded.body !== undefined) return concluded
  const { reason } = concluded
  return records.conclude({
    id,
    decision: { kind: 'decline', reason, body: declinedBody(id, reason) },
  })
}

/** The debit happened: approve, with a journal of two lines. */
export function approval(item: Intended, approvalCode = '0A1B2C'): Conclusion {
  const { debit, quote } = item.plan
  const line = {
    journalId: `approval/${debit.reference}`,
    debitAccount: 'programme_settlement',
    creditAccount: 'cardholder_wallet',
  }
  return {
    id: item.id,
    parent: item.parent,
    debit: {
      reference: debit.reference,
      result: { kind: 'debited', exchangeReference: `x-${debit.reference}` },
    },
    decision: {
      kind: 'approve',
      outcome: item.plan.outcome,
      approvalCode,
      body: approvedBody(item.id),
      journal: [
        { ...line, line: 1, asset: quote.asset, amount: quote.debit },
        { ...line, line: 2, asset: 'KZT', amount: quote.billing },
      ],
    },
  }
}

/** The debit was refused or is in doubt: decline. */
export function refusal(
  item: Intended,
  reason: DeclineReason = 'insufficient_funds',
  result: DebitResult = { kind: 'rejected', reason: 'insufficient_funds', detail: 'too little' },
): Conclusion {
  return {
    id: item.id,
    debit: { reference: item.plan.debit.reference, result },
    decision: { kind: 'decline', reason, body: declinedBody(item.id, reason) },
  }
}

export function approvedBody(id: AuthorizationId): string {
  return JSON.stringify({ authorizationId: id, decision: 'approved' })
}

export function declinedBody(id: AuthorizationId, reason: DeclineReason): string {
  return JSON.stringify({ authorizationId: id, decision: 'declined', reason })
}

/** Everything that must hold in the database whatever happened: each row is one breach, in words. */
export const BREACHES = `
  SELECT 'usage is not the sum of what counts' AS breach, used.card_token AS of
  FROM card_usage AS used
  CROSS JOIN LATERAL (
    SELECT
      coalesce(sum(billing_amount) FILTER (WHERE usage_day = used.day), 0) AS day_amount,
      count(*) FILTER (WHERE usage_day = used.day) AS day_count,
      coalesce(sum(billing_amount) FILTER (WHERE usage_day >= date_trunc('month', used.day)), 0) AS month_amount
    FROM "authorization"
    WHERE bank_id = used.bank_id AND card_token = used.card_token
      AND (state = 'accepted' OR (state = 'approved' AND reversal_id IS NULL))
  ) AS counted
  WHERE (used.day_amount, used.day_count, used.month_amount)
    <> (counted.day_amount, counted.day_count, counted.month_amount)
  UNION ALL
  SELECT 'approved without exactly one executed debit', id::text FROM "authorization"
  WHERE state = 'approved' AND 1 <> (
    SELECT count(*) FROM movement WHERE authorization_id = id AND kind = 'debit' AND state = 'executed')
  UNION ALL
  SELECT 'more than one debit or credit', authorization_id::text FROM movement
  GROUP BY authorization_id, kind HAVING count(*) > 1
  UNION ALL
  SELECT 'a credit that nothing demands', authorization_id::text FROM movement
  WHERE kind = 'credit' AND EXISTS (
    SELECT FROM "authorization" WHERE id = authorization_id AND state = 'approved' AND reversal_id IS NULL)
  UNION ALL
  SELECT 'debited, not approved or reversed, and not credited', id::text FROM "authorization"
  WHERE (state = 'declined' OR reversal_id IS NOT NULL)
    AND EXISTS (SELECT FROM movement WHERE authorization_id = id AND kind = 'debit' AND state = 'executed')
    AND NOT EXISTS (SELECT FROM movement WHERE authorization_id = id AND kind = 'credit')
  UNION ALL
  SELECT 'posted lines are not the journal', id::text FROM "authorization"
  WHERE state = 'approved' AND 2 <> (SELECT count(*) FROM ledger_posting WHERE authorization_id = id)
  UNION ALL
  SELECT 'the ledger does not balance', asset FROM ledger_balance GROUP BY asset HAVING sum(balance) <> 0
  UNION ALL
  SELECT 'decided without its bytes', id::text FROM "authorization"
  WHERE state <> 'accepted' AND response_body IS NULL`

import type { Card } from '@tolem/domain/card'
import type { DeclineReason } from '@tolem/domain/decision'
import type { AuthorizationId } from '@tolem/domain/ids'
import type { DebitResult } from '@tolem/domain/movement'
import { amountOf } from '@tolem/money/amount'
import { createPostgres, type Postgres } from '@tolem/postgres/pool'
import { createTestDatabase } from '@tolem/testing/backends'
import { aNewAuthorization } from '@tolem/testing/builders'
import { createHolds, type Holds } from '../holds.ts'
import type { Intent, NewAuthorization } from '../records/accept.ts'
import type { Concluded, Conclusion } from '../records/conclude.ts'
import { type AuthorizationRecords, createAuthorizationRecords } from '../records.ts'
import { journalsOf } from './journals.ts'

/** Two authorizers' worth of records on one database of the test's own, and a way to look into it. */
export type OpenedRecords = {
  readonly url: string
  readonly records: AuthorizationRecords
  readonly other: AuthorizationRecords
  readonly holds: Holds
  readonly otherHolds: Holds
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
  const opened = {
    records: recordsOn(first),
    other: recordsOn(second),
    holds: holdsOn(first),
    otherHolds: holdsOn(second),
  }
  atEnd(async () => {
    await Promise.all(Object.values(opened).map((one) => one.close()))
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

/** The record of holds, which moves in steps of a ten-thousandth of a USDT. */
export function holdsOn(postgres: Postgres): Holds {
  return createHolds({
    postgres,
    maxQueued: 1_000,
    stepOf: () => STEP,
    journalsOf,
    approvalCodeOf: (number) => String(number % 1_000_000n).padStart(6, '0'),
  })
}

/** In hundred-millionths of a USDT. */
export const STEP = 100n

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
        {
          ...line,
          line: 2,
          asset: 'KZT',
          amount: quote.billing,
          creditAccount: `${item.request.isFinal ? 'owed_to_bank' : 'held_for_authorizations'}/${item.request.bank}`,
        },
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

/** A request of its own that raises a purchase, by 2,500 tenge unless told. */
export function anIncrement(parent: NewAuthorization, billing = 250_000n): Intended {
  const item = aNewAuthorization({
    request: {
      kind: 'increment',
      original: { kind: 'by_id', authorizationId: parent.id },
      bank: parent.request.bank,
      cardToken: parent.request.cardToken,
      billing: amountOf('KZT', billing),
    },
  })
  // Its parent's hold expires as one.
  return { ...item, parent: parent.id, plan: { ...item.plan, holdUntil: undefined } }
}

export function approvedBody(id: AuthorizationId): string {
  return JSON.stringify({ authorizationId: id, decision: 'approved' })
}

export function declinedBody(id: AuthorizationId, reason: DeclineReason): string {
  return JSON.stringify({ authorizationId: id, decision: 'declined', reason })
}

/** Everything that must hold in the database whatever happened: each row is one breach, in words. */
export const BREACHES = `
  WITH kept AS (
    SELECT
      *, approved_amount - released_amount - cleared_amount AS open_amount,
      approved_amount - released_amount - coalesce((
        SELECT sum(amount) FROM exposure WHERE authorization_id = stored.id AND cause = 'clearing'
      ), 0) AS counted_amount
    FROM "authorization" AS stored
  )
  SELECT 'usage is not the sum of what counts' AS breach, used.card_token AS of
  FROM card_usage AS used
  CROSS JOIN LATERAL (
    SELECT
      coalesce(sum(amount) FILTER (WHERE usage_day = used.day), 0) AS day_amount,
      coalesce(sum(count) FILTER (WHERE usage_day = used.day), 0) AS day_count,
      coalesce(sum(amount) FILTER (WHERE usage_day >= date_trunc('month', used.day)), 0) AS month_amount
    FROM (
      SELECT
        usage_day, CASE state WHEN 'accepted' THEN billing_amount ELSE counted_amount END AS amount,
        CASE
          WHEN kind = 'increment' OR (closed_as = 'reversed' AND counted_amount = 0) THEN 0 ELSE 1
        END AS count
      FROM kept
      WHERE bank_id = used.bank_id AND card_token = used.card_token AND state <> 'declined'
    ) AS counting
  ) AS counted
  WHERE (used.day_amount, used.day_count, used.month_amount)
    <> (counted.day_amount, counted.day_count, counted.month_amount)
  UNION ALL
  SELECT 'approved without exactly one executed debit', id::text FROM "authorization"
  WHERE state = 'approved' AND kind IN ('authorization', 'increment') AND approved_amount > 0 AND 1 <> (
    SELECT count(*) FROM movement WHERE authorization_id = id AND purpose = 'authorization' AND state = 'executed')
  UNION ALL
  SELECT 'more than one debit of an authorization', authorization_id::text FROM movement
  WHERE purpose = 'authorization' AND state <> 'refused'
  GROUP BY authorization_id HAVING count(*) > 1
  UNION ALL
  SELECT 'debited, not approved, and not credited', id::text FROM "authorization"
  WHERE state = 'declined'
    AND EXISTS (SELECT FROM movement WHERE authorization_id = id AND kind = 'debit' AND state = 'executed')
    AND NOT EXISTS (SELECT FROM movement WHERE authorization_id = id AND kind = 'credit')
  UNION ALL
  SELECT 'credits are not what their debit says', debit.reference FROM movement AS debit
  WHERE debit.kind = 'debit' AND debit.credited <> (
    SELECT coalesce(sum(amount), 0) FROM movement WHERE debit_reference = debit.reference)
  UNION ALL
  SELECT 'released without giving back as much', id::text FROM kept
  WHERE state = 'approved' AND released_amount = approved_amount AND EXISTS (
    SELECT FROM movement WHERE authorization_id = id AND kind = 'debit' AND state = 'executed' AND credited < amount)
  UNION ALL
  SELECT 'released is not what debits and exposures gave up', id::text FROM kept
  WHERE state = 'approved' AND original_id IS NULL AND kind IN ('authorization', 'increment') AND (
      SELECT coalesce(sum(released), 0) FROM movement WHERE authorization_id = id AND kind = 'debit'
    ) + (SELECT coalesce(sum(cancelled), 0) FROM exposure WHERE authorization_id = kept.id)
    -- A refund cancels what is owed too, and takes that away from under a later release.
    NOT BETWEEN released_amount AND released_amount + refunded_amount
  UNION ALL
  SELECT 'held forever or closed too early', id::text FROM kept
  WHERE state = 'approved' AND parent_id IS NULL AND (closed_as IS NOT NULL) <> (hold_until IS NULL)
    AND NOT is_final AND approved_amount > 0
  UNION ALL
  SELECT 'posted lines are not the journal', id::text FROM "authorization"
  WHERE state = 'approved' AND kind IN ('authorization', 'increment') AND approved_amount > 0 AND 2 <> (
    SELECT count(*) FROM ledger_posting WHERE authorization_id = id AND journal_id LIKE 'approval/%')
  UNION ALL
  SELECT 'the ledger does not say ' || account, bank_id FROM (
    SELECT
      bank_id,
      sum(open_amount) FILTER (WHERE NOT is_final) AS held_for_authorizations,
      sum(cleared_amount + CASE WHEN is_final THEN open_amount ELSE 0 END - refunded_amount) AS owed_to_bank,
      -(SELECT sum(amount - collected - cancelled) FROM exposure WHERE exposure.bank_id = kept.bank_id) AS exposure
    FROM kept
    WHERE state = 'approved'
    GROUP BY bank_id
  ) AS rows
  CROSS JOIN LATERAL (VALUES
    ('held_for_authorizations', held_for_authorizations), ('owed_to_bank', owed_to_bank), ('exposure', exposure)
  ) AS said (account, amount)
  WHERE coalesce(amount, 0) <> -coalesce((
    SELECT balance FROM ledger_balance WHERE ledger_balance.account = said.account || '/' || bank_id
  ), 0)
  UNION ALL
  SELECT 'the ledger does not balance', asset FROM ledger_balance GROUP BY asset HAVING sum(balance) <> 0
  UNION ALL
  SELECT 'decided without its bytes', id::text FROM "authorization"
  WHERE state <> 'accepted' AND response_body IS NULL`

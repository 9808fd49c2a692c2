import { readFileSync } from 'node:fs'
import { join } from 'node:path'
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
import { countDeadlocks } from './deadlocks.ts'
import { journalsOf } from './journals.ts'

/** Two authorizers' worth of records on one database of the test's own, and a way to look into it. */
export type OpenedRecords = {
  readonly url: string
  readonly records: AuthorizationRecords
  readonly other: AuthorizationRecords
  readonly holds: Holds
  readonly otherHolds: Holds
  readonly postgres: Postgres
  /** How often one of them had to give way to another in a deadlock, and asked again. */
  readonly deadlocks: () => number
  ask<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>
  /** Puts a card as the cards' own statement does. */
  putCard(card: Card): Promise<void>
}

/** Opens them, and has everything closed `atEnd` of the test. */
export async function openRecords(
  atEnd: (close: () => Promise<void>) => void,
): Promise<OpenedRecords> {
  const database = await createTestDatabase()
  const deadlocks = countDeadlocks()
  const open = () => deadlocks.watch(openPostgres(database.url))
  const [first, second] = [open(), open()]
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
    deadlocks: deadlocks.count,
    ask,
    async putCard(card) {
      await ask(PUT_CARD, [card.bank, card.token, card.version, JSON.stringify(card.walletLink)])
      await ask(PUT_USAGE, [card.bank, card.token, card.version])
    },
  }
}

/** As in the authorizer, but patient with a busy machine, and for so long that a deadlock is found as what it is. */
export function openPostgres(url: string, statementTimeoutMs = 5_000): Postgres {
  return createPostgres({
    url,
    poolSize: 6,
    acquireTimeoutMs: 5_000,
    statementTimeoutMs,
    lockTimeoutMs: 2_000,
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

/** All debits happened: approve, with a journal of two lines for each. */
export function approval(item: Intended, approvalCode = '0A1B2C'): Conclusion {
  const { debits, outcome } = item.plan
  const holding = item.request.isFinal ? 'owed_to_bank' : 'held_for_authorizations'
  return {
    id: item.id,
    parent: item.parent,
    debits: debits.map(({ order: { reference } }) => ({
      reference,
      result: { kind: 'debited', exchangeReference: `x-${reference}` },
    })),
    decision: {
      kind: 'approve',
      outcome,
      approvalCode,
      body: approvedBody(item.id),
      journal: debits.flatMap(({ order, quote }) => {
        const journalId = `approval/${order.reference}`
        const line = { journalId, debitAccount: 'programme_settlement' }
        const creditAccount = `${holding}/${item.request.bank}`
        return [
          {
            ...line,
            line: 1,
            asset: quote.asset,
            amount: quote.debit,
            creditAccount: 'cardholder_wallet',
          },
          { ...line, line: 2, asset: 'KZT', amount: quote.billing, creditAccount },
        ]
      }),
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
    debits: [{ reference: item.plan.debits[0].order.reference, result }],
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
export const BREACHES = readFileSync(join(import.meta.dirname, 'records-breached.sql'), 'utf8')

import { join } from 'node:path'
import type { AuthorizationType } from '@tolem/domain/authorization'
import type { WalletLink } from '@tolem/domain/card'
import {
  type AuthorizationId,
  type BankId,
  type CardToken,
  type ExchangeId,
  type ExposureId,
  uuidOf,
} from '@tolem/domain/ids'
import type { Quote } from '@tolem/domain/quote'
import type { Amount } from '@tolem/money/amount'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements, type Statement } from '@tolem/postgres/statements'
import { executeCollection } from './collections/execute.ts'
import {
  type ExposureRow,
  rowToExposure,
  rowToUncollected,
  type UncollectedRow,
} from './collections/exposure-row.ts'
import { type Intended, intendCollection } from './collections/intend.ts'
import { CLAIM_LOST } from './movements/lost.ts'
import type { ClaimedDebit, ClaimLost, Deferred, Recorded } from './movements.ts'
import type { JournalLine } from './records/conclude.ts'

/**
 * What is owed of an authorization and not collected, lent to one instance until its lease ends. `owed` is in tiyn;
 * `attempts` counts how often it was claimed since it last got anything, this claim included, and `refused` how many of
 * its debits an exchange refused. `quote` is the price that it must be collected at, where there is one.
 */
export type ClaimedExposure = {
  readonly id: ExposureId
  readonly authorizationId: AuthorizationId
  readonly bank: BankId
  readonly cardToken: CardToken
  readonly type: AuthorizationType
  readonly owed: Amount<'KZT'>
  readonly quote: Quote | undefined
  readonly attempts: number
  readonly refused: number
  readonly epoch: number
}

/** A debit to intend: `quote.billing` is the part of what is owed that it pays for. */
export type NewCollection = { readonly wallet: WalletLink; readonly quote: Quote }

/** Why and for how long an exposure is put off; `exchange` is where it would have been collected, if that is known. */
export type Postponement = {
  readonly delayMs: number
  readonly detail: string
  readonly escalate: boolean
  readonly longestAgeMs: number
  readonly exchange?: ExchangeId
}

/** How the pause before the next debit grows: doubling with each refusal. `share` of it is waited, in (0, 1]. */
export type Pauses = {
  readonly firstMs: number
  readonly longestMs: number
  readonly share: number
}

/** Tenge (in tiyn) that a debit paid for, without what it took too much. */
export type PaidTenge = {
  readonly billing: Amount<'KZT'>
  readonly fee: Amount<'KZT'>
  readonly spread: Amount<'KZT'>
}

/**
 * What the exchange said that it executed. `step` is the smallest amount that the rail moves; `journal` gives the lines
 * to post, once it is known what the debit paid for.
 */
export type ExecutedCollection = {
  readonly exchangeReference: string
  readonly step: bigint
  readonly journal: (paid: PaidTenge) => readonly JournalLine[]
  readonly pauses: Pauses
}

/** A debit that did not happen; `counts` says whether an exchange refused it, so that the pause grows. */
export type RefusedCollection = {
  readonly detail: string
  readonly counts: boolean
  readonly pauses: Pauses
  readonly longestAgeMs: number
}

/** What is owed to one bank and not collected; `exchange` is where it was last tried. `tengeShown` is for a gauge. */
export type Uncollected = {
  readonly bank: BankId
  readonly exchange: ExchangeId | undefined
  readonly count: number
  readonly tengeShown: number
  readonly escalated: number
  readonly oldestSeconds: number
}

/**
 * Exposures, and the debits that collect them. At most one debit of an exposure is under way. Each write is one
 * database transaction, conditional on the claim's epoch, so of several writers exactly one wins and the others learn
 * that they lost.
 *
 * @throws {PostgresFault} from every method. After a fault that may have been committed, let the lease end.
 */
export type Collections = {
  /** Due exposures, the one that is due longest first, no more than `most`, lent for `leaseMs`. */
  claim(most: number, leaseMs: number): Promise<readonly ClaimedExposure[]>
  /** Intends the debit under the next reference of its authorization, which settlement then sends. */
  intend(exposure: ClaimedExposure, collection: NewCollection): Promise<Intended>
  /** Nothing could be intended now. */
  postpone(exposure: ClaimedExposure, postponement: Postponement): Promise<Deferred>
  /** The wallets of these cards may pay now: what is open of them is due at once. */
  hasten(cards: readonly { readonly bank: string; readonly cardToken: string }[]): Promise<void>
  /**
   * To be called before a collection is sent, which must not be sent unless this recorded it. `not_owed`: less is owed
   * by now than it would take; nothing was written, refuse it.
   */
  send(debit: ClaimedDebit, validMs: number, leaseMs: number): Promise<Recorded | NotOwed>
  /** The debit happened: collects and posts what is still owed, credits back what was cancelled meanwhile. */
  execute(debit: ClaimedDebit, executed: ExecutedCollection): Promise<Recorded>
  /** The debit never happened and never will: its exposure is open again. */
  refuse(debit: ClaimedDebit, refused: RefusedCollection): Promise<Deferred>
  summarize(): Promise<readonly Uncollected[]>
}

/** Less is owed than the debit would take. */
export type NotOwed = { readonly kind: 'not_owed' }

const STATEMENTS = [
  'collection-execute',
  'collection-intend',
  'collection-lock',
  'collection-prepare',
  'collection-refuse',
  'collection-send',
  'exposure-claim',
  'exposure-hasten',
  'exposure-lock',
  'exposure-postpone',
  'exposure-summarize',
] as const

/** The statements of this room, by name. */
export type CollectionStatements = Readonly<Record<(typeof STATEMENTS)[number], Statement>>

/** Exposures on one database. */
export function createCollections(
  postgres: Pick<Postgres, 'run' | 'runInTransaction'>,
): Collections {
  const statements = loadStatements(join(import.meta.dirname, 'collections'), STATEMENTS)

  return {
    async claim(most, leaseMs) {
      const rows = await postgres.run<ExposureRow>(statements['exposure-claim'], [most, leaseMs])
      return rows.map(rowToExposure)
    },

    intend: (exposure, collection) =>
      postgres.runInTransaction((run) =>
        intendCollection(run, statements, { exposure, collection }),
      ),

    async postpone({ id, epoch }, { delayMs, detail, escalate, longestAgeMs, exchange }) {
      const values = [uuidOf(id), epoch, delayMs, detail, escalate, longestAgeMs, exchange ?? null]
      const [row] = await postgres.run<EscalatedRow>(statements['exposure-postpone'], values)
      return deferred(row)
    },

    async hasten(cards) {
      await postgres.run(statements['exposure-hasten'], [
        cards.map(({ bank }) => bank),
        cards.map(({ cardToken }) => cardToken),
      ])
    },

    async send({ order: { reference }, epoch }, validMs, leaseMs) {
      const values = [reference, epoch, validMs, leaseMs]
      const [row] = await postgres.run<{ is_owed: boolean }>(statements['collection-send'], values)
      if (!row) return CLAIM_LOST
      return { kind: row.is_owed ? 'recorded' : 'not_owed' }
    },

    execute: (debit, executed) =>
      postgres.runInTransaction((run) => executeCollection(run, statements, { debit, executed })),

    async refuse({ order: { reference }, epoch }, { detail, counts, pauses, longestAgeMs }) {
      const { firstMs, longestMs, share } = pauses
      const values = [reference, epoch, detail, counts, firstMs, longestMs, share, longestAgeMs]
      const [row] = await postgres.run<EscalatedRow>(statements['collection-refuse'], values)
      return deferred(row)
    },

    async summarize() {
      const rows = await postgres.run<UncollectedRow>(statements['exposure-summarize'], [])
      return rows.map(rowToUncollected)
    },
  }
}

type EscalatedRow = { readonly newly_escalated: boolean }

function deferred(row: EscalatedRow | undefined): Deferred | ClaimLost {
  return row ? { kind: 'deferred', newlyEscalated: row.newly_escalated } : CLAIM_LOST
}

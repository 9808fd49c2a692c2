import { join } from 'node:path'
import type { Rail } from '@tolem/domain/card'
import type {
  AuthorizationId,
  BankId,
  CardToken,
  ExchangeId,
  MovementReference,
} from '@tolem/domain/ids'
import type { CreditOrder, DebitOrder } from '@tolem/domain/movement'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'
import { toLaneColumns } from './movements/lane-columns.ts'
import { CLAIM_LOST, recorded } from './movements/lost.ts'
import { type MovementRow, rowToMovement } from './movements/movement-row.ts'

/** How many movements of one rail an instance can take on now. */
export type Lane = {
  readonly exchange: ExchangeId
  readonly rail: Rail
  readonly freeSlots: number
}

/** Why crypto moves: see the table. */
export type MovementPurpose = 'authorization' | 'collection' | 'release' | 'refund' | 'undo'

/**
 * An open movement, lent to one instance until its lease ends. Times are milliseconds since the epoch on the database's
 * clock. `validUntil` is the last moment at which the exchange can execute what was last sent; `attempts` counts how
 * often it was claimed, this claim included. In a credit, `intended` says that nothing under its reference is
 * outstanding.
 */
export type ClaimedMovement = {
  readonly authorizationId: AuthorizationId
  readonly bank: BankId
  readonly cardToken: CardToken
  readonly exchange: ExchangeId
  readonly rail: Rail
  readonly purpose: MovementPurpose
  readonly state: 'intended' | 'in_doubt'
  readonly createdAt: number
  readonly validUntil: number
  readonly claimedAt: number
  readonly attempts: number
  readonly epoch: number
} & (
  | { readonly kind: 'debit'; readonly order: DebitOrder }
  | { readonly kind: 'credit'; readonly order: CreditOrder }
)
/** A debit that this process may work on until its lease ends. */
export type ClaimedDebit = Extract<ClaimedMovement, { readonly kind: 'debit' }>
/** A credit that this process may work on until its lease ends. */
export type ClaimedCredit = Extract<ClaimedMovement, { readonly kind: 'credit' }>

/** What the exchange said that it executed, and the two ledger accounts that it is posted between. */
export type Execution = {
  readonly exchangeReference: string
  readonly walletAccount: string
  readonly programmeAccount: string
}

/**
 * Why and for how long a movement is put off. `limits` say from when on it is escalated even if nothing asks for it.
 */
export type Deferral = {
  readonly state: 'intended' | 'in_doubt'
  readonly delayMs: number
  readonly detail: string
  readonly escalate: boolean
  readonly limits: { readonly ageMs: number; readonly attempts: number }
}

/** The open movements of one kind at one exchange. */
export type OpenMovements = {
  readonly exchange: ExchangeId
  readonly kind: 'debit' | 'credit'
  readonly count: number
  readonly escalated: number
  readonly oldestSeconds: number
}

/** Nothing was written: the lease had ended and another instance claimed the movement, or CONCLUDE came first. */
export type ClaimLost = { readonly kind: 'claim_lost' }
/** What became of a write. */
export type Recorded = { readonly kind: 'recorded' } | ClaimLost
/** What became of putting a movement off. */
export type Deferred = { readonly kind: 'deferred'; readonly newlyEscalated: boolean } | ClaimLost

/**
 * Movements at exchanges that are not settled yet. Each write is one statement, conditional on the claim's epoch and on
 * the states it expects, so of several writers exactly one wins and the others learn that they lost.
 *
 * @throws {PostgresFault} from every method. After a fault that may have been committed, let the lease end: whoever
 * claims next starts by looking.
 */
export type Movements = {
  /** Due movements of these rails, oldest first, no more than there are free slots, lent for `leaseMs`. */
  claim(lanes: readonly Lane[], leaseMs: number): Promise<readonly ClaimedMovement[]>
  /** The debit happened and approved nothing: declines, posts the late debit and intends its credit. */
  executeDebit(debit: ClaimedDebit, execution: Execution): Promise<Recorded>
  /** The debit never happened and never will: declines. */
  refuseDebit(debit: ClaimedDebit, detail: string): Promise<Recorded>
  /** To be called before each sending of a credit, which must not be sent unless this recorded it. */
  sendCredit(credit: ClaimedCredit, validMs: number, leaseMs: number): Promise<Recorded>
  /** The credit happened: posts its crypto. Its tenge were posted when it was intended. */
  executeCredit(credit: ClaimedCredit, execution: Execution): Promise<Recorded>
  /**
   * Still open. A debit's authorization is declined if it is undecided: too late for any bank to be told "approved".
   */
  defer(movement: ClaimedMovement, deferral: Deferral): Promise<Deferred>
  /** An exchange hinted at it: if it is in doubt, it is due at once. */
  hasten(movement: {
    readonly reference: MovementReference
    readonly exchange: ExchangeId
    readonly rail: Rail
  }): Promise<void>
  summarize(): Promise<readonly OpenMovements[]>
}

const STATEMENTS = [
  'movement-claim',
  'movement-execute-debit',
  'movement-refuse-debit',
  'movement-send-credit',
  'movement-execute-credit',
  'movement-defer',
  'movement-hasten',
  'movement-summarize',
] as const

/** Movements on one database. */
export function createMovements(postgres: Pick<Postgres, 'run'>): Movements {
  const statements = loadStatements(join(import.meta.dirname, 'movements'), STATEMENTS)

  async function write<Row>(
    name: (typeof STATEMENTS)[number],
    { order: { reference }, epoch }: ClaimedMovement,
    values: readonly unknown[],
  ): Promise<Row | undefined> {
    const rows = await postgres.run<Row>(statements[name], [reference, epoch, ...values])
    return rows[0]
  }

  return {
    async claim(lanes, leaseMs) {
      const rows = await postgres.run<MovementRow>(
        statements['movement-claim'],
        toLaneColumns(lanes, leaseMs),
      )
      return rows.map(rowToMovement)
    },

    async executeDebit(debit, { exchangeReference, walletAccount, programmeAccount }) {
      const values = [exchangeReference, walletAccount, programmeAccount]
      return recorded(await write('movement-execute-debit', debit, values))
    },

    async refuseDebit(debit, detail) {
      return recorded(await write('movement-refuse-debit', debit, [detail]))
    },

    async sendCredit(credit, validMs, leaseMs) {
      return recorded(await write('movement-send-credit', credit, [validMs, leaseMs]))
    },

    async executeCredit(credit, { exchangeReference, walletAccount, programmeAccount }) {
      const values = [exchangeReference, walletAccount, programmeAccount]
      return recorded(await write('movement-execute-credit', credit, values))
    },

    async defer(movement, { state, delayMs, detail, escalate, limits }) {
      const values = [state, delayMs, detail, escalate, limits.ageMs, limits.attempts]
      const row = await write<{ newly_escalated: boolean }>('movement-defer', movement, values)
      return row ? { kind: 'deferred', newlyEscalated: row.newly_escalated } : CLAIM_LOST
    },

    async hasten({ reference, exchange, rail }) {
      await postgres.run(statements['movement-hasten'], [reference, exchange, rail])
    },

    async summarize() {
      const rows = await postgres.run<SummaryRow>(statements['movement-summarize'], [])
      return rows.map((row) => ({
        exchange: row.exchange_id,
        kind: row.kind,
        count: Number(row.movements),
        escalated: Number(row.escalated),
        oldestSeconds: row.oldest_seconds,
      }))
    },
  }
}

type SummaryRow = {
  readonly exchange_id: ExchangeId
  readonly kind: 'debit' | 'credit'
  readonly movements: string
  readonly escalated: string
  readonly oldest_seconds: number
}

import { join } from 'node:path'
import type { Rail, WalletLink } from '@tolem/domain/card'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { CreditOrder } from '@tolem/domain/movement'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'
import { columnsOf, valuesOf } from './reconciliation/columns.ts'
import {
  type DueRow,
  type FoundRow,
  type KnownRow,
  rowToDue,
  rowToFound,
  rowToKnown,
} from './reconciliation/rows.ts'

/** One rail of one exchange. */
export type AtRail = { readonly exchange: ExchangeId; readonly rail: Rail }

/** A movement of ours as a comparison needs it. Times are milliseconds since the epoch. */
export type KnownMovement = {
  readonly kind: 'debit' | 'credit'
  /** A debit names itself where a credit names its debit. */
  readonly order: CreditOrder
  readonly state: 'intended' | 'in_doubt' | 'executed' | 'refused'
  readonly exchangeReference?: string
  readonly createdAt: number
  readonly validUntil: number
}

/** What a comparison can find: see the table. */
export type FindingKind =
  | 'orphan_debit'
  | 'orphan_credit'
  | 'double_debit'
  | 'double_credit'
  | 'refused_debit'
  | 'differs'
  | 'missing'
  | 'unreadable'
  | 'unread'

/** What names a finding for ever: `nth` tells executions under one name apart, from 1. */
export type FindingKey = { readonly name: string; readonly nth: number; readonly kind: FindingKind }

/** Which execution of a name a finding is of. */
export type FoundEntry = FindingKey & Pick<Moved, 'exchangeReference' | 'executedAt'>

/** What moved at the exchange. Times are milliseconds since the epoch. */
export type Moved = {
  readonly reference?: MovementReference
  readonly exchangeReference: string
  readonly walletId: string
  readonly asset: CryptoAsset
  readonly amount: bigint
  readonly executedAt: number
}

/** Something to be recorded. `posting` names the ledger accounts of what moved without a record. */
export type Finding = FindingKey & {
  readonly moved?: Moved
  readonly detail?: string
  readonly posting?: { readonly debitAccount: string; readonly creditAccount: string }
}

/** A recorded finding that moved money and is still open; of its amount what nothing stands against yet. */
export type DueFinding = FindingKey & Moved

/** The credit that gives a finding back, under a reference of its own for ever. */
export type Return = {
  readonly finding: DueFinding
  readonly reference: MovementReference
  readonly wallet: WalletLink
  readonly amount: bigint
  readonly account: string
  readonly programmeAccount: string
}

/** So much of a finding comes to nothing together with others. */
export type Netted = FindingKey & { readonly amount: bigint }

/** What is to be done about findings: what comes to nothing together, and what goes back. */
export type Judgement = {
  readonly netted: readonly Netted[]
  readonly returns: readonly Return[]
}

/** How far a rail was compared, on the database's clock. */
export type Watermark = { readonly since: number; readonly readTo: number; readonly now: number }

/**
 * The durable side of comparing our movements with the exchanges' own lists. Everything may be done twice and by
 * several instances at once: it then changes nothing more.
 *
 * @throws {PostgresFault} from every method.
 */
export type Reconciliation = {
  /** Begins with a rail that was never compared. */
  begin(at: AtRail): Promise<void>
  /** The next pass over a rail, or nothing while it is not due. */
  claim(at: AtRail, intervalMs: number): Promise<Watermark | undefined>
  advance(at: AtRail, readTo: number): Promise<void>
  /**
   * Our movements that were written in a span of time, and credits that could last be executed in it, however long ago
   * they were written; credits of findings among them.
   */
  written(at: AtRail, from: number, to: number): Promise<readonly KnownMovement[]>
  /**
   * Our movements that are over, from the first that moved in a span of time on, so many: debits by when they were
   * written, credits by when they could last be executed. Ends included.
   */
  over(
    at: AtRail,
    span: { readonly from: number; readonly to: number; readonly limit: number },
  ): Promise<readonly KnownMovement[]>
  /** Our movements with these references, credits of findings among them. */
  known(at: AtRail, references: readonly MovementReference[]): Promise<readonly KnownMovement[]>
  /** The references of all our movements in their order, so many from one on; '' is before all. */
  sweep(
    at: AtRail,
    after: string,
    limit: number,
  ): Promise<
    readonly { readonly reference: MovementReference; readonly kind: 'debit' | 'credit' }[]
  >
  /** What was found of these names that moved money, closed or not. */
  found(at: AtRail, names: readonly string[]): Promise<readonly FoundEntry[]>
  /** Records findings and their postings; gives those that are new. */
  find(at: AtRail, findings: readonly Finding[]): Promise<readonly FindingKey[]>
  /** Lets `judge` say what becomes of the open findings that moved money, and does it, in one transaction. */
  resolve(
    at: AtRail,
    foundBefore: number,
    judge: (due: readonly DueFinding[]) => Judgement,
  ): Promise<Judgement>
  /** Takes back what was posted for credits that have a record by now; gives how many. */
  recordLate(at: AtRail): Promise<number>
}

const STATEMENTS = [
  'reconciliation-begin',
  'reconciliation-claim',
  'reconciliation-advance',
  'reconciliation-written',
  'reconciliation-over',
  'reconciliation-known',
  'reconciliation-sweep',
  'reconciliation-found',
  'reconciliation-find',
  'reconciliation-due',
  'reconciliation-return',
  'reconciliation-net',
  'reconciliation-record',
] as const

/** The comparison's records on one database. */
export function createReconciliation(
  postgres: Pick<Postgres, 'run' | 'runInTransaction'>,
): Reconciliation {
  const statements = loadStatements(join(import.meta.dirname, 'reconciliation'), STATEMENTS)
  const run = <Row>(
    name: (typeof STATEMENTS)[number],
    { exchange, rail }: AtRail,
    values: readonly unknown[],
  ) => postgres.run<Row>(statements[name], [exchange, rail, ...values])

  return {
    async begin(at) {
      await run('reconciliation-begin', at, [])
    },
    async claim(at, intervalMs) {
      type Row = { readonly since: Date; readonly read_to: Date; readonly now: Date }
      const [row] = await run<Row>('reconciliation-claim', at, [intervalMs])
      return (
        row && {
          since: row.since.getTime(),
          readTo: row.read_to.getTime(),
          now: row.now.getTime(),
        }
      )
    },
    async advance(at, readTo) {
      await run('reconciliation-advance', at, [new Date(readTo)])
    },
    async written(at, from, to) {
      const span = [new Date(from), new Date(to)]
      return (await run<KnownRow>('reconciliation-written', at, span)).map(rowToKnown)
    },
    async over(at, { from, to, limit }) {
      const span = [new Date(from), new Date(to), limit]
      return (await run<KnownRow>('reconciliation-over', at, span)).map(rowToKnown)
    },
    async known(at, references) {
      return (await run<KnownRow>('reconciliation-known', at, [references])).map(rowToKnown)
    },
    sweep: (at, after, limit) => run('reconciliation-sweep', at, [after, limit]),
    async found(at, names) {
      return (await run<FoundRow>('reconciliation-found', at, [names])).map(rowToFound)
    },
    async find(at, findings) {
      if (findings.length === 0) return []
      return run<FindingKey>('reconciliation-find', at, columnsOf(findings))
    },
    resolve: ({ exchange, rail }, foundBefore, judge) =>
      postgres.runInTransaction(async (inside) => {
        const at = [exchange, rail]
        const due = await inside<DueRow>(statements['reconciliation-due'], [
          ...at,
          new Date(foundBefore),
        ])
        const judgement = judge(due.map(rowToDue))
        for (const back of judgement.returns)
          await inside(statements['reconciliation-return'], [...at, ...valuesOf(back)])
        const { netted } = judgement
        if (netted.length > 0)
          await inside(statements['reconciliation-net'], [
            ...at,
            netted.map(({ name }) => name),
            netted.map(({ nth }) => nth),
            netted.map(({ kind }) => kind),
            netted.map(({ amount }) => amount),
          ])
        return judgement
      }),
    async recordLate(at) {
      return (await run('reconciliation-record', at, [])).length
    },
  }
}

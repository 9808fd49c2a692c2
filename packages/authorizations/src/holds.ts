import assert from 'node:assert'
import { join } from 'node:path'
import type { AdviceOutcome, AdviceRequest } from '@tolem/domain/advice'
import type { Rail } from '@tolem/domain/card'
import type { ClearingOutcome, ClearingRequest } from '@tolem/domain/clearing'
import type { DeclineReason } from '@tolem/domain/decision'
import type { Tenge } from '@tolem/domain/hold'
import type { HoldCause, HoldChange } from '@tolem/domain/hold-change'
import type {
  AuthorizationId,
  BankId,
  ClearingId,
  ExchangeId,
  RefundId,
  ReversalId,
} from '@tolem/domain/ids'
import type { RefundRate, RefundRequest } from '@tolem/domain/refund'
import type { ReversalOutcome, ReversalRequest } from '@tolem/domain/reversal'
import type { Amount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Rate } from '@tolem/money/rate'
import { createGroupCommit } from '@tolem/postgres/group-commit'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'
import { recordAdvice } from './holds/advise.ts'
import { recordClearings } from './holds/clear.ts'
import { expireHold } from './holds/expire.ts'
import { recordRefund } from './holds/refund.ts'
import { recordReversal } from './holds/reverse.ts'
import { HOLD_STATEMENTS } from './holds/session.ts'
import { conflictKeys, isOpen, recordMany, type Transact } from './holds/transact.ts'
import type { JournalLine } from './records/conclude.ts'
import { surely } from './surely.ts'

/** What every message after an authorization is made durable with. `receivedAt` in ms since the epoch. */
type NewMessage<Id, Request, Found> = {
  readonly id: Id
  readonly request: Request
  readonly receivedAt: number
  /** The bank's own bytes, kept for ever. */
  readonly requestBody: string
  /** The exact bytes of the answer, once it is known what the message found. Called under locks: it may only render. */
  readonly render: (found: Found) => string
}

/** A reversal to make durable. */
export type NewReversal = NewMessage<ReversalId, ReversalRequest, ReversalFound>

/** What a reversal found and did. The amounts are absent where there was no approval to undo. */
export type ReversalFound = {
  readonly outcome: ReversalOutcome
  readonly authorizationId: AuthorizationId | undefined
  readonly released?: Tenge
  /** What is still held of what it named. */
  readonly held?: Tenge
}

/** A presentment to make durable. A force post's authorization bears the UUID of its clearing. */
export type NewClearing = NewMessage<ClearingId, ClearingRequest, ClearingFound>

/** What a presentment found and did: `fromHold + exposed` is its amount. */
export type ClearingFound = {
  readonly outcome: ClearingOutcome
  /** What it cleared: the original, or the force post's own record. */
  readonly authorizationId: AuthorizationId
  readonly fromHold: Tenge
  readonly exposed: Tenge
  readonly released: Tenge
}

/** A refund to make durable. The record of an unmatched one bears the UUID of its refund. */
export type NewRefund = NewMessage<RefundId, RefundRequest, RefundFound> & {
  /** The programme's rate for a refund that names its purchase; one that does not gets the present one. */
  readonly rate: RefundRate
  /** The present ask, in tenge for one whole coin; nothing while there is no safe rate. */
  readonly presentRate: (exchange: ExchangeId, asset: CryptoAsset) => Rate | undefined
}

/** A refund's decision. */
export type RefundFound =
  | {
      readonly kind: 'approved'
      /** The original; absent where the refund is matched to none. */
      readonly authorizationId: AuthorizationId | undefined
      readonly credits: readonly FoundCredit[]
    }
  | { readonly kind: 'declined'; readonly reason: DeclineReason }

/** Crypto that goes back to a wallet within seconds. */
export type FoundCredit = {
  readonly exchange: ExchangeId
  readonly asset: CryptoAsset
  readonly amount: Amount<CryptoAsset>
  readonly rate: Rate
  readonly rateOf: RefundRate
}

/** An advice to make durable, under the id of the authorization record that it makes. */
export type NewAdvice = NewMessage<AuthorizationId, AdviceRequest, AdviceFound> & {
  /** When what it holds expires (ms since the epoch); nothing for a final one. */
  readonly holdUntil: number | undefined
  /** The Asia/Almaty day into which it counts. */
  readonly day: string
  /** The programme's rate for debiting it: the present one, or its original's where that had a quote. */
  readonly rate: RefundRate
}

/** What an advice did. */
export type AdviceFound = {
  readonly outcome: AdviceOutcome
  /** The request that it names, where that has arrived. */
  readonly originalId: AuthorizationId | undefined
}

/** What became of a message: recorded now, answered as before, or refused because its key bore another message. */
export type Recorded =
  | { readonly kind: 'recorded'; readonly body: string }
  | { readonly kind: 'replay'; readonly body: string }
  | { readonly kind: 'mismatch' }

/** One of many records: the database refused this one alone, and nothing of it was written. */
export type RecordedOfMany = Recorded | { readonly kind: 'failed'; readonly fault: unknown }

/** A journal line and the authorization that it is about. */
export type HoldLine = JournalLine & { readonly authorizationId: AuthorizationId }

/**
 * The durable record of everything that follows an authorization. Every message is claimed by its network key for ever:
 * a repeat gets the stored bytes. Rejects with `PostgresFault` or `QueueFull` only; lost COMMITs and deadlocks are
 * asked again here.
 */
export type Holds = {
  reverse(reversal: NewReversal): Promise<Recorded>
  clear(clearing: NewClearing): Promise<Recorded>
  /**
   * Many presentments in one database transaction, answered by position; a repeat may stand in the same list. Where
   * the database refuses one of them, each is recorded alone.
   */
  clearAll(clearings: readonly NewClearing[]): Promise<readonly RecordedOfMany[]>
  refund(refund: NewRefund): Promise<Recorded>
  advise(advice: NewAdvice): Promise<Recorded>
  /**
   * Releases what is open of a hold whose `hold_until` has passed on the database's clock; a record that holds nothing
   * only loses its `hold_until`. `not_due`: somebody else came first.
   */
  expire(bank: BankId, id: AuthorizationId): Promise<'expired' | 'not_due'>
  /** Lets what is under way finish. */
  close(): Promise<void>
}

/** What the record of holds is joined with. */
export type HoldsOptions = {
  readonly postgres: Postgres
  /** How many messages of a kind may wait. */
  readonly maxQueued: number
  /** The smallest amount that a rail moves. */
  readonly stepOf: (exchange: ExchangeId, rail: Rail, asset: CryptoAsset) => bigint
  /** The ledger's journals of a change. */
  readonly journalsOf: (change: HoldChange, cause: HoldCause) => readonly HoldLine[]
  /** The approval code that a number stands for, as the path of an authorization makes it. */
  readonly approvalCodeOf: (approvalNumber: bigint) => string
}

/**
 * Each message is a conversation of several statements on a connection of its own. A storm of them must neither take
 * the connections that authorizations need nor wait for each other's row locks inside the database: it queues here.
 */
const LANES = 4

/** The record of holds on one database; see each statement for its locks. */
export function createHolds(options: HoldsOptions): Holds {
  const { postgres, maxQueued, ...rules } = options
  const statements = loadStatements(join(import.meta.dirname, 'holds'), HOLD_STATEMENTS)
  const transact: Transact = (work) =>
    surely(() => postgres.runInTransaction((run) => work({ run, statements, ...rules })), isOpen)

  const working = createGroupCommit<Task, void>({
    maxBatch: 1,
    maxQueued,
    lanes: LANES,
    conflictKeys: ({ keys }) => keys,
    run: async (tasks) => Promise.all(tasks.map(({ work }) => work())),
  })

  async function inTurn<Result>(
    keys: readonly string[],
    work: () => Promise<Result>,
  ): Promise<Result> {
    const done: Result[] = []
    await working.submit({ keys, work: async () => void done.push(await work()) })
    return done[0] as Result
  }

  return {
    reverse: (reversal) =>
      inTurn(conflictKeys('reversal', reversal), () =>
        transact((session) => recordReversal(session, reversal)),
      ),
    async clear(clearing) {
      const [recorded] = await inTurn(conflictKeys('clearing', clearing), () =>
        transact((session) => recordClearings(session, [clearing])),
      )
      assert(recorded, 'a presentment has its answer')
      return recorded
    },
    clearAll: (clearings) =>
      inTurn(
        clearings.flatMap((clearing) => conflictKeys('clearing', clearing)),
        () => recordMany(transact, clearings),
      ),
    refund: (refund) =>
      inTurn(conflictKeys('refund', refund), () =>
        transact((session) => recordRefund(session, refund)),
      ),
    advise: (advice) =>
      inTurn(conflictKeys('advice', advice), () =>
        transact((session) => recordAdvice(session, advice)),
      ),
    expire: (bank, id) =>
      inTurn([`original/${bank}/${id}`], () =>
        transact((session) => expireHold(session, { bank, id })),
      ),
    close: () => working.close(),
  }
}

type Task = { readonly keys: readonly string[]; readonly work: () => Promise<void> }

import { join } from 'node:path'
import type { Card, MandateRail, WalletLink } from '@tolem/domain/card'
import { type BankId, type ExchangeId, uuidOf } from '@tolem/domain/ids'
import type {
  Mandate,
  MandateId,
  MandateOffer,
  MandateOrder,
  MandateReason,
  MandateReference,
  MandateStatus,
  SignedMandate,
} from '@tolem/domain/mandate'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'
import type { CardName } from './changes.ts'
import { changeMandate } from './mandates/change.ts'
import { type LinkSession, linkSigned, unlink, unlinkEnded } from './mandates/link-changes.ts'
import { type MandateRow, rowToMandate } from './mandates/mandate-row.ts'
import { openMandate } from './mandates/open.ts'
import { toOrder } from './mandates/order.ts'

/** What a bank asks for; `requestId` is its own name for it, and `fingerprint` a digest of all that it asks for. */
export type MandateRequest = Pick<
  Mandate,
  'bank' | 'cardToken' | 'exchange' | 'rail' | 'assets' | 'singleLimit'
> & { readonly requestId: string; readonly fingerprint: Buffer }

/** A mandate as it was read, with the claim that it was read under: `attempts` counts from its last progress. */
export type ClaimedMandate = Mandate & {
  readonly reference: MandateReference
  readonly epoch: number
  readonly attempts: number
  /** The database's clock, milliseconds since the epoch. */
  readonly claimedAt: number
}

/** What became of a bank's request. `known` is a repeat; `mismatch` says that its id was used for something else. */
export type Opened =
  | { readonly kind: 'opened' | 'known'; readonly mandate: ClaimedMandate }
  | { readonly kind: 'mismatch' | 'no_card' }

/** How many mandates of one rail an instance can take on now. */
export type MandateLane = {
  readonly exchange: ExchangeId
  readonly rail: MandateRail
  readonly freeSlots: number
}

/**
 * What is written of a mandate in its claim. Without `delayMs` it is never due again. `isStuck`: the last attempt
 * brought nothing; `isForPerson`: no waiting will help.
 */
export type MandateWrite = {
  readonly status: MandateStatus
  readonly delayMs?: number
  readonly reason?: MandateReason
  readonly detail?: string
  readonly offer?: MandateOffer
  readonly signed?: SignedMandate
  readonly isStuck?: boolean
  readonly isForPerson?: boolean
}

/** Nothing was written: somebody else has the mandate now, or it has come to its end. */
export type Written =
  | { readonly kind: 'written'; readonly newlyEscalated: boolean }
  | { readonly kind: 'claim_lost' }

/** A notice about a mandate, by the exchange's own id. */
export type MandateNotice = {
  readonly exchange: ExchangeId
  readonly rail: MandateRail
  readonly id: string
  readonly reference: MandateReference
}

/** The open mandates of one rail in one state. */
export type OpenMandates = {
  readonly exchange: ExchangeId
  readonly rail: MandateRail
  readonly status: MandateStatus
  readonly count: number
  readonly escalated: number
}

/**
 * Mandates, and the wallet links that rest on them. Each write is one transaction, conditional on the claim's epoch.
 *
 * @throws {PostgresFault} from every method. After a fault that may have been committed, let the lease end: whoever
 * claims next starts by asking the exchange.
 */
export type Mandates = {
  /** Makes a request durable, lent to the caller for `leaseMs`; or says what it was the first time. */
  open(id: MandateId, request: MandateRequest, leaseMs: number): Promise<Opened>
  /** What the exchange is asked for. */
  toOrder(mandate: ClaimedMandate): MandateOrder
  /** As it stands now. Nothing when that card of that bank has no such mandate. */
  find(name: CardName, id: MandateId): Promise<ClaimedMandate | undefined>
  /** Did a cardholder of another bank sign, through us, the mandate that this wallet is debited under? */
  isSignedElsewhere(bank: BankId, wallet: WalletLink): Promise<boolean>
  /** Due mandates of these rails, oldest first, no more than there are free slots, lent for `leaseMs`. */
  claim(lanes: readonly MandateLane[], leaseMs: number): Promise<readonly ClaimedMandate[]>
  /** Writes anything that leaves the card as it is. */
  write(mandate: ClaimedMandate, write: MandateWrite): Promise<Written>
  /** It was signed: links the card, or has it ended where the bank decided otherwise since. Due again in `delayMs`. */
  sign(
    mandate: ClaimedMandate,
    signing: { readonly signed: SignedMandate; readonly delayMs: number },
  ): Promise<'signed' | 'ending' | 'claim_lost'>
  /** It is over: the card is unlinked if it still rests on it. */
  end(
    mandate: ClaimedMandate,
    ending: { readonly reason: MandateReason; readonly detail?: string },
  ): Promise<'ended' | 'claim_lost'>
  /** Unlinks a card at once and has its mandates ended. Nothing when the bank has no such card. */
  unlink(name: CardName, newId: () => MandateId): Promise<Card | undefined>
  /** Makes the mandate of a notice due at once; a notice that was taken before has no effect. */
  hasten(notice: MandateNotice): Promise<{ readonly isNew: boolean }>
  /** Forgets notices older than `ageMs`, at most `most` of them. */
  forgetNotices(ageMs: number, most: number): Promise<void>
  /** What has not come to its end; of those that stay signed only what a person must see. */
  summarize(): Promise<readonly OpenMandates[]>
}

const STATEMENTS = [
  'mandate-open',
  'mandate-repeat',
  'mandate-find',
  'mandate-elsewhere',
  'mandate-claim',
  'mandate-change',
  'mandate-lock',
  'mandate-revoke',
  'mandate-adopt',
  'mandate-hasten',
  'mandate-summarize',
  'card-lock',
  'card-link',
  'notice-forget',
] as const

/** Mandates on one database. */
export function createMandates(postgres: Pick<Postgres, 'run' | 'runInTransaction'>): Mandates {
  const statements = loadStatements(join(import.meta.dirname, 'mandates'), STATEMENTS)
  const inTransaction = <Result>(work: (session: LinkSession) => Promise<Result>) =>
    postgres.runInTransaction(async (run) => {
      const change: LinkSession['change'] = async (mandate, write) =>
        (await changeMandate(run, statements['mandate-change'], { mandate, write })) !== undefined
      return work({ run, statements, change })
    })
  return {
    open: (id, request, leaseMs) => openMandate(postgres.run, statements, { id, request, leaseMs }),
    toOrder,
    async find({ bank, token }, id) {
      const values = [bank, token, uuidOf(id)]
      const [row] = await postgres.run<MandateRow>(statements['mandate-find'], values)
      return row && rowToMandate(row)
    },
    async isSignedElsewhere(bank, { exchange, rail, walletId }) {
      const elsewhere = statements['mandate-elsewhere']
      const values = [bank, exchange, rail, walletId]
      const [row] = await postgres.run<{ is_elsewhere: boolean }>(elsewhere, values)
      return row?.is_elsewhere ?? false
    },
    async claim(lanes, leaseMs) {
      const rows = await postgres.run<MandateRow>(statements['mandate-claim'], [
        lanes.map(({ exchange }) => exchange),
        lanes.map(({ rail }) => rail),
        lanes.map(({ freeSlots }) => freeSlots),
        leaseMs,
      ])
      return rows.map(rowToMandate)
    },
    async write(mandate, write) {
      const change = statements['mandate-change']
      const row = await changeMandate(postgres.run, change, { mandate, write })
      return row ? { kind: 'written', newlyEscalated: row.newly_escalated } : { kind: 'claim_lost' }
    },
    sign: (mandate, signing) => inTransaction((session) => linkSigned(session, mandate, signing)),
    end: (mandate, ending) =>
      inTransaction((session) => unlinkEnded(session, mandate, { status: 'ended', ...ending })),
    unlink: (name, newId) => inTransaction((session) => unlink(session, name, newId)),
    async hasten({ exchange, rail, id, reference }) {
      const values = [exchange, rail, id, reference]
      const [row] = await postgres.run<{ is_new: boolean }>(statements['mandate-hasten'], values)
      return { isNew: row?.is_new ?? false }
    },
    forgetNotices: async (ageMs, most) => {
      await postgres.run(statements['notice-forget'], [ageMs, most])
    },
    summarize: async () =>
      (await postgres.run<SummaryRow>(statements['mandate-summarize'], [])).map(rowToSummary),
  }
}

type SummaryRow = {
  readonly exchange_id: ExchangeId
  readonly rail: MandateRail
  readonly state: MandateStatus
  readonly mandates: string
  readonly escalated: string
}

function rowToSummary(row: SummaryRow): OpenMandates {
  return {
    exchange: row.exchange_id,
    rail: row.rail,
    status: row.state,
    count: Number(row.mandates),
    escalated: Number(row.escalated),
  }
}

import { join } from 'node:path'
import { EVENT_AUDIENCES, type EventKind } from '@tolem/domain/hold'
import type { BankId } from '@tolem/domain/ids'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'
import { type ToldEvent, type ToldRow, toTold } from './told.ts'

/** What happened to an authorization and is owed to a bank: `events` in their order, perhaps not yet all. */
export type ClaimedDelivery = {
  readonly destination: BankId
  readonly authorizationUuid: string
  readonly events: readonly ToldEvent[]
  /** Of the last event that is known to be owed. */
  readonly lastSequence: number
  /** How often in a row it was tried, this time included. */
  readonly attempts: number
  /** Whoever writes must still hold the delivery under it. */
  readonly epoch: string
}

/** A failed delivery. `deliveredUpTo` is the sequence of the last event that was taken, or nothing. */
export type DeliveryDeferral = {
  readonly deliveredUpTo: number | undefined
  readonly delayMs: number
  /** What the destination answered, for operators. */
  readonly detail: string
  readonly escalateAfterMs: number
}

/** What waits for a destination: a bank's id, or a reader's name for what nobody has read yet. */
export type PendingEvents = {
  readonly destination: string
  readonly pending: number
  readonly escalated: number
  readonly oldestSeconds: number
}

/** What became of a write; `claim_lost`: another instance holds the delivery, and nothing was written. */
export type DeliveryWritten =
  | { readonly kind: 'recorded'; readonly newlyEscalated: boolean }
  | { readonly kind: 'claim_lost' }

/**
 * Events owed to banks' webhooks. An authorization's events are one delivery: they go out one after the other, and hold
 * up no other's. What was delivered leaves no trace.
 *
 * @throws {PostgresFault} from every method; each can be asked again.
 */
export type Deliveries = {
  /**
   * Hands what has happened on to these banks' webhooks; gives whether there may be more. What other banks are told of
   * is passed over for ever.
   */
  handOn(banks: readonly BankId[], most: number): Promise<'more' | 'all'>
  /** Due deliveries, no more than there are free slots, lent for `leaseMs`. */
  claim(
    lanes: readonly { readonly destination: BankId; readonly freeSlots: number }[],
    leaseMs: number,
  ): Promise<readonly ClaimedDelivery[]>
  /** Everything up to this sequence was taken. */
  advance(delivery: ClaimedDelivery, deliveredUpTo: number): Promise<DeliveryWritten>
  /** It failed, and is tried again. */
  defer(delivery: ClaimedDelivery, deferral: DeliveryDeferral): Promise<DeliveryWritten>
  summarize(): Promise<readonly PendingEvents[]>
}

/** What banks are told by themselves. */
const BANK_KINDS = (Object.keys(EVENT_AUDIENCES) as EventKind[]).filter(
  (kind) => EVENT_AUDIENCES[kind] === 'bank',
)

/** The database's transaction ids are not those of the outbox: it was restored from a logical dump. */
export const RESTORED =
  'the outbox is of another cluster: stop settlement, SELECT event_readers_restore(), start it'

const STATEMENTS = [
  'event-fan-out',
  'event-delivery-claim',
  'event-list-owed',
  'event-delivery-advance',
  'event-delivery-defer',
  'event-summarize',
] as const

// An authorization has a handful of events; what is beyond comes with the next claim.
const MOST_AT_ONCE = 16

/** Deliveries on one database. */
export function createDeliveries(postgres: Pick<Postgres, 'run'>): Deliveries {
  const statements = loadStatements(join(import.meta.dirname, 'sql', 'deliveries'), STATEMENTS)
  const run: RunNamed = (name, values) => postgres.run(statements[name], values)

  return {
    async handOn(banks, most) {
      const [row] = await run<FanOutRow>('event-fan-out', [banks, BANK_KINDS, most])
      if (row?.is_restored) throw new Error(RESTORED)
      return Number(row?.events ?? 0) === most ? 'more' : 'all'
    },
    claim: (lanes, leaseMs) => claim(run, lanes, leaseMs),
    async advance({ destination, authorizationUuid, epoch }, deliveredUpTo) {
      const values = [destination, authorizationUuid, epoch, deliveredUpTo]
      const rows = await run('event-delivery-advance', values)
      return rows.length > 0 ? { kind: 'recorded', newlyEscalated: false } : { kind: 'claim_lost' }
    },
    async defer({ destination, authorizationUuid, epoch }, deferral) {
      const { deliveredUpTo = 0, delayMs, detail, escalateAfterMs } = deferral
      const of = [destination, authorizationUuid, epoch]
      const values = [...of, deliveredUpTo, delayMs, detail, escalateAfterMs]
      const [row] = await run<{ newly_escalated: boolean }>('event-delivery-defer', values)
      if (!row) return { kind: 'claim_lost' }
      return { kind: 'recorded', newlyEscalated: row.newly_escalated }
    },
    async summarize() {
      const rows = await run<SummaryRow>('event-summarize', [])
      return rows.map((row) => ({
        destination: row.destination,
        pending: Number(row.pending),
        escalated: Number(row.escalated),
        oldestSeconds: row.oldest_seconds,
      }))
    },
  }
}

async function claim(
  run: RunNamed,
  lanes: Parameters<Deliveries['claim']>[0],
  leaseMs: number,
): Promise<readonly ClaimedDelivery[]> {
  const rows = await run<ClaimRow>('event-delivery-claim', [
    lanes.map(({ destination }) => destination),
    lanes.map(({ freeSlots }) => freeSlots),
    leaseMs,
  ])
  if (rows.length === 0) return []
  const owed = await run<ToldRow>('event-list-owed', [
    rows.map((row) => row.authorization_id),
    rows.map((row) => row.delivered_sequence),
    rows.map((row) => row.last_sequence),
    BANK_KINDS,
    MOST_AT_ONCE,
  ])
  const owedById = Map.groupBy(owed, (row) => row.authorization_id)
  return rows.map((row) => ({
    destination: row.destination_id,
    authorizationUuid: row.authorization_id,
    events: (owedById.get(row.authorization_id) ?? []).map(toTold),
    lastSequence: Number(row.last_sequence),
    attempts: row.attempts,
    epoch: row.claim_epoch,
  }))
}

type RunNamed = <Row>(
  name: (typeof STATEMENTS)[number],
  values: readonly unknown[],
) => Promise<readonly Row[]>
type FanOutRow = { readonly events: string; readonly is_restored: boolean }
type ClaimRow = {
  readonly destination_id: BankId
  readonly authorization_id: string
  readonly delivered_sequence: string
  readonly last_sequence: string
  readonly attempts: number
  readonly claim_epoch: string
}
type SummaryRow = {
  readonly destination: string
  readonly pending: string
  readonly escalated: string
  readonly oldest_seconds: number
}

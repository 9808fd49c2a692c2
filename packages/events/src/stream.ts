import { join } from 'node:path'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'
import { RESTORED } from './deliveries.ts'
import { type ToldEvent, type ToldRow, toTold } from './told.ts'

/** The next events for the stream, and where the reader stands once they are there. */
export type StreamPart = { readonly events: readonly ToldEvent[]; readonly next: StreamPlace }

/** A place in the order of reading. Opaque. */
export type StreamPlace = { readonly xid: string; readonly sequence: string }

/**
 * What is told to the stream, by one instance at a time: all events of all banks. A claim is known by its epoch, and
 * whoever lost it is told so.
 *
 * @throws {PostgresFault} from every method; each can be asked again.
 */
export type EventStream = {
  /** Nothing while another instance holds it. */
  claim(leaseMs: number): Promise<string | undefined>
  next(epoch: string, most: number): Promise<StreamPart | 'claim_lost'>
  /** What was next is in the stream. Holds it for `leaseMs` more. */
  advance(epoch: string, place: StreamPlace, leaseMs: number): Promise<'recorded' | 'claim_lost'>
  /** Another instance may take over at once. */
  release(epoch: string): Promise<void>
}

/** The stream's reader on one database. */
export function createEventStream(postgres: Pick<Postgres, 'run'>): EventStream {
  const statements = loadStatements(join(import.meta.dirname, 'sql', 'stream'), [
    'event-stream-claim',
    'event-stream-list',
    'event-stream-advance',
    'event-stream-release',
  ])
  return {
    async claim(leaseMs) {
      const [row] = await postgres.run<{ claim_epoch: string }>(statements['event-stream-claim'], [
        leaseMs,
      ])
      return row?.claim_epoch
    },

    async next(epoch, most) {
      const rows = await postgres.run<NextRow>(statements['event-stream-list'], [epoch, most])
      const [first] = rows
      if (!first) return 'claim_lost'
      if (first.is_restored) throw new Error(RESTORED)
      const events = rows.flatMap((row) => (row.authorization_id === null ? [] : [toTold(row)]))
      return { events, next: { xid: first.next_xid, sequence: first.next_sequence } }
    },

    async advance(epoch, { xid, sequence }, leaseMs) {
      const values = [epoch, xid, sequence, leaseMs]
      const rows = await postgres.run(statements['event-stream-advance'], values)
      return rows.length > 0 ? 'recorded' : 'claim_lost'
    },

    async release(epoch) {
      await postgres.run(statements['event-stream-release'], [epoch])
    },
  }
}

type NextRow = {
  readonly next_xid: string
  readonly next_sequence: string
  readonly is_restored: boolean
} & (ToldRow | { readonly authorization_id: null })

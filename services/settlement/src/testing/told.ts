import { createHash, randomUUID } from 'node:crypto'
import type { Holds } from '@tolem/authorizations/holds'
import { EVENT_AUDIENCES } from '@tolem/domain/hold'
import type { AuthorizationId, ClearingId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import type { Postgres } from '@tolem/postgres/pool'
import { type Accepted, BANK } from './authorizer-side.ts'
import type { Received } from './bank-receiver.ts'

/** Records a presentment of a part of an approval, in tiyn. */
export async function present(holds: Holds, { id, cardToken }: Accepted, tiyn: bigint) {
  const uuid = randomUUID()
  const recorded = await holds.clear({
    id: `clr_${uuid}` as ClearingId,
    request: {
      bank: BANK,
      cardToken,
      original: { kind: 'by_id', authorizationId: id },
      amount: amountOf('KZT', tiyn),
      isLast: false,
      networkKey: {
        acquirerId: 'acquirer',
        terminalId: 'terminal',
        systemTraceAuditNumber: 'clearing',
        retrievalReferenceNumber: uuid,
        localDateTime: '2026-01-01T12:00:00',
      },
      fingerprint: createHash('sha256').update(uuid).digest(),
    },
    receivedAt: Date.now(),
    requestBody: '{}',
    render: ({ outcome }) => outcome,
  })
  if (recorded.kind !== 'recorded') throw new Error(`not recorded: ${recorded.kind}`)
}

/** The sequences of everything that a bank must be told, by authorization. */
export async function listOwed(postgres: Postgres): Promise<ReadonlyMap<string, number[]>> {
  const text = `
    SELECT authorization_id, array_agg(sequence ORDER BY sequence)::text[] AS sequences
    FROM authorization_event
    WHERE kind = ANY ($1)
    GROUP BY authorization_id`
  const kinds = Object.entries(EVENT_AUDIENCES).flatMap(([kind, to]) => (to === 'bank' ? kind : []))
  const rows = await postgres.run<{ authorization_id: string; sequences: string[] }>(
    { name: 'test-list-owed', text },
    [kinds],
  )
  return new Map(
    rows.map((row) => [`aut_${row.authorization_id}`, row.sequences.map((one) => Number(one))]),
  )
}

/** The sequences that came in, by authorization, each where it came first. */
export function listReceived(received: readonly Received[]): ReadonlyMap<string, number[]> {
  const byId = Map.groupBy(received, ({ authorizationId }) => authorizationId)
  return new Map(
    [...byId].map(([id, events]) => [id, [...new Set(events.map(({ sequence }) => sequence))]]),
  )
}

/** What came in of one authorization, in its order, by type. */
export function typesOf(received: readonly Received[], id: AuthorizationId): readonly string[] {
  return received
    .filter(({ authorizationId }) => authorizationId === id)
    .map(({ type }) => type.replace('authorization.', ''))
}

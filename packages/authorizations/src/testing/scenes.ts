import type { AuthorizationId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { aCard, aNewAuthorization } from '@tolem/testing/builders'
import type { Recorded } from '../holds.ts'
import { approval, type OpenedRecords, openRecords } from './opened-records.ts'

/** What ACCEPT is given in these scenes. */
export type Item = ReturnType<typeof aNewAuthorization>

/** In tiyn: the purchase of every scene. */
export const BILLING = 1_250_000n

/** Tiyn as an amount. */
export const tenge = (amount: bigint) => amountOf('KZT', amount)

/** A database with one card, closed `atEnd` of the test. */
export async function openWithCard(
  atEnd: (close: () => Promise<void>) => void,
): Promise<OpenedRecords> {
  const opened = await openRecords(atEnd)
  await opened.putCard(aCard())
  return opened
}

/** An authorization that was accepted, debited and approved. */
export async function approved(
  { records }: Pick<OpenedRecords, 'records'>,
  parts: Parameters<typeof aNewAuthorization>[0] = {},
): Promise<Item> {
  const item = aNewAuthorization(parts)
  await records.accept(item)
  await records.conclude(approval(item))
  return item
}

/** An approved increment of it. */
export async function incremented(opened: OpenedRecords, first: Item): Promise<Item> {
  const original = byId(first.id)
  return approved(opened, { parent: first.id, request: { kind: 'increment', original } })
}

/** An original by our id. */
export const byId = (authorizationId: AuthorizationId) =>
  ({ kind: 'by_id', authorizationId }) as const

/** An original by its network key. */
export const byKey = (item: Item, messageKind: 'authorization' | 'increment' = 'authorization') =>
  ({ kind: 'by_key', messageKind, networkKey: item.request.networkKey }) as const

/** What a message was answered. */
export function answerOf(recorded: Recorded): Readonly<Record<string, unknown>> {
  return recorded.kind === 'mismatch' ? { outcome: 'mismatch' } : JSON.parse(recorded.body)
}

/** The amounts of a record. */
export async function amountsOf({ ask }: OpenedRecords, id: AuthorizationId) {
  const [row] = await ask<Record<string, unknown>>(
    `SELECT
       state, approved_amount AS approved, released_amount AS released, cleared_amount AS cleared,
       refunded_amount AS refunded, closed_as AS closed, hold_until IS NOT NULL AS is_held, overtaken_as AS overtaken
     FROM "authorization" WHERE id = $1`,
    [id.slice(4)],
  )
  return row
}

/** The credits in the order of their making. */
export async function creditsOf({ ask }: OpenedRecords) {
  return ask<{ purpose: string; amount: string; debit_reference: string; reference: string }>(
    `SELECT purpose, amount, debit_reference, reference FROM movement WHERE kind = 'credit'
     ORDER BY created_at, reference`,
  )
}

/** What the card has spent in its running day. */
export async function usageOf({ ask }: OpenedRecords) {
  const [row] = await ask<{ day_amount: string; day_count: number }>(
    'SELECT day_amount, day_count FROM card_usage',
  )
  return row
}

/** Every exposure with what is owed of it. */
export async function exposuresOf({ ask }: OpenedRecords) {
  return ask<Record<string, unknown>>(
    'SELECT cause, amount - collected - cancelled AS owed, state, quote FROM exposure ORDER BY id',
  )
}

/** Has a hold's time come. */
export async function makeDue({ ask }: OpenedRecords, id: AuthorizationId): Promise<void> {
  await ask(`UPDATE "authorization" SET hold_until = now() - interval '1 s' WHERE id = $1`, [
    id.slice(4),
  ])
}

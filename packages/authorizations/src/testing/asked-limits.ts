import { randomBytes } from 'node:crypto'
import { localDay } from '@tolem/domain/local-day'
import type { Run } from '@tolem/postgres/pool'

/** One limit or cap as ACCEPT asks it under lock: see migrations/0007-limits.sql. */
export type Ask = {
  readonly limits?: readonly Readonly<Record<string, unknown>>[]
  readonly caps?: readonly Readonly<Record<string, unknown>>[]
}

/** One use of a card at an instant (ms since the epoch); `day` differs from the instant's where a clock is behind. */
export type Use = {
  readonly at: number
  readonly billing: bigint
  readonly ask?: Ask
  readonly bank?: string | undefined
  readonly card?: string | undefined
  readonly type?: string
  readonly channel?: string
  readonly cash?: bigint
  readonly kind?: 'authorization' | 'increment'
  readonly day?: string
}

/** A use that was tried: the row's id and what ACCEPT's question said. */
export type Tried = { readonly id: string; readonly verdict: string }

/**
 * What ACCEPT does about limits, and nothing else: asks, and counts and records what fits, in one statement for all
 * uses. No two of them may share a card.
 */
export async function tryUses(run: Run, uses: readonly Use[]): Promise<readonly Tried[]> {
  const ids = uses.map(({ at }) => uuidAt(at))
  const rows = await run<{ id: string; verdict: string }>({ name: 'try-uses', text: TRY_USES }, [
    ids,
    uses.map(({ bank = 'halyk' }) => bank),
    uses.map(({ card = 'ct_halyk_0001' }) => card),
    uses.map(({ at, day = localDay(at) }) => day),
    uses.map(({ billing }) => billing),
    uses.map(({ kind }) => (kind === 'increment' ? 0 : 1)),
    uses.map(toAsk),
    uses.map(({ type = 'purchase' }) => type),
    uses.map(({ channel = 'pos' }) => channel),
    uses.map(({ cash = 0n }) => cash),
    uses.map(({ kind = 'authorization' }) => kind),
    uses.map(({ at }) => new Date(at).toISOString()),
  ])
  return ids.map((id) => {
    const verdict = rows.find((row) => row.id === id)?.verdict
    if (verdict === undefined) throw new Error('every use of a card that is there has a verdict')
    return { id, verdict }
  })
}

/** A UUID version 7 of an instant, as an authorizer mints it. */
export function uuidAt(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0') + randomBytes(10).toString('hex')
  const digits = `${hex.slice(0, 12)}7${hex.slice(13, 16)}8${hex.slice(17)}`
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function toAsk({ ask, kind, cash = 0n }: Use): string | null {
  if (!ask) return null
  return JSON.stringify({ count: kind === 'increment' ? 0 : 1, cash: String(cash), ...ask })
}

const TRY_USES = `
  WITH item AS (
    SELECT * FROM unnest(
      $1::uuid[], $2::text[], $3::text[], $4::date[], $5::bigint[], $6::integer[], $7::jsonb[], $8::text[], $9::text[],
      $10::bigint[], $11::text[], $12::timestamptz[]
    ) WITH ORDINALITY AS item (
      id, bank_id, card_token, day, amount, count, ask, type, channel, cash, kind, received_at, ordinal
    )
  ),
  checked AS MATERIALIZED (
    SELECT * FROM card_usage_check(
      $2, $3, array_fill(1::bigint, ARRAY[cardinality($2)]), $4, $5, array_fill(NULL::bigint, ARRAY[cardinality($2)]),
      array_fill(NULL::integer, ARRAY[cardinality($2)]), array_fill(NULL::bigint, ARRAY[cardinality($2)]), $6, $7
    )
  ),
  counted AS MATERIALIZED (
    SELECT usage.*
    FROM (
      SELECT
        array_agg(bank_id) AS bank_ids, array_agg(card_token) AS card_tokens, array_agg(day) AS days,
        array_agg(amount) AS amounts, array_agg(count) AS counts, array_agg(ask) AS asks
      FROM item JOIN checked USING (ordinal)
      WHERE verdict = 'fits'
    ) AS fitting,
    LATERAL card_usage_count(bank_ids, card_tokens, days, amounts, counts, asks) AS usage
  ),
  recorded AS (
    INSERT INTO "authorization" (
      id, bank_id, card_token, local_date, network_key, type, billing_amount, state, received_at, usage_day,
      request_body, kind, parent_id, channel, cash_amount
    )
    SELECT
      item.id, item.bank_id, item.card_token, item.day, item.id::text, item.type, item.amount, 'accepted',
      item.received_at, counted.day, '', item.kind, CASE item.kind WHEN 'increment' THEN item.id END, item.channel,
      item.cash
    FROM item
    JOIN counted USING (bank_id, card_token)
  )
  SELECT item.id, checked.verdict FROM item JOIN checked USING (ordinal)`

import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '../database.ts'
import type { TestCard } from '../stack.ts'
import { toUnits } from '../units.ts'

/** One authorization row of a card. Amounts in tiyn, as text. */
export type StandingRow = {
  readonly id: string
  readonly kind: string
  readonly parent_id: string | null
  readonly state: string
  readonly decline_reason: string | null
  readonly approved: string
  readonly released: string
  readonly cleared: string
  readonly refunded: string
  readonly owed: string
  readonly closed_as: string | null
}

/** One executed debit, with what executed credits gave back of it. */
export type StandingDebit = {
  readonly authorization_id: string
  readonly reference: string
  readonly purpose: string
  readonly billing: string | null
  readonly fee: string | null
  readonly spread: string | null
  readonly amount: string
  readonly back: string
  /** Of that, what refunds without a purchase took, by the ids of their rows. */
  readonly unmatched: Readonly<Record<string, string>>
}

/** What stands for one card: in our tables, in the ledger, and at the exchange. */
export type Standing = {
  readonly rows: readonly StandingRow[]
  readonly debits: readonly StandingDebit[]
  /** Net of the postings of this card's authorizations by account, without its second part: what it is owed. */
  readonly ledger: Readonly<Record<string, bigint>>
  /** Tiyn of the running day; absent when the day is another one than the card's first. */
  readonly used: bigint | undefined
  /** What the exchange took and did not give back, in 10^-18. */
  readonly taken: bigint
}

const ROWS = `
  SELECT id, kind, parent_id, state, decline_reason, closed_as,
    coalesce(approved_amount, 0) AS approved, released_amount AS released, cleared_amount AS cleared,
    refunded_amount AS refunded,
    (SELECT coalesce(sum(amount - collected - cancelled), 0) FROM exposure WHERE authorization_id = stored.id) AS owed
  FROM "authorization" AS stored
  WHERE bank_id = $1 AND card_token = $2
  ORDER BY id`

const DEBITS = `
  SELECT authorization_id, reference, purpose, billing, fee, spread, amount,
    (SELECT coalesce(sum(credit.amount), 0) FROM movement AS credit
      WHERE credit.debit_reference = debit.reference AND credit.state = 'executed') AS back,
    (SELECT coalesce(jsonb_object_agg(credit.authorization_id, credit.amount::text), '{}')
      FROM movement AS credit
      WHERE credit.debit_reference = debit.reference AND credit.state = 'executed'
        AND credit.authorization_id <> debit.authorization_id) AS unmatched
  FROM movement AS debit
  WHERE kind = 'debit' AND state = 'executed' AND authorization_id = ANY ($1)
  ORDER BY reference`

const LEDGER = `
  SELECT split_part(account, '/', 1) AS account, sum(amount) AS net
  FROM (
    SELECT credit_account AS account, amount FROM ledger_posting WHERE authorization_id = ANY ($1)
    UNION ALL
    SELECT debit_account, -amount FROM ledger_posting WHERE authorization_id = ANY ($1)
  ) AS entry
  GROUP BY 1`

const USED = `
  SELECT day_amount FROM card_usage
  WHERE bank_id = $1 AND card_token = $2 AND day = (now() AT TIME ZONE 'Asia/Almaty')::date`

/** Reads what stands for a card, by plain SQL and from the exchange's own record. */
export async function standingOf(database: Database, card: TestCard): Promise<Standing> {
  const whose = [card.bank, card.token]
  const rows = await database.rows<StandingRow>(ROWS, whose)
  const ids = [rows.map(({ id }) => id)]
  const [debits, ledger, used, moved] = await Promise.all([
    database.rows<StandingDebit>(DEBITS, ids),
    database.rows<{ account: string; net: string }>(LEDGER, ids),
    database.rows<{ day_amount: string }>(USED, whose),
    card.movements(),
  ])
  const net = Object.fromEntries(ledger.map((row) => [row.account, BigInt(row.net)]))
  return {
    rows,
    debits,
    ledger: net,
    used: used[0] && BigInt(used[0].day_amount),
    taken: moved.reduce(
      (taken, { kind, amount }) => taken + (kind === 'debit' ? toUnits(amount) : -toUnits(amount)),
      0n,
    ),
  }
}

const OPEN = `
  SELECT 'authorization ' || id || ' ' || state || ' held until ' || coalesce(hold_until::text, 'ever') AS what
  FROM "authorization"
  WHERE bank_id = $1 AND card_token = $2
    AND (state = 'accepted' OR state = 'approved' AND hold_until < clock_timestamp())
  UNION ALL
  SELECT movement.kind || ' ' || reference || ' ' || movement.state || ' ' || coalesce(detail, '')
  FROM "authorization" AS stored JOIN movement ON movement.authorization_id = stored.id
  WHERE stored.bank_id = $1 AND stored.card_token = $2 AND movement.state IN ('intended', 'in_doubt')
  UNION ALL
  SELECT 'exposure ' || exposure.id || ' ' || exposure.state || ' ' || coalesce(detail, '')
  FROM "authorization" AS stored JOIN exposure ON exposure.authorization_id = stored.id
  WHERE stored.bank_id = $1 AND stored.card_token = $2 AND exposure.state <> 'closed'
    AND NOT ($3::boolean AND exposure.state = 'open' AND exposure.refused > 0)`

/** How long a card may take to come to rest: longer than the longest doubt at an exchange. */
const RESTS_WITHIN_MS = 90_000

/**
 * Waits until nothing of a card is under way: no decision, no movement, nothing to collect, no hold past its time. What
 * a poor card's wallet has refused once may stay owed.
 *
 * @throws with what is still open after a minute and a half.
 */
export async function untilAtRest(
  database: Database,
  card: TestCard,
  isPoor = false,
): Promise<void> {
  const patience = AbortSignal.timeout(RESTS_WITHIN_MS)
  for (;;) {
    const open = await database.rows<{ what: string }>(OPEN, [card.bank, card.token, isPoor])
    if (open.length === 0) return
    if (patience.aborted)
      throw new Error(`${card.token} is not at rest: ${open.map(({ what }) => what).join('; ')}`)
    await delay(60)
  }
}

/** The time of a hold has come: what settlement would see days later, it sees now. */
export async function letExpire(database: Database, authorizationId: string): Promise<void> {
  await database.rows(
    `UPDATE "authorization" SET hold_until = clock_timestamp() - interval '1 second'
     WHERE id = $1 AND hold_until IS NOT NULL`,
    [authorizationId.slice('aut_'.length)],
  )
}

/** What settlement tries again after minutes or hours, it tries now, or after an hour: everything that a card owes. */
export async function letCollect(
  database: Database,
  card: TestCard,
  when: 'now' | 'later' = 'now',
): Promise<void> {
  await database.rows(
    `UPDATE exposure SET next_step_at = clock_timestamp() + $3::interval
     WHERE bank_id = $1 AND card_token = $2 AND state = 'open' AND ($4 = 'now' OR refused > 0)`,
    [card.bank, card.token, when === 'now' ? '0' : '1 hour', when],
  )
}

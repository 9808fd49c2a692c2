import { uuidOf } from '@tolem/domain/ids'
import { LEDGER_ACCOUNTS } from '@tolem/ledger'
import type { Postgres } from '@tolem/postgres/pool'
import { BANK } from './authorizer-side.ts'
import type { Advised } from './bank-side.ts'

/** What stands in the tables about one exposure. Amounts in tiyn. */
export type ExposureStanding = {
  readonly state: string
  readonly collected: string
  readonly cancelled: string
  readonly refused: number
  readonly detail: string | null
  readonly escalated: boolean
  /** The states of its debits, in their order. */
  readonly debits: readonly string[]
  /** The states of the credits of its authorization. */
  readonly credits: readonly string[]
}

export async function exposureOf(
  postgres: Postgres,
  { exposureId }: Advised,
): Promise<ExposureStanding> {
  const text = `
    SELECT
      state, collected, cancelled, refused, detail, escalated_at IS NOT NULL AS escalated,
      (
        SELECT coalesce(jsonb_agg(movement.state ORDER BY reference), '[]')
        FROM movement WHERE exposure_id = exposure.id AND kind = 'debit'
      ) AS debits,
      (
        SELECT coalesce(jsonb_agg(movement.state ORDER BY reference), '[]')
        FROM movement WHERE authorization_id = exposure.authorization_id AND kind = 'credit'
      ) AS credits
    FROM exposure WHERE id = $1`
  const [row] = await postgres.run<ExposureStanding>({ name: '', text }, [uuidOf(exposureId)])
  if (!row) throw new Error('no such exposure')
  return row
}

/**
 * What must hold of an advice whose collection came to rest, as a list of what does not: no reference moved twice, the
 * wallet's ledger account is what the exchange's books say, each executed debit's tenge stand in the ledger exactly
 * once, and what was collected is what the debits paid for.
 */
export async function auditCollection(
  postgres: Postgres,
  { id, exposureId, cardToken, wallet, exchange }: Advised,
): Promise<readonly string[]> {
  const text = `
    SELECT
      (
        SELECT coalesce(sum(-balance), 0)::text FROM ledger_balance
        WHERE account LIKE 'cardholder_wallet/' || $4 || '/' || $3 || '/%'
      ) AS taken,
      (
        SELECT coalesce(sum(amount), 0)::text FROM ledger_posting
        WHERE authorization_id = $1 AND journal_id LIKE 'collection/%' AND credit_account = $5
      ) AS posted,
      (
        SELECT coalesce(sum(billing - released), 0)::text FROM movement
        WHERE exposure_id = $2 AND purpose = 'collection' AND state = 'executed'
      ) AS paid,
      (SELECT collected::text FROM exposure WHERE id = $2) AS collected`
  const [row] = await postgres.run<Record<'taken' | 'posted' | 'paid' | 'collected', string>>(
    { name: '', text },
    [uuidOf(id), uuidOf(exposureId), cardToken, BANK, LEDGER_ACCOUNTS.exposure(BANK)],
  )
  if (!row) throw new Error('no such exposure')
  const mine = exchange.executions.filter(({ order }) => order.wallet.walletId === wallet.walletId)
  const references = mine.map(({ order }) => order.reference)
  let net = 0n
  for (const { kind, order } of mine) net += kind === 'debit' ? order.amount : 0n - order.amount
  return [
    ...(new Set(references).size === references.length ? [] : ['a reference moved twice']),
    ...(net === BigInt(row.taken) ? [] : [`the ledger says ${row.taken}, the exchange ${net}`]),
    ...(row.posted === row.collected ? [] : [`${row.collected} collected, ${row.posted} posted`]),
    ...(row.paid === row.posted ? [] : [`debits paid ${row.paid}, ${row.posted} is posted`]),
  ]
}

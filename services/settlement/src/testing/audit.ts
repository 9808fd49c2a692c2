import type { AuthorizationId } from '@tolem/domain/ids'
import { uuidOf } from '@tolem/domain/ids'
import { LEDGER_ACCOUNTS } from '@tolem/ledger'
import type { Postgres } from '@tolem/postgres/pool'
import { type Accepted, BANK } from './authorizer-side.ts'
import type { ScriptedExchange } from './scripted-exchange.ts'

/** What stands in the tables about one authorization. */
export type Standing = {
  readonly state: string
  readonly reason: string | null
  readonly debit: string
  readonly credit: string | null
  readonly escalated: boolean
  readonly journals: readonly string[]
}

const STANDING = `
  SELECT
    a.state, a.decline_reason AS reason,
    (SELECT state FROM movement WHERE authorization_id = a.id AND kind = 'debit') AS debit,
    (SELECT state FROM movement WHERE authorization_id = a.id AND kind = 'credit') AS credit,
    EXISTS (SELECT FROM movement WHERE authorization_id = a.id AND escalated_at IS NOT NULL) AS escalated,
    (
      SELECT coalesce(jsonb_agg(DISTINCT split_part(journal_id, '/', 1)), '[]')
      FROM ledger_posting WHERE authorization_id = a.id
    ) AS journals
  FROM "authorization" AS a WHERE id = $1`

export async function standingOf(postgres: Postgres, id: AuthorizationId): Promise<Standing> {
  const [row] = await postgres.run<Standing>({ name: '', text: STANDING }, [uuidOf(id)])
  if (!row) throw new Error(`no authorization ${id}`)
  return row
}

/** How many movements are not settled yet. */
export async function countOpen(postgres: Postgres): Promise<number> {
  const text = `SELECT count(*)::integer AS open FROM movement WHERE state IN ('intended', 'in_doubt')`
  const [row] = await postgres.run<{ open: number }>({ name: '', text }, [])
  return row?.open ?? 0
}

/**
 * What must hold of authorizations when everything is settled, as a list of what does not: no reference moved twice,
 * an approval that was neither reversed nor expired kept its debit and everything else nets to zero, the wallet's
 * ledger account says what the exchange's books say, and nothing but a standing approval leaves tenge on any account.
 */
export async function audit(
  postgres: Postgres,
  all: readonly Accepted[],
): Promise<readonly string[]> {
  const found = await Promise.all(all.map((accepted) => auditOf(postgres, accepted)))
  return found.flat()
}

async function auditOf(
  postgres: Postgres,
  { id, debit, cardToken, exchange }: Accepted,
): Promise<readonly string[]> {
  const text = `
    SELECT
      a.state = 'approved' AND a.reversal_id IS NULL AND a.closed_as IS DISTINCT FROM 'expired' AS stands,
      (SELECT coalesce(sum(-balance), 0)::text FROM ledger_balance WHERE account = $2) AS taken,
      (SELECT count(*)::integer FROM (
        SELECT account FROM (
          SELECT debit_account AS account, amount FROM ledger_posting WHERE authorization_id = a.id AND asset = 'KZT'
          UNION ALL
          SELECT credit_account, -amount FROM ledger_posting WHERE authorization_id = a.id AND asset = 'KZT'
        ) AS entry GROUP BY account HAVING sum(amount) <> 0
      ) AS uneven) AS uneven
    FROM "authorization" AS a WHERE a.id = $1`
  const account = LEDGER_ACCOUNTS.cardholderWallet({
    bank: BANK,
    cardToken,
    exchange: exchange.exchange,
    asset: debit.asset,
  })
  type Row = { readonly stands: boolean; readonly taken: string; readonly uneven: number }
  const [row] = await postgres.run<Row>({ name: '', text }, [uuidOf(id), account])
  if (!row) throw new Error(`no authorization ${id}`)
  const net = netOf(exchange, debit.wallet.walletId)
  return [
    ...repeatedReferences(exchange, debit.wallet.walletId),
    ...(net === (row.stands ? debit.amount : 0n) ? [] : [`${id}: ${net} is taken at the exchange`]),
    ...(net === BigInt(row.taken) ? [] : [`${id}: the ledger says ${row.taken}, not ${net}`]),
    ...(row.stands || row.uneven === 0 ? [] : [`${id}: tenge are left on ${row.uneven} accounts`]),
  ]
}

function netOf({ executions }: ScriptedExchange, walletId: string): bigint {
  let net = 0n
  for (const { kind, order } of executions)
    if (order.wallet.walletId === walletId)
      net += kind === 'debit' ? order.amount : 0n - order.amount
  return net
}

function repeatedReferences({ executions }: ScriptedExchange, walletId: string): string[] {
  const references = executions
    .filter(({ order }) => order.wallet.walletId === walletId)
    .map(({ order }) => order.reference)
  return references
    .filter((reference, index) => references.indexOf(reference) !== index)
    .map((reference) => `${reference} moved twice`)
}

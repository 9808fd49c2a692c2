import { query } from '../ledger.ts'
import type { Sandbox, SandboxMovement } from '../sandbox.ts'

/** Everything that is compared, read by plain SQL and from the exchange itself. Numbers as text. */
export type Books = {
  readonly rows: readonly AuthorizationRow[]
  /** Executed only. */
  readonly movements: readonly MovementRow[]
  readonly exposures: readonly ExposureRow[]
  readonly clearings: readonly { readonly authorization_id: string; readonly amount: string }[]
  readonly refunds: readonly RefundRow[]
  readonly wallets: readonly WalletRow[]
  /** What each account is owed: credits less debits. */
  readonly balances: readonly AccountBalance[]
  readonly moved: readonly SandboxMovement[]
}

export type AuthorizationRow = {
  readonly id: string
  readonly parent_id: string | null
  readonly kind: string
  readonly bank_id: string
  readonly state: string
  readonly reversal_id: string | null
  readonly is_final: boolean
  readonly is_watched: boolean
  readonly approved: string
  readonly released: string
  readonly cleared: string
  readonly refunded: string
}

export type MovementRow = {
  readonly authorization_id: string
  readonly kind: 'debit' | 'credit'
  readonly purpose: string
  readonly reference: string
  readonly debit_reference: string | null
  readonly exchange: string
  readonly rail: string
  readonly wallet: string
  readonly asset: string
  readonly amount: string
  readonly billing: string | null
  readonly fee: string | null
  readonly spread: string | null
  readonly released: string
  readonly exposure_id: string | null
  readonly refund_id: string | null
}

export type ExposureRow = {
  readonly id: string
  readonly authorization_id: string
  readonly state: string
  readonly collected: string
  readonly owed: string
}

export type RefundRow = {
  readonly id: string
  readonly authorization_id: string | null
  readonly decline_reason: string | null
  readonly amount: string
  readonly answer: string
}

type WalletRow = {
  readonly exchange: string
  readonly wallet: string
  readonly asset: string
  readonly net: string
}

type AccountBalance = {
  readonly account: string
  readonly asset: string
  readonly net: string
}

const ROWS = `
  SELECT id, parent_id, kind, bank_id, state, reversal_id, is_final, hold_until IS NOT NULL AS is_watched,
    coalesce(approved_amount, 0) AS approved, released_amount AS released, cleared_amount AS cleared,
    refunded_amount AS refunded
  FROM "authorization"`

const MOVEMENTS = `
  SELECT authorization_id, kind, purpose, reference, debit_reference, exchange_id AS exchange, rail,
    wallet->>'walletId' AS wallet, asset, amount, billing, fee, spread, released, exposure_id, refund_id
  FROM movement WHERE state = 'executed'`

const EXPOSURES = `
  SELECT id, authorization_id, state, collected, amount - collected - cancelled AS owed FROM exposure`

/** Every journal that moves crypto is named after the movement that did. */
const WALLETS = `
  SELECT movement.exchange_id AS exchange, movement.wallet->>'walletId' AS wallet, posting.asset,
    sum(CASE WHEN credit_account LIKE 'cardholder_wallet/%' THEN posting.amount ELSE -posting.amount END) AS net
  FROM ledger_posting AS posting
  LEFT JOIN movement ON movement.reference = split_part(posting.journal_id, '/', 2)
  WHERE credit_account LIKE 'cardholder_wallet/%' OR debit_account LIKE 'cardholder_wallet/%'
  GROUP BY 1, 2, 3`

/** Reads all that an audit compares. */
export async function readBooks(databaseUrl: string, sandbox: Sandbox): Promise<Books> {
  return {
    rows: await query(databaseUrl, ROWS),
    movements: await query(databaseUrl, MOVEMENTS),
    exposures: await query(databaseUrl, EXPOSURES),
    clearings: await query(databaseUrl, 'SELECT authorization_id, amount FROM clearing'),
    refunds: await query(
      databaseUrl,
      'SELECT id, authorization_id, decline_reason, amount, response_body AS answer FROM refund',
    ),
    wallets: await query(databaseUrl, WALLETS),
    balances: await query(
      databaseUrl,
      'SELECT account, asset, -balance AS net FROM ledger_balance',
    ),
    moved: await sandbox.movements(),
  }
}

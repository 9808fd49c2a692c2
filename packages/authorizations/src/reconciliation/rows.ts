import assert from 'node:assert'
import type { WalletLink } from '@tolem/domain/card'
import type { MovementReference } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type {
  DueFinding,
  FindingKey,
  FindingKind,
  FoundEntry,
  KnownMovement,
} from '../reconciliation.ts'

/** A known movement as the driver gives it. */
export type KnownRow = {
  readonly reference: MovementReference
  readonly kind: 'debit' | 'credit'
  readonly debit_reference: MovementReference | null
  readonly debit_exchange_reference: string | null
  readonly wallet: WalletLink
  readonly asset: CryptoAsset
  readonly amount: string
  readonly state: KnownMovement['state']
  readonly exchange_reference: string | null
  readonly created_at: Date
  readonly valid_until: Date
}

/** A row as a known movement. */
export function rowToKnown(row: KnownRow): KnownMovement {
  const { reference, kind, wallet, asset, state } = row
  const { debit_exchange_reference: debitExchangeReference, exchange_reference: named } = row
  return {
    kind,
    order: {
      reference,
      wallet,
      asset,
      amount: amountOf(asset, BigInt(row.amount)),
      debitReference: row.debit_reference ?? reference,
      ...(debitExchangeReference !== null && { debitExchangeReference }),
    },
    state,
    ...(named !== null && { exchangeReference: named }),
    createdAt: row.created_at.getTime(),
    validUntil: row.valid_until.getTime(),
  }
}

/** What a finding is of as the driver gives it. */
export type FoundRow = FindingKey & {
  readonly exchange_reference: string
  readonly executed_at: Date
}

/** A row as what a finding is of. */
export function rowToFound(row: FoundRow): FoundEntry {
  const { name, nth, kind, exchange_reference: exchangeReference, executed_at } = row
  return { name, nth, kind, exchangeReference, executedAt: executed_at.getTime() }
}

/** A finding that moved money as the driver gives it. */
export type DueRow = {
  readonly name: string
  readonly nth: number
  readonly kind: FindingKind
  readonly reference: MovementReference | null
  readonly exchange_reference: string | null
  readonly wallet_id: string | null
  readonly asset: CryptoAsset | null
  readonly amount: string | null
  readonly executed_at: Date | null
}

/** A row as a finding. */
export function rowToDue(row: DueRow): DueFinding {
  const { name, nth, kind, reference, wallet_id: walletId, asset, amount } = row
  const { exchange_reference: exchangeReference, executed_at: executedAt } = row
  assert(walletId !== null && asset !== null && amount !== null && executedAt !== null)
  return {
    name,
    nth,
    kind,
    ...(reference !== null && { reference }),
    exchangeReference: exchangeReference ?? name,
    walletId,
    asset,
    amount: BigInt(amount),
    executedAt: executedAt.getTime(),
  }
}

import assert from 'node:assert'
import type { Rail, WalletLink } from '@tolem/domain/card'
import type { BankId, CardToken, ExchangeId, MovementReference } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { ClaimedMovement, MovementPurpose } from '../movements.ts'
import { toAuthorizationId } from '../records/ids.ts'

/** A claimed row of `movement` as the driver gives it. */
export type MovementRow = {
  readonly reference: MovementReference
  readonly authorization_id: string
  readonly kind: 'debit' | 'credit'
  readonly purpose: MovementPurpose
  readonly debit_reference: MovementReference | null
  readonly debit_exchange_reference: string | null
  readonly bank_id: BankId
  readonly card_token: CardToken
  readonly exchange_id: ExchangeId
  readonly rail: Rail
  readonly wallet: WalletLink
  readonly asset: CryptoAsset
  readonly amount: string
  readonly state: 'intended' | 'in_doubt'
  readonly created_at: Date
  readonly valid_until: Date
  readonly attempts: number
  readonly claim_epoch: number
  readonly claimed_at: Date
}

/** A row as the movement that its claimant works on. */
export function rowToMovement(row: MovementRow): ClaimedMovement {
  const common = {
    authorizationId: toAuthorizationId(row.authorization_id),
    bank: row.bank_id,
    cardToken: row.card_token,
    exchange: row.exchange_id,
    rail: row.rail,
    purpose: row.purpose,
    state: row.state,
    createdAt: row.created_at.getTime(),
    validUntil: row.valid_until.getTime(),
    claimedAt: row.claimed_at.getTime(),
    attempts: row.attempts,
    epoch: row.claim_epoch,
  }
  const { reference, wallet, asset } = row
  const order = { reference, wallet, asset, amount: amountOf(asset, BigInt(row.amount)) }
  if (row.kind === 'debit') return { ...common, kind: 'debit', order }
  const { debit_reference: debitReference, debit_exchange_reference: debitExchangeReference } = row
  assert(debitReference !== null, 'a credit names its debit')
  const debit = {
    debitReference,
    ...(debitExchangeReference !== null && { debitExchangeReference }),
  }
  return { ...common, kind: 'credit', order: { ...order, ...debit } }
}

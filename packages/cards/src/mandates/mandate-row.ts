import type { MandateRail } from '@tolem/domain/card'
import type { BankId, CardToken, ExchangeId } from '@tolem/domain/ids'
import {
  type Mandate,
  type MandateId,
  type MandateReason,
  type MandateStatus,
  mandateReference,
} from '@tolem/domain/mandate'
import { amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { ClaimedMandate } from '../mandates.ts'

/** A row of `mandate` as the driver gives it. */
export type MandateRow = {
  readonly id: string
  readonly bank_id: BankId
  readonly card_token: CardToken
  readonly request_id: string | null
  readonly exchange_id: ExchangeId
  readonly rail: MandateRail
  readonly assets: readonly [CryptoAsset, ...CryptoAsset[]]
  readonly single_limit: string | null
  readonly state: MandateStatus
  readonly reason: MandateReason | null
  readonly exchange_reference: string | null
  readonly link: string | null
  readonly qr_code: string | null
  readonly expires_at: Date | null
  readonly wallet_id: string | null
  readonly user_id: string | null
  readonly ends_at: Date | null
  readonly created_at: Date
  readonly signed_at: Date | null
  readonly ended_at: Date | null
  readonly claim_epoch: number
  readonly attempts: number
  readonly claimed_at: Date
}

/** A row as the domain's mandate, with the claim that it was read under. */
export function rowToMandate(row: MandateRow): ClaimedMandate {
  const id = `mdt_${row.id}` as MandateId
  const [first] = row.assets
  return {
    id,
    reference: mandateReference(id),
    bank: row.bank_id,
    cardToken: row.card_token,
    ...(row.request_id !== null && { requestId: row.request_id }),
    exchange: row.exchange_id,
    rail: row.rail,
    assets: row.assets,
    ...(row.single_limit !== null && { singleLimit: amountOf(first, BigInt(row.single_limit)) }),
    status: row.state,
    ...(row.reason !== null && { reason: row.reason }),
    ...offerOf(row),
    ...signedOf(row),
    createdAt: row.created_at.getTime(),
    ...(row.signed_at && { signedAt: row.signed_at.getTime() }),
    ...(row.ended_at && { endedAt: row.ended_at.getTime() }),
    epoch: row.claim_epoch,
    attempts: row.attempts,
    claimedAt: row.claimed_at.getTime(),
  }
}

function offerOf(row: MandateRow): Pick<Mandate, 'offer'> {
  const { link, qr_code: qrCode, expires_at: expiresAt, exchange_reference: reference } = row
  if (link === null || qrCode === null || expiresAt === null) return {}
  const named = reference !== null && { exchangeReference: reference }
  return { offer: { ...named, link, qrCode, expiresAt: expiresAt.getTime() } }
}

function signedOf({ wallet_id: walletId, user_id: userId, ends_at: endsAt }: MandateRow) {
  if (walletId === null) return {}
  return {
    signed: {
      walletId,
      ...(userId !== null && { userId }),
      ...(endsAt && { endsAt: endsAt.getTime() }),
    },
  } satisfies Pick<Mandate, 'signed'>
}

import type { AuthorizationType } from '@tolem/domain/authorization'
import type { BankId, CardToken, ExchangeId, ExposureId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import type { ClaimedExposure, Uncollected } from '../collections.ts'
import { toAuthorizationId } from '../records/ids.ts'
import { readQuote } from './quote-text.ts'

/** A claimed row of `exposure` as the driver gives it. */
export type ExposureRow = {
  readonly id: string
  readonly authorization_id: string
  readonly bank_id: BankId
  readonly card_token: CardToken
  readonly type: AuthorizationType
  readonly quote: string | null
  readonly attempts: number
  readonly refused: number
  readonly claim_epoch: number
  readonly owed: string
}

/** A row as the exposure that its claimant works on. */
export function rowToExposure(row: ExposureRow): ClaimedExposure {
  return {
    id: `exp_${row.id}` as ExposureId,
    authorizationId: toAuthorizationId(row.authorization_id),
    bank: row.bank_id,
    cardToken: row.card_token,
    type: row.type,
    owed: amountOf('KZT', BigInt(row.owed)),
    quote: row.quote === null ? undefined : readQuote(row.quote),
    attempts: row.attempts,
    refused: row.refused,
    epoch: row.claim_epoch,
  }
}

/** A row of the summary as the driver gives it. */
export type UncollectedRow = {
  readonly bank_id: BankId
  readonly exchange_id: ExchangeId | null
  readonly entries: string
  readonly escalated: string
  readonly tenge_shown: number
  readonly oldest_seconds: number
}

/** A row of the summary in the caller's words. */
export function rowToUncollected(row: UncollectedRow): Uncollected {
  return {
    bank: row.bank_id,
    exchange: row.exchange_id ?? undefined,
    count: Number(row.entries),
    tengeShown: row.tenge_shown,
    escalated: Number(row.escalated),
    oldestSeconds: row.oldest_seconds,
  }
}

import {
  type AuthorizationType,
  networkKeyText,
  type OriginalReference,
} from '@tolem/domain/authorization'
import { type AuthorizationId, type BankId, type CardToken, uuidOf } from '@tolem/domain/ids'
import { toAuthorizationId } from './ids.ts'

/** The authorization that an increment is to raise, whether it names that or one of its increments. */
export type Original = {
  /** The first authorization of the hold. */
  readonly id: AuthorizationId
  readonly cardToken: CardToken
  readonly type: AuthorizationType
  /** Approved, not final, and nothing has closed it yet. CONCLUDE asks again under lock. */
  readonly isOpen: boolean
}

/** A row that `authorization-original` gives. */
export type OriginalRow = {
  readonly id: string
  readonly kind: string
  readonly card_token: string
  readonly type: AuthorizationType
  readonly is_open: boolean
}

/** The values of the statement, in its order. */
export function originalValues(bank: BankId, original: OriginalReference): unknown[] {
  if (original.kind === 'by_id') return [bank, uuidOf(original.authorizationId), null, null, null]
  const { networkKey, messageKind } = original
  const localDate = networkKey.localDateTime.slice(0, 10)
  return [bank, null, localDate, messageKind, networkKeyText(networkKey)]
}

/** What the row says. Only a request's or an advice's hold can be raised: a force post is cleared already. */
export function toOriginal(row: OriginalRow): Original {
  const isHold = row.kind === 'authorization' || row.kind === 'advice'
  return {
    id: toAuthorizationId(row.id),
    cardToken: row.card_token as CardToken,
    type: row.type,
    isOpen: row.is_open && isHold,
  }
}

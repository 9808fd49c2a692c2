declare const idBrand: unique symbol

/** An opaque text that only its own kind can stand in for. */
export type Id<Name extends string> = string & { readonly [idBrand]: Name }

/** A pilot bank, as the programme names it: `halyk`. */
export type BankId = Id<'bank'>

/** An exchange, as the programme names it: `bybit`. */
export type ExchangeId = Id<'exchange'>

/** A bank's own opaque stand-in for a card number, unique within the bank. A card number never enters Tolem. */
export type CardToken = Id<'cardToken'>

/** `aut_` and a UUID version 7: its order is the order of receipt. */
export type AuthorizationId = Id<'authorization'>

/** `rev_` and a UUID version 7. */
export type ReversalId = Id<'reversal'>

/** `clr_` and a UUID version 7. */
export type ClearingId = Id<'clearing'>

/** `rfd_` and a UUID version 7. */
export type RefundId = Id<'refund'>

/** `exp_` and a UUID version 7. */
export type ExposureId = Id<'exposure'>

/** `qte_` and a UUID version 7. */
export type QuoteId = Id<'quote'>

/** Our own name for one movement at an exchange, minted before the first byte is sent and unique for ever. */
export type MovementReference = Id<'movementReference'>

const AUTHORIZATION_ID = /^aut_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Reads an authorization's id as a caller sent it, or gives nothing. */
export function parseAuthorizationId(text: string): AuthorizationId | undefined {
  return AUTHORIZATION_ID.test(text) ? (text as AuthorizationId) : undefined
}

/** The UUID inside a prefixed id: what the database's `uuid` columns hold. */
export function uuidOf(
  id:
    | AuthorizationId
    | ReversalId
    | ClearingId
    | RefundId
    | ExposureId
    | QuoteId
    | Id<'mandate'>
    | Id<'conversion'>,
): string {
  return id.slice(4)
}

const MOVEMENT_LETTER = { debit: 'd', credit: 'c' } as const

/**
 * The reference of the `ordinal`-th debit or credit of an authorization: 30 letters and digits, which every rail takes
 * (Binance Pay's direct debit allows 32 alphanumerics). It is derived, so that any process that knows the
 * authorization knows under which name to look its movements up. The ordinal stands in base 36.
 *
 * @throws {RangeError} when `ordinal` is not between 1 and 1295.
 */
export function movementReference(
  id: AuthorizationId,
  kind: 'debit' | 'credit',
  ordinal: number,
): MovementReference {
  if (!Number.isInteger(ordinal) || ordinal < 1 || ordinal > 1_295)
    throw new RangeError('ordinal must be between 1 and 1295')
  const place = ordinal.toString(36).padStart(2, '0')
  return `tm${MOVEMENT_LETTER[kind]}${place}${compactUuid(uuidOf(id))}` as MovementReference
}

/** Which debit or credit of its authorization a reference names. */
export function ordinalOf(reference: MovementReference): number {
  return Number.parseInt(reference.slice(3, 5), 36)
}

/** A UUID in 25 letters and digits, for references whose length exchanges bound. */
export function compactUuid(uuid: string): string {
  return BigInt(`0x${uuid.replaceAll('-', '')}`)
    .toString(36)
    .padStart(25, '0')
}

import type { Amount } from '@tolem/money/amount'
import type { AssetCode, CryptoAsset } from '@tolem/money/asset'
import { compactUuid, type ExchangeId, type Id, uuidOf } from './ids.ts'
import type { ReferenceUniqueness } from './movement.ts'

/** `cnv_` and a UUID version 7. */
export type ConversionId = Id<'conversion'>

/** Our own name for one conversion order at an exchange: at most 32 letters and digits. */
export type ConversionReference = Id<'conversionReference'>

/** The reference of a conversion order: 27 letters and digits, derived from its id. */
export function conversionReference(id: ConversionId): ConversionReference {
  return `tv${compactUuid(uuidOf(id))}` as ConversionReference
}

/** What conversions are paid in: tenge, or the coin through which an asset without a tenge market becomes tenge. */
export type ConversionMoney = 'KZT' | 'USDT'

/** One market at an exchange, as it tells its rules now. Amounts are minor units of the asset or of the money. */
export type ConversionMarket = {
  readonly asset: CryptoAsset
  readonly money: ConversionMoney
  /** Orders are multiples of it. */
  readonly step: bigint
  readonly smallest: bigint
  readonly largest: bigint
  /** The least that an order must be worth. */
  readonly smallestWorth: bigint
}

/** Crypto to sell for, or to buy with, `money`, under a reference that is already durable. */
export type ConversionOrder = {
  readonly reference: ConversionReference
  readonly exchange: ExchangeId
  readonly side: 'sell' | 'buy'
  readonly asset: CryptoAsset
  readonly money: ConversionMoney
  readonly amount: Amount<CryptoAsset>
}

/**
 * What an exchange gave us to execute an order by: for a quote of Convert its id, for a spot order our own reference.
 * It is stored before the order is executed, because look-ups go by it.
 */
export type ConversionTicket = {
  readonly text: string
  /** Milliseconds since the epoch; after it the ticket buys nothing. Absent: it does not expire. */
  readonly expiresAt?: number
}

/**
 * What an order did: `amount` of the asset changed hands (less than ordered when partly filled) for `worth` of the
 * money, and the exchange took `fee` of one of the two, or of an asset of its own (`other`, told by name only).
 */
export type ConversionFill = {
  readonly exchangeReference: string
  readonly amount: Amount<CryptoAsset>
  readonly worth: Amount<ConversionMoney>
  readonly fees: readonly ConversionFee[]
}

/** A fee as the exchange took it; minor units where we count the asset, else the exchange's decimal text. */
export type ConversionFee =
  | { readonly asset: AssetCode; readonly amount: Amount }
  | { readonly asset: 'other'; readonly name: string; readonly text: string }

/** Why an order was certainly not executed. */
export type ConversionRefusal =
  | 'below_minimum'
  | 'insufficient_funds'
  | 'ticket_expired'
  | 'exchange_refused'
  | 'exchange_unavailable'

/** What is known after asking once. `open`: the exchange has it and is still executing. */
export type ConversionResult =
  | { readonly kind: 'filled'; readonly fill: ConversionFill }
  | { readonly kind: 'open' }
  | { readonly kind: 'rejected'; readonly reason: ConversionRefusal; readonly detail: string }
  | { readonly kind: 'in_doubt'; readonly detail: string }

/** What the exchange's record says about an order. An order that ended without a fill is `rejected`. */
export type ConversionLookUp =
  | ConversionResult
  | { readonly kind: 'not_found' }
  | { readonly kind: 'contradicted'; readonly detail: string }

/** What a way of converting promises; see `MovementCapabilities`. */
export type ConversionCapabilities = {
  readonly reference: ReferenceUniqueness
  readonly notFoundIsFinalAfterMs: number
}

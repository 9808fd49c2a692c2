import type { Amount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { MandateRail } from './card.ts'
import {
  type BankId,
  type CardToken,
  compactUuid,
  type ExchangeId,
  type Id,
  uuidOf,
} from './ids.ts'

/** `mdt_` and a UUID version 7. */
export type MandateId = Id<'mandate'>

/** Our own name for one mandate at an exchange: at most 32 letters and digits, which every rail takes. */
export type MandateReference = Id<'mandateReference'>

const MANDATE_ID = /^mdt_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Reads a mandate's id as a caller sent it, or gives nothing. */
export function parseMandateId(text: string): MandateId | undefined {
  return MANDATE_ID.test(text) ? (text as MandateId) : undefined
}

/** The reference of a mandate: 27 letters and digits, derived from its id. */
export function mandateReference(id: MandateId): MandateReference {
  return `tm${compactUuid(uuidOf(id))}` as MandateReference
}

/**
 * A mandate as we ask an exchange for it: the cardholder signs it there, and from then on it lets us debit. Its
 * reference is durable before the first byte is sent.
 */
export type MandateOrder = {
  readonly reference: MandateReference
  readonly exchange: ExchangeId
  readonly rail: MandateRail
  /** What may be debited, in the cardholder's order; a rail may allow one asset a mandate only. */
  readonly assets: readonly [CryptoAsset, ...CryptoAsset[]]
  /** The largest single debit of the first asset that the cardholder is asked to allow. */
  readonly singleLimit?: Amount<CryptoAsset>
  /** Our opaque name for the cardholder, so that the exchange can tell two of them apart. Never personal data. */
  readonly cardholder: string
}

/** What the cardholder needs to sign. `link` opens the exchange's app or page; `qrCode` is the text of the code. */
export type MandateOffer = {
  /** The exchange's own id of the unsigned mandate, where it gives one. */
  readonly exchangeReference?: string
  readonly link: string
  readonly qrCode: string
  /** Until when it can be signed, milliseconds since the epoch. */
  readonly expiresAt: number
}

/** What is known after asking for a mandate once; `in_doubt`: ask again under the same reference, or look it up. */
export type OfferResult =
  | { readonly kind: 'offered'; readonly offer: MandateOffer }
  | { readonly kind: 'rejected'; readonly detail: string }
  | { readonly kind: 'in_doubt'; readonly detail: string }

/** What the exchange says about a mandate now. `ended`: it was signed and is not in force any more. */
export type MandateState =
  | { readonly kind: 'unsigned' }
  | {
      readonly kind: 'signed'
      readonly walletId: string
      readonly userId?: string
      /** When it ends by itself, milliseconds since the epoch. */
      readonly endsAt?: number
    }
  | { readonly kind: 'ended'; readonly detail: string }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'unknown'; readonly detail: string }

/** What is known after asking once for a signed mandate to be ended. */
export type EndResult =
  | { readonly kind: 'ended' }
  | { readonly kind: 'rejected'; readonly detail: string }
  | { readonly kind: 'in_doubt'; readonly detail: string }

/** Where a mandate stands with us. Only a `signed` one lets a card pay; the last three never change again. */
export const MANDATE_STATES = [
  'requested',
  'offered',
  'signed',
  'ending',
  'ended',
  'expired',
  'refused',
] as const
export type MandateStatus = (typeof MANDATE_STATES)[number]

/** Why a mandate ends, or never came to be. */
export const MANDATE_REASONS = [
  'refused_at_exchange',
  'link_expired',
  'ended_at_exchange',
  'revoked_by_bank',
  'replaced',
  'card_ended',
] as const
export type MandateReason = (typeof MANDATE_REASONS)[number]

/** What an exchange says of a mandate that is signed. */
export type SignedMandate = Omit<Extract<MandateState, { readonly kind: 'signed' }>, 'kind'>

/** A mandate as we have it; times are milliseconds since the epoch. What its state does not have yet is absent. */
export type Mandate = {
  readonly id: MandateId
  readonly bank: BankId
  readonly cardToken: CardToken
  /** The bank's own name for its request; absent where it was signed elsewhere and we only end it. */
  readonly requestId?: string
  readonly exchange: ExchangeId
  readonly rail: MandateRail
  readonly assets: MandateOrder['assets']
  readonly singleLimit?: Amount<CryptoAsset>
  readonly status: MandateStatus
  readonly reason?: MandateReason
  readonly offer?: MandateOffer
  readonly signed?: SignedMandate
  readonly createdAt: number
  readonly signedAt?: number
  readonly endedAt?: number
}

import type { Amount } from '@tolem/money/amount'
import type { AuthorizationId, BankId, CardToken } from './ids.ts'

/** What a cardholder is doing (ISO 8583 processing code, first two digits). */
export const AUTHORIZATION_TYPES = [
  'purchase',
  'cash_withdrawal',
  'purchase_with_cashback',
  'account_verification',
  'quasi_cash',
] as const
export type AuthorizationType = (typeof AUTHORIZATION_TYPES)[number]

/** Where a card is used. */
export const TERMINAL_TYPES = ['pos', 'atm', 'ecommerce', 'mail_or_phone', 'unattended'] as const
export type TerminalType = (typeof TERMINAL_TYPES)[number]

/** How the card was read (DE22, first two digits). */
export const ENTRY_MODES = [
  'manual',
  'magnetic_stripe',
  'chip',
  'contactless',
  'credential_on_file',
  'fallback',
  'ecommerce',
] as const
export type EntryMode = (typeof ENTRY_MODES)[number]

/**
 * What identifies one network message for ever, together with its bank and its kind: the data elements that a repeat
 * keeps. `localDateTime` is the terminal's own date and time (DE12/13), `YYYY-MM-DDThh:mm:ss`, which never changes
 * through the life of the message.
 */
export type NetworkKey = {
  readonly acquirerId: string
  readonly terminalId: string
  readonly systemTraceAuditNumber: string
  readonly retrievalReferenceNumber: string
  readonly localDateTime: string
}

/** The key as one text, as the database holds it. Its parts hold no `/`, so two keys are equal only part by part. */
export function networkKeyText(key: NetworkKey): string {
  return [
    key.localDateTime,
    key.acquirerId,
    key.terminalId,
    key.systemTraceAuditNumber,
    key.retrievalReferenceNumber,
  ].join('/')
}

/** The calls that carry a network key. Each kind has keys of its own: an advice may bear its request's numbers. */
export const MESSAGE_KINDS = [
  'authorization',
  'increment',
  'advice',
  'reversal',
  'clearing',
  'refund',
] as const
export type MessageKind = (typeof MESSAGE_KINDS)[number]

/** The kinds of messages that take money, and that a later message can name as its original. */
export const ORIGINAL_KINDS = ['authorization', 'increment', 'advice'] as const
export type OriginalKind = (typeof ORIGINAL_KINDS)[number]

/** How a later message names the one that it is about (DE90, whose first part is the original's message type). */
export type OriginalReference =
  | { readonly kind: 'by_id'; readonly authorizationId: AuthorizationId }
  | {
      readonly kind: 'by_key'
      readonly messageKind: OriginalKind
      readonly networkKey: NetworkKey
    }

/**
 * A request for money as we understood it: checked, in exact amounts, and known to come from `bank`. An increment is a
 * request of its own, with its own network key and quote, that raises what `original` holds.
 */
export type AuthorizationRequest = {
  readonly bank: BankId
  readonly kind: 'authorization' | 'increment'
  /** What an increment raises; absent in a first request. */
  readonly original: OriginalReference | undefined
  readonly type: AuthorizationType
  readonly cardToken: CardToken
  readonly networkKey: NetworkKey
  /** What the cardholder's bank is asked for, cash included, or nothing when no tenge amount was sent. */
  readonly billing: Amount<'KZT'> | undefined
  /** The part of `billing` that is handed out as cash at the till: only in a purchase with cashback. */
  readonly cashback: Amount<'KZT'> | undefined
  readonly isPartialApprovalSupported: boolean
  /** A single message (0200): no clearing follows. */
  readonly isFinal: boolean
  /** An estimate that clearing will change; it is held for longer. */
  readonly isPreauthorization: boolean
  readonly terminalType: TerminalType
  readonly merchantCategoryCode: string
  /** ISO 3166, two letters. */
  readonly merchantCountry: string
  /** SHA-256 over the meaning of the message, without what a repeat may change (`transmittedAt`, `repeat`). */
  readonly fingerprint: Buffer
}

/** Does this request hand out cash, in whole or in part? Cash has its own limits and its own fee. */
export function isCash(type: AuthorizationType): boolean {
  return type === 'cash_withdrawal' || type === 'quasi_cash'
}

import type { Amount } from '@tolem/money/amount'
import type { BankId, CardToken } from './ids.ts'

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

/** An authorization request as we understood it: checked, in exact amounts, and known to come from `bank`. */
export type AuthorizationRequest = {
  readonly bank: BankId
  readonly type: AuthorizationType
  readonly cardToken: CardToken
  readonly networkKey: NetworkKey
  /** What the cardholder's bank is asked for, or nothing when no tenge amount was sent. */
  readonly billing: Amount<'KZT'> | undefined
  readonly terminalType: TerminalType
  readonly merchantCategoryCode: string
  readonly merchantCountry: string
  /** SHA-256 over the meaning of the message, without what a repeat may change (`transmittedAt`, `repeat`). */
  readonly fingerprint: Buffer
}

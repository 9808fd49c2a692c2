import type { Amount } from '@tolem/money/amount'
import type {
  AuthorizationType,
  NetworkKey,
  OriginalReference,
  TerminalType,
} from './authorization.ts'
import type { BankId, CardToken } from './ids.ts'

/** Why the bank decided without us: the 1000 series of reason codes (DE25), by jPOS-CMF's words. */
export const ADVICE_REASONS = [
  'issuer_option',
  'issuer_timed_out',
  'issuer_unavailable',
  'under_floor_limit',
] as const
export type AdviceReason = (typeof ADVICE_REASONS)[number]

/** What an advice did. All of them are answered 00: what the bank decided is always accepted. */
export const ADVICE_OUTCOMES = [
  /** The bank approved: owed from now on, and debited by settlement. */
  'approved',
  /** The bank declined: recorded, nothing moves; its original, if it was still being decided, is stopped. */
  'declined',
  /** Its original had been approved by us for as much: nothing more moves. */
  'already_approved',
  /** Its reversal came first: recorded, nothing moves. */
  'already_reversed',
] as const
export type AdviceOutcome = (typeof ADVICE_OUTCOMES)[number]

/** What a bank tells us that it decided in our place (stand-in). */
export type AdviceRequest = {
  readonly bank: BankId
  /** The request that we did not answer in time, if there was one. */
  readonly original: OriginalReference | undefined
  readonly isApproved: boolean
  readonly reason: AdviceReason
  readonly type: AuthorizationType
  readonly cardToken: CardToken
  readonly billing: Amount<'KZT'>
  /** A single message (0220): no clearing follows. */
  readonly isFinal: boolean
  readonly isPreauthorization: boolean
  readonly terminalType: TerminalType
  readonly merchantCategoryCode: string
  readonly merchantCountry: string
  readonly networkKey: NetworkKey
  readonly fingerprint: Buffer
}

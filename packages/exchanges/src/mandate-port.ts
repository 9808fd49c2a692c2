import type { MandateRail } from '@tolem/domain/card'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type {
  EndResult,
  MandateOrder,
  MandateReference,
  MandateState,
  OfferResult,
} from '@tolem/domain/mandate'
import type { Outcome } from '@tolem/domain/outcome'
import type { CallLimit } from './port.ts'

/** What names a mandate to its exchange: our reference, and what it was signed as where it is signed. */
export type KnownMandate = {
  readonly reference: MandateReference
  readonly exchangeReference?: string
  readonly walletId?: string
  readonly userId?: string
}

/**
 * Mandates at one exchange. No method throws for anything that an exchange or a network can do; each makes at most one
 * HTTP request and never retries.
 */
export type MandatePort = {
  readonly exchange: ExchangeId
  readonly rail: MandateRail
  /** How many assets one mandate may name. */
  readonly mostAssets: number
  /** Asks for the link that the cardholder signs by. Idempotent by the order's reference. */
  offer(order: MandateOrder, limit: CallLimit): Promise<OfferResult>
  /** What the exchange says of it now. */
  find(mandate: KnownMandate, limit: CallLimit): Promise<MandateState>
  /** Ends a signed mandate. One that is ended already is `ended` where the exchange has a word for it. */
  end(mandate: KnownMandate, limit: CallLimit): Promise<EndResult>
}

/** A request that came to us in an exchange's name, as it came. Header names are in lower case. */
export type ReceivedNotice = {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Uint8Array
}

/**
 * What an authentic notice is about. A notice is a hint and never believed: whoever gets one looks the thing up.
 */
export type Notice = {
  /** The exchange's own id of the notice: the same one may come many times. */
  readonly id: string
  readonly about:
    | { readonly kind: 'mandate'; readonly reference: MandateReference }
    | { readonly kind: 'debit' | 'credit'; readonly reference: MovementReference }
    | { readonly kind: 'other' }
}

/** Reads an exchange's notices, checks who signed them and when, and knows what the exchange wants to hear. */
export type NoticePort = {
  readonly exchange: ExchangeId
  readonly rail: MandateRail
  /** `stale`: signed too long ago or ahead of our clock. Never throws. */
  read(
    received: ReceivedNotice,
  ): Promise<Outcome<Notice, 'malformed' | 'bad_signature' | 'stale' | 'unavailable'>>
  /** The answer to a notice that was taken, or to one that was not. */
  answer(taken: boolean): {
    readonly status: number
    readonly contentType: string
    readonly body: string
  }
}

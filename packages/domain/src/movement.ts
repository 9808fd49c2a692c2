import type { Amount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { WalletLink } from './card.ts'
import type { MovementReference } from './ids.ts'

/** Crypto to move from a customer's wallet to the programme, under a reference that is already durable. */
export type DebitOrder = {
  readonly reference: MovementReference
  readonly wallet: WalletLink
  readonly asset: CryptoAsset
  readonly amount: Amount<CryptoAsset>
}

/** Crypto to move back from the programme to the wallet that an earlier debit took it from. */
export type CreditOrder = DebitOrder & {
  readonly debitReference: MovementReference
  /** What the exchange calls that debit; some give back by their own name for it only (Binance Pay, Refund Order). */
  readonly debitExchangeReference?: string
}

/** Why an exchange certainly did not debit; `deadline_exceeded` is our own: it was not asked any more. */
export type DebitRefusal =
  | 'insufficient_funds'
  | 'exchange_refused'
  | 'exchange_unavailable'
  | 'deadline_exceeded'

/**
 * What is known about a debit after asking for it once. Only `debited` may approve. `in_doubt` is everything that is
 * not clearly one of the other two: timeouts, resets, 5xx, unreadable or contradicting answers, "processing".
 * `detail` is for operators: never shown to a bank, never holds a secret.
 */
export type DebitResult =
  | { readonly kind: 'debited'; readonly exchangeReference: string }
  | { readonly kind: 'rejected'; readonly reason: DebitRefusal; readonly detail: string }
  | { readonly kind: 'in_doubt'; readonly detail: string }

/** What is known about a credit after asking for it once. `rejected` certainly did not move anything. */
export type CreditResult =
  | { readonly kind: 'credited'; readonly exchangeReference: string }
  | { readonly kind: 'rejected'; readonly detail: string }
  | { readonly kind: 'in_doubt'; readonly detail: string }

/**
 * What an exchange's own record says about a reference. `not_found` proves nothing before
 * {@link MovementCapabilities.notFoundIsFinalAfterMs}; `executed` is said only of exactly our asset, amount and
 * parties; `contradicted` is a movement under our reference that is not the one we ordered: a person must look.
 * `isUnsent`: the exchange was not asked, because our own limits, a ban or the way to it did not let the call out.
 */
export type LookUpResult =
  | { readonly kind: 'executed'; readonly exchangeReference: string }
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'contradicted'; readonly detail: string }
  | { readonly kind: 'unknown'; readonly detail: string; readonly isUnsent?: true }

/**
 * How long an exchange knows a reference again, so that the same order under the same reference cannot move twice.
 * `while_open`: only until the first order is done (Binance's spot orders); `undocumented` promises nothing.
 */
export type ReferenceUniqueness =
  | { readonly kind: 'for_ever' }
  | { readonly kind: 'for_window'; readonly windowMs: number }
  | { readonly kind: 'while_open' }
  | { readonly kind: 'undocumented' }

/**
 * What an adapter promises about references and look-ups; the conformance suite proves it. The core forbids what is
 * not promised here.
 */
export type MovementCapabilities = {
  readonly reference: ReferenceUniqueness
  /** How long after the order's last moment of validity a look-up's "not found" is the truth. */
  readonly notFoundIsFinalAfterMs: number
  /** Does the exchange itself refuse a request that comes after its validity window? */
  readonly hasValidityWindow: boolean
}

/** May an order first sent at `firstSentAt` be sent again under its reference at `now` without moving twice? */
export function isResendSafe(
  { reference }: Pick<MovementCapabilities, 'reference'>,
  firstSentAt: number,
  now: number,
): boolean {
  if (reference.kind === 'for_ever') return true
  return reference.kind === 'for_window' && now < firstSentAt + reference.windowMs
}

/** Is "not found" the truth about an order that could not be executed after `validUntil` (ms since the epoch)? */
export function isNotFoundFinal(
  capabilities: Pick<MovementCapabilities, 'notFoundIsFinalAfterMs'>,
  validUntil: number,
  now: number,
): boolean {
  return now >= validUntil + capabilities.notFoundIsFinalAfterMs
}

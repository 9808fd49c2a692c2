import type { AdviceBody } from '@tolem/wire/advice'
import type { ClearingBody } from '@tolem/wire/clearing'
import type { RefundBody } from '@tolem/wire/refund'
import type { AuthorizationBody, IncrementBody } from '@tolem/wire/request'
import type { ReversalBody } from '@tolem/wire/reversal'
import { aPurchase, keyOf, newNumbers, TERMINAL_ID } from './messages.ts'

/** How a message names its original: by our id, or by the message itself, of whose network key it then speaks. */
export type OriginalInTest = string | (AuthorizationBody & { readonly messageKind?: never }) | Keyed

/** A message whose key is of another kind than an authorization's. */
export type Keyed = {
  readonly messageKind: 'authorization' | 'increment' | 'advice'
  readonly message: AuthorizationBody | IncrementBody | AdviceBody
}

type PurchaseOptions = Parameters<typeof aPurchase>[1]

const kzt = (value: string) => ({ value, currency: 'KZT' })

/** Cash from a machine: a single message, in full or not at all. */
export function aWithdrawal(cardToken: string, options: PurchaseOptions = {}): AuthorizationBody {
  return aPurchase(cardToken, {
    type: 'cash_withdrawal',
    final: true,
    terminal: { id: TERMINAL_ID, type: 'atm', entryMode: 'chip', pinEntered: true },
    merchant: { id: 'ATM-1', name: 'ATM 1', city: 'Astana', country: 'KZ', categoryCode: '6011' },
    ...options,
  })
}

/** Adds 2,500.00 KZT, unless told, to what `original` holds. */
export function anIncrement(
  cardToken: string,
  original: OriginalInTest,
  options: PurchaseOptions = {},
): IncrementBody {
  return {
    ...aPurchase(cardToken, { amount: '2500.00', ...options }),
    original: originalOf(original),
  }
}

/** The bank approved 12,500.00 KZT in our place, unless told otherwise. */
export function anAdvice(
  cardToken: string,
  {
    original,
    decision = 'approved',
    reason = 'issuer_timed_out',
    ...options
  }: Partial<Pick<AdviceBody, 'decision' | 'reason'>> &
    PurchaseOptions & { readonly original?: OriginalInTest } = {},
): AdviceBody {
  return {
    ...aPurchase(cardToken, options),
    decision,
    reason,
    ...(original !== undefined && { original: originalOf(original) }),
  }
}

/** A new reversal of `original`: in full, or down to `to`. */
export function aReversalOf(
  original: OriginalInTest,
  {
    to,
    reason = to === undefined ? 'customer_cancellation' : 'completed_partially',
  }: { readonly to?: string | undefined; readonly reason?: ReversalBody['reason'] } = {},
): ReversalBody {
  return {
    original: originalOf(original),
    reason,
    ...(to !== undefined && { replacementAmount: kzt(to) }),
    ...envelope(),
  }
}

/** What the original shall amount to from now on. */
export function aPartialReversal(original: OriginalInTest, to: string): ReversalBody {
  return aReversalOf(original, { to })
}

/** A presentment of 12,500.00 KZT, unless told: the last one for `original`, or a force post without one. */
export function aClearing(
  cardToken: string,
  {
    original,
    amount = '12500.00',
    last,
  }: {
    readonly original?: OriginalInTest
    readonly amount?: string
    readonly last?: boolean
  } = {},
): ClearingBody {
  return {
    cardToken,
    clearingAmount: kzt(amount),
    ...(original !== undefined && { original: originalOf(original) }),
    ...(last !== undefined && { last }),
    ...envelope(),
  }
}

/** A refund of 1,000.00 KZT, unless told. */
export function aRefund(
  cardToken: string,
  {
    original,
    amount = '1000.00',
  }: { readonly original?: OriginalInTest; readonly amount?: string } = {},
): RefundBody {
  return {
    cardToken,
    refundAmount: kzt(amount),
    ...(original !== undefined && { original: originalOf(original) }),
    ...envelope(),
  }
}

function envelope() {
  return { acquirerId: '398001', terminalId: TERMINAL_ID, ...newNumbers() }
}

function originalOf(original: OriginalInTest) {
  if (typeof original === 'string') return { authorizationId: original }
  if ('message' in original)
    return { messageKind: original.messageKind, ...keyOf(original.message) }
  return keyOf(original)
}

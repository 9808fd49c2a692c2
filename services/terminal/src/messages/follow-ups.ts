import type { MessageNumbers } from '@tolem/client/message-numbers'
import type { AdviceReason } from '@tolem/domain/advice'
import type { ReversalReason } from '@tolem/domain/reversal'
import type { AdviceBody } from '@tolem/wire/advice'
import type { ClearingBody } from '@tolem/wire/clearing'
import type { RefundBody } from '@tolem/wire/refund'
import type { IncrementBody } from '@tolem/wire/request'
import type { ReversalBody } from '@tolem/wire/reversal'
import { ACQUIRER_ID, purchaseBody, type Sale, saleFields, TILL_ID, tenge } from './sale.ts'

/** How a message names the one that it is about (DE90). */
export type Original = ReversalBody['original']

/** What comes after an original, and where it is sent from. */
type FollowUp = {
  /** Absent: the bank knows of none. */
  readonly original?: Original | undefined
  /** DE41: the original's terminal where that is known, else the till. */
  readonly terminalId?: string | undefined
}

/** Raises an original by a sale's amount. */
export function incrementBody(
  increment: { readonly original: Original; readonly sale: Sale },
  numbers: MessageNumbers,
): IncrementBody {
  return { ...purchaseBody(increment.sale, numbers), original: increment.original }
}

/** Tells what the bank decided in our place. */
export function adviceBody(
  advice: {
    readonly original?: Original | undefined
    readonly sale: Sale
    readonly decision: AdviceBody['decision']
    readonly reason: AdviceReason
  },
  numbers: MessageNumbers,
): AdviceBody {
  const { original, decision, reason } = advice
  return { ...saleFields(advice.sale, numbers), decision, reason, ...(original && { original }) }
}

/** Undoes an original, or lowers it to the tenge of `to`. */
export function reversalBody(
  reversal: FollowUp & {
    readonly original: Original
    readonly reason: ReversalReason
    readonly to?: string | undefined
  },
  numbers: MessageNumbers,
): ReversalBody {
  const { original, reason, to } = reversal
  return {
    original,
    reason,
    ...(to !== undefined && { replacementAmount: tenge(to) }),
    ...senderOf(reversal),
    ...numbers,
  }
}

/** Presents an original, or without one a force post. */
export function clearingBody(
  clearing: FollowUp & {
    readonly cardToken: string
    readonly amount: string
    readonly isLast: boolean
  },
  numbers: MessageNumbers,
): ClearingBody {
  const { original, cardToken, amount, isLast } = clearing
  return {
    ...(original && { original }),
    cardToken,
    clearingAmount: tenge(amount),
    ...(!isLast && { last: false }),
    ...senderOf(clearing),
    ...numbers,
  }
}

/** Gives money back, matched to an original or not. */
export function refundBody(
  refund: FollowUp & { readonly cardToken: string; readonly amount: string },
  numbers: MessageNumbers,
): RefundBody {
  const { original, cardToken, amount } = refund
  return {
    ...(original && { original }),
    cardToken,
    refundAmount: tenge(amount),
    ...senderOf(refund),
    ...numbers,
  }
}

function senderOf({ terminalId = TILL_ID }: FollowUp) {
  return { acquirerId: ACQUIRER_ID, terminalId } as const
}

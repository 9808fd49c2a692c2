import type { ReversalReason } from '@tolem/domain/reversal'
import type { Tiyn } from './state.ts'

/** A message of a bank, as far as money goes. `of` names the message that it is about. */
export type ModelMessage =
  | {
      readonly kind: 'authorize'
      readonly name: string
      readonly amount: Tiyn
      readonly isFinal?: boolean
    }
  | {
      readonly kind: 'increment'
      readonly name: string
      readonly of: string
      readonly amount: Tiyn
    }
  | {
      readonly kind: 'advise'
      readonly name: string
      readonly of?: string
      readonly amount: Tiyn
      readonly isApproved: boolean
    }
  | {
      readonly kind: 'reverse'
      readonly name: string
      readonly of: string
      /** What shall remain; absent: nothing. */
      readonly to?: Tiyn
      readonly reason?: ReversalReason
    }
  | {
      readonly kind: 'clear'
      readonly name: string
      readonly of?: string
      readonly amount: Tiyn
      readonly isLast: boolean
    }
  | { readonly kind: 'refund'; readonly name: string; readonly of?: string; readonly amount: Tiyn }
  /** No message: the hold's time has come, and settlement sees it. */
  | { readonly kind: 'expire'; readonly name: string; readonly of: string }
  /** No messages: the cardholder spends all that is in the wallet, or puts plenty into it. */
  | { readonly kind: 'drain'; readonly name: string }
  | { readonly kind: 'fill'; readonly name: string }

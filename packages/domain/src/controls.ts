import type { Amount } from '@tolem/money/amount'
import type { AuthorizationType, TerminalType } from './authorization.ts'

/** A list of what is allowed or a list of what is denied; absent lists restrict nothing, a denial wins. */
export type AllowAndDeny<T extends string> = {
  readonly allow?: readonly T[]
  readonly deny?: readonly T[]
}

/**
 * In which span amounts and counts add up. Days and months are those of Asia/Almaty; a rolling window reaches back
 * from the very moment of the request.
 */
export type LimitWindow =
  | { readonly kind: 'transaction' }
  | { readonly kind: 'day' }
  | { readonly kind: 'month' }
  | { readonly kind: 'rolling'; readonly hours: number }

/**
 * A cap on what a card does of some types over some channels (all of them where none is named) in one window. `cash`
 * stands for whatever hands out cash: withdrawals, quasi-cash and the cash part of a purchase, of which only that part
 * counts.
 */
export type SpendingLimit = {
  readonly types?: readonly (AuthorizationType | 'cash')[]
  readonly channels?: readonly TerminalType[]
  readonly window: LimitWindow
  readonly amount?: Amount<'KZT'>
  readonly count?: number
}

/** What may be done, at one level: the programme's, a bank's, or a card's. All levels must permit. */
export type Controls = {
  readonly types?: AllowAndDeny<AuthorizationType>
  readonly channels?: AllowAndDeny<TerminalType>
  /** Four digits, or a range such as `5000-5999`. */
  readonly merchantCategories?: AllowAndDeny<string>
  /** ISO 3166, two letters. */
  readonly countries?: AllowAndDeny<string>
  /** Exchange ids of the programme. */
  readonly exchanges?: AllowAndDeny<string>
  readonly limits?: readonly SpendingLimit[]
}

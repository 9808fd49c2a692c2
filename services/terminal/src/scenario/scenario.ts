import type { AdviceReason } from '@tolem/domain/advice'
import type { CardStatus } from '@tolem/domain/card'
import type { ReversalReason } from '@tolem/domain/reversal'
import type { AdviceAnswer, AdviceBody } from '@tolem/wire/advice'
import type { AuthorizationAnswer } from '@tolem/wire/authorization'
import type { ClearingAnswer } from '@tolem/wire/clearing'
import type { RefundAnswer } from '@tolem/wire/refund'
import type { ReversalAnswer } from '@tolem/wire/reversal'
import type { Sale } from '../messages/sale.ts'

/**
 * A story of messages with what must be answered to each. Each playing has a card of its own, `main`, which pays from
 * the wallet of a demo card.
 */
export type Scenario = {
  /** Kebab-case, as it is typed and as its file is called. */
  readonly name: string
  /** What it shows, in one line. */
  readonly title: string
  readonly steps: readonly Step[]
}

/** At least this of an answer; what is not named may be anything. */
export type Part<T> = T extends readonly (infer Item)[]
  ? readonly Part<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Part<T[Key]> }
    : T

/** A name by which later steps, and even earlier ones, speak of a message. */
type MessageName = string

/** `main` unless named. */
type OfCard = { readonly card?: string }

type AuthorizeStep = OfCard & {
  readonly kind: 'authorize'
  readonly name: MessageName
  readonly sale: Omit<Sale, 'cardToken'>
  /** How many copies of the message are sent at once; all of them must get the same bytes. */
  readonly copies?: number
  readonly expect: Part<AuthorizationAnswer>
}

type IncrementStep = {
  readonly kind: 'increment'
  readonly name: MessageName
  readonly of: MessageName
  /** What is added. */
  readonly amount: string
  readonly expect: Part<AuthorizationAnswer>
}

type AdviseStep = OfCard & {
  readonly kind: 'advise'
  readonly name: MessageName
  readonly of?: MessageName
  readonly sale: Omit<Sale, 'cardToken'>
  readonly decision: AdviceBody['decision']
  readonly reason: AdviceReason
  readonly expect: Part<AdviceAnswer>
}

type ReverseStep = {
  readonly kind: 'reverse'
  /** May be a message that is sent only later. */
  readonly of: MessageName
  readonly reason: ReversalReason
  /** What is left of it; absent: nothing. */
  readonly to?: string
  readonly copies?: number
  readonly expect: Part<ReversalAnswer>
}

type ClearStep = OfCard & {
  readonly kind: 'clear'
  /** Absent: a force post. */
  readonly of?: MessageName
  readonly amount: string
  /** `true` unless said. */
  readonly isLast?: boolean
  readonly expect: Part<ClearingAnswer>
}

type RefundStep = OfCard & {
  readonly kind: 'refund'
  /** Absent: unmatched. */
  readonly of?: MessageName
  readonly amount: string
  readonly expect: Part<RefundAnswer>
}

/** Puts a card of this status, with the wallet of all cards of the playing. */
type CardStep = {
  readonly kind: 'card'
  readonly card: string
  readonly status: CardStatus
  readonly expect: { readonly status?: CardStatus }
}

/**
 * Waits until everything that the messages moved at the exchange is final, and then compares: how much of the crypto
 * that was debited stays debited, and in how many debits.
 */
type SettleStep = {
  readonly kind: 'settle'
  readonly of: readonly MessageName[]
  readonly keeps: 'nothing' | 'part' | 'all'
  readonly debits: number
}

/** A step that sends a message with a network key. */
export type MessageStep =
  | AuthorizeStep
  | IncrementStep
  | AdviseStep
  | ReverseStep
  | ClearStep
  | RefundStep

/** A step whose message later ones can be about. */
export type NamedStep = AuthorizeStep | IncrementStep | AdviseStep

/** One step, and in a person's words what happens. */
export type Step = { readonly says: string } & (MessageStep | CardStep | SettleStep)

/** Tenge as an answer has them. */
export function kzt(value: string): { readonly value: string; readonly currency: 'KZT' } {
  return { value, currency: 'KZT' }
}

import type { Deadline } from '@tolem/domain/deadline'
import type { WireAnswer } from '@tolem/wire/problem'
import type { Caller } from './callers.ts'
import type { Message } from './message.ts'

/** A call whose signature held: who calls, what was sent, and until when it must be answered. */
export type Call = {
  readonly caller: Caller
  readonly deadline: Deadline
  readonly message: Message
  /** The named parts of the path. */
  readonly parameters: Readonly<Record<string, string>>
}

/** The calls as metrics and logs name them. */
export type RouteName =
  | 'reverse'
  | 'clear'
  | 'refund'
  | 'advise'
  | 'list_authorizations'
  | 'get_authorization'
  | 'balance_inquiry'
  | 'get_rates'
  | 'get_bank'
  | 'echo'
  | 'put_card'
  | 'put_card_status'
  | 'put_card_controls'
  | 'put_card_wallet_link'
  | 'get_card'
  | 'delete_card_wallet_link'
  | 'post_mandate'
  | 'get_mandate'

/**
 * One call of the bank API, besides those that are decided by `authorize`. The server verifies the signature before it
 * asks for the answer, and answers inside the deadline whatever that does, so that no route can forget to.
 */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly name: RouteName
  readonly answer: (call: Call) => WireAnswer | Promise<WireAnswer>
}

/** What was asked for, as JSON. */
export function json(body: string): WireAnswer {
  return { status: 200, contentType: 'application/json', body }
}

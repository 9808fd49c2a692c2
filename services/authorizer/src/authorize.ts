import type {
  Acceptance,
  EarlyDecline,
  Intent,
  NewAuthorization,
} from '@tolem/authorizations/accept'
import type { Concluded, Conclusion } from '@tolem/authorizations/conclude'
import type { AuthorizationRequest } from '@tolem/domain/authorization'
import type { Card } from '@tolem/domain/card'
import type { Deadline } from '@tolem/domain/deadline'
import type { AuthorizationId, BankId } from '@tolem/domain/ids'
import type { DebitOrder, DebitResult } from '@tolem/domain/movement'
import { decisionAnswer } from '@tolem/wire/authorization'
import type { Parsed } from '@tolem/wire/body'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import type { Caller, Verified } from './callers.ts'
import { concludeDebit, concludeDecline } from './conclusion.ts'
import type { Message } from './message.ts'

/** What the path is joined with. Timing wraps these; the path itself knows no timer, log or metric. */
export type AuthorizePorts = {
  verify(message: Message): Verified
  parse(bank: BankId, body: Uint8Array): Parsed<AuthorizationRequest>
  /** Runs `decide` once for all concurrent copies of a message, and answers each inside its own deadline. */
  answerOnce(
    request: AuthorizationRequest,
    deadline: Deadline,
    decide: (id: AuthorizationId) => Promise<WireAnswer>,
  ): Promise<WireAnswer>
  findCard(request: AuthorizationRequest): Promise<Card | undefined>
  dropCard(request: AuthorizationRequest): void
  /** The checks and the quote. */
  plan(input: {
    readonly id: AuthorizationId
    readonly request: AuthorizationRequest
    readonly caller: Caller
    readonly card: Card | undefined
  }): Intent | EarlyDecline
  accept(item: NewAuthorization): Promise<Acceptance>
  /** Waits for the process that is deciding the same message; `still_running` when it does not in time. */
  awaitOther(item: NewAuthorization, deadline: Deadline): Promise<WireAnswer>
  /** One attempt, inside its slice of the deadline; certainly not sent when the slice is too short. */
  debit(order: DebitOrder, deadline: Deadline): Promise<DebitResult>
  conclude(item: Conclusion): Promise<Concluded>
}

/** How often a card may change between being read and being locked before we give up on it. */
const CARD_READS = 3

/**
 * The path of an authorization, whole: verify signature, parse message, find card, quote, ACCEPT, debit at the exchange,
 * CONCLUDE, respond. Nothing leaves it that is not recorded first, except problems, which change nothing.
 */
export async function authorize(ports: AuthorizePorts, message: Message): Promise<WireAnswer> {
  const verified = ports.verify(message)
  if (!verified.ok) return verified.answer
  const { caller, deadline } = verified

  const parsed = ports.parse(caller.id, message.body)
  if (!parsed.ok) return parsed.answer
  const request = parsed.value

  return ports.answerOnce(request, deadline, async (id) => {
    for (let read = 1; read <= CARD_READS; read += 1) {
      const card = await ports.findCard(request)
      const plan = ports.plan({ id, request, caller, card })
      const { receivedAt, body } = message
      const item = { id, request, receivedAt, requestBody: body.toString(), plan }

      const acceptance = await ports.accept(item)
      if (acceptance.kind === 'card_changed') ports.dropCard(request)
      else if (acceptance.kind === 'replay') return decisionAnswer(acceptance.body)
      else if (acceptance.kind === 'mismatch') return problem('key_reused')
      else if (acceptance.kind === 'in_flight') return ports.awaitOther(item, deadline)
      else if (acceptance.kind === 'declined') return decline(ports, caller, acceptance)
      else if (plan.kind === 'intend') {
        const result = await ports.debit(plan.debit, deadline)
        const { approvalNumber } = acceptance
        const conclusion = concludeDebit({ id, caller, plan, approvalNumber }, result)
        const concluded = await ports.conclude(conclusion)
        return decisionAnswer(concluded.body)
      }
    }
    return problem('unavailable', { detail: 'the card is being changed; send the message again' })
  })
}

/** A decline that ACCEPT recorded: its bytes are there already, or are concluded now. */
async function decline(
  ports: AuthorizePorts,
  caller: Caller,
  { id, reason, body }: Extract<Acceptance, { kind: 'declined' }>,
): Promise<WireAnswer> {
  if (body !== undefined) return decisionAnswer(body)
  const concluded = await ports.conclude(concludeDecline(id, reason, caller))
  return decisionAnswer(concluded.body)
}

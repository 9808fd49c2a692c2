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

/**
 * The path of an authorization, whole: verify signature, parse message, find card, quote, ACCEPT, debit at the
 * exchange, CONCLUDE, respond. Nothing leaves it that is not recorded first, except problems, which change nothing.
 */
export async function authorize(ports: AuthorizePorts, message: Message): Promise<WireAnswer> {
  const verified = ports.verify(message)
  if (!verified.ok) return verified.answer
  const { caller, deadline } = verified

  const parsed = ports.parse(caller.id, message.body)
  if (!parsed.ok) return parsed.answer
  const request = parsed.value

  return ports.answerOnce(request, deadline, async (id) => {
    const { item, acceptance } = await planAndAccept(ports, { id, request, caller, message })
    const { plan } = item
    if (acceptance.kind !== 'accepted' || plan.kind !== 'intend')
      return answerWithoutDebit(ports, { item, acceptance, caller, deadline })

    const result = await ports.debit(plan.debit, deadline)
    const { approvalNumber } = acceptance
    return conclude(ports, caller, concludeDebit({ id, caller, plan, approvalNumber }, result))
  })
}

/** How often a card may change between being read and being locked before we give up on it. */
const CARD_READS = 3

/** Find card, quote, ACCEPT; once more from the start when the card changed under our feet. */
async function planAndAccept(
  ports: AuthorizePorts,
  { message, ...known }: PlanParts & { readonly message: Message },
): Promise<{ readonly item: NewAuthorization; readonly acceptance: Acceptance }> {
  const { id, request } = known
  for (let read = 1; ; read += 1) {
    const card = await ports.findCard(request)
    const plan = ports.plan({ ...known, card })
    const { receivedAt, body } = message
    const item = { id, request, receivedAt, requestBody: body.toString(), plan }
    const acceptance = await ports.accept(item)
    if (acceptance.kind !== 'card_changed' || read === CARD_READS) return { item, acceptance }
    ports.dropCard(request)
  }
}

/** What is answered when nothing is to be debited: a repeat, a decline, or a problem. */
async function answerWithoutDebit(
  ports: AuthorizePorts,
  { item, acceptance, caller, deadline }: Undebited,
): Promise<WireAnswer> {
  switch (acceptance.kind) {
    case 'replay':
      return decisionAnswer(acceptance.body)
    case 'mismatch':
      return problem('key_reused')
    case 'in_flight':
      return ports.awaitOther(item, deadline)
    case 'declined': {
      const { id, reason, body } = acceptance
      if (body !== undefined) return decisionAnswer(body)
      return conclude(ports, caller, concludeDecline(id, reason, caller))
    }
    case 'card_changed':
      return problem('unavailable', { detail: 'the card is being changed' })
    case 'accepted':
      throw new Error('an early decline is never accepted')
  }
}

/** CONCLUDE, and what stands then. Where settlement declined it first, only the bytes of that decline are missing. */
async function conclude(
  ports: AuthorizePorts,
  caller: Caller,
  conclusion: Conclusion,
): Promise<WireAnswer> {
  const concluded = await ports.conclude(conclusion)
  if (concluded.body !== undefined) return decisionAnswer(concluded.body)
  return conclude(ports, caller, concludeDecline(conclusion.id, concluded.reason, caller))
}

type PlanParts = {
  readonly id: AuthorizationId
  readonly request: AuthorizationRequest
  readonly caller: Caller
}

type Undebited = {
  readonly item: NewAuthorization
  readonly acceptance: Acceptance
  readonly caller: Caller
  readonly deadline: Deadline
}

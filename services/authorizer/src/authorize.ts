import type { Acceptance, NewAuthorization, Plan } from '@tolem/authorizations/accept'
import type { Concluded, Conclusion } from '@tolem/authorizations/conclude'
import type { Original } from '@tolem/authorizations/original'
import type { AuthorizationRequest } from '@tolem/domain/authorization'
import type { Card } from '@tolem/domain/card'
import { type Deadline, lastDebitAt } from '@tolem/domain/deadline'
import type { AuthorizationId, BankId } from '@tolem/domain/ids'
import { decisionAnswer } from '@tolem/wire/authorization'
import type { Parsed } from '@tolem/wire/body'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import type { Caller, Verified } from './callers.ts'
import { concludeDebits, concludeDecline } from './conclusion.ts'
import { type FallBackPorts, fallBack } from './fall-back.ts'
import type { Message } from './message.ts'

/** What the path is joined with. Timing wraps these; the path itself knows no timer, log or metric. */
export type AuthorizePorts = FallBackPorts & {
  verify(message: Message): Verified
  /** Of authorizations, or of increments. */
  parse(bank: BankId, body: Uint8Array): Parsed<AuthorizationRequest>
  /** Runs `decide` once for all concurrent copies of a message, and answers each inside its own deadline. */
  answerOnce(
    request: AuthorizationRequest,
    deadline: Deadline,
    decide: (id: AuthorizationId) => Promise<WireAnswer>,
  ): Promise<WireAnswer>
  /** What an increment raises; nothing when its bank has no such authorization. */
  findOriginal(request: AuthorizationRequest): Promise<Original | undefined>
  findCard(request: AuthorizationRequest): Promise<Card | undefined>
  dropCard(request: AuthorizationRequest): void
  /** The checks and the quote. */
  plan(input: {
    readonly id: AuthorizationId
    readonly request: AuthorizationRequest
    readonly caller: Caller
    readonly card: Card | undefined
    readonly original: Original | undefined
    readonly isCashDropped: boolean
  }): Plan
  accept(item: NewAuthorization): Promise<Acceptance>
  /** Waits for the process that is deciding the same message; `still_running` when it does not in time. */
  awaitOther(item: NewAuthorization, deadline: Deadline): Promise<WireAnswer>
  conclude(item: Conclusion): Promise<Concluded>
}

/**
 * The path of an authorization, whole: verify signature, parse message, find card, quote, ACCEPT, debit at the
 * exchange, CONCLUDE, respond. Several debits are asked for at once, and only all of them approve. Only a wallet that
 * is short, of one asset or for a terminal that takes less than it asked for, can lead off it, to a second attempt.
 * Nothing leaves it that is not recorded first, except problems, which change nothing.
 */
export async function authorize(ports: AuthorizePorts, message: Message): Promise<WireAnswer> {
  const verified = ports.verify(message)
  if (!verified.ok) return verified.answer
  const { caller, deadline } = verified

  const parsed = ports.parse(caller.id, message.body)
  if (!parsed.ok) return parsed.answer
  const request = parsed.value

  return ports.answerOnce(request, deadline, async (id) => {
    const { item, acceptance } = await planAndAccept(ports, {
      id,
      request,
      caller,
      message,
      deadline,
    })
    const { plan, parent } = item
    if (acceptance.kind !== 'accepted' || plan.kind !== 'intend')
      return answerWithoutDebit(ports, { item, acceptance, caller, deadline })

    const orders = plan.debits.map(({ order }) => order)
    const first = { plan, results: await ports.debit(orders, deadline) }
    const last = await fallBack(ports, first, { item, caller, deadline })
    const { approvalNumber } = acceptance
    const accepted = { id, caller, parent, isFinal: request.isFinal, approvalNumber }
    return conclude(ports, caller, concludeDebits({ ...accepted, plan: last.plan }, last.results))
  })
}

/** How often a card may change between being read and being locked before we give up on it. */
const CARD_READS = 3

type Accepted = {
  readonly item: NewAuthorization
  readonly acceptance: Exclude<Acceptance, { kind: 'cash_refused' }>
}

/**
 * Find card, quote, ACCEPT; once more from the start when the card changed under our feet, or without the cash of a
 * purchase when only that is too much.
 */
async function planAndAccept(
  ports: AuthorizePorts,
  {
    message,
    deadline,
    ...known
  }: PlanParts & { readonly message: Message; readonly deadline: Deadline },
): Promise<Accepted> {
  const { id, request } = known
  const { receivedAt, body } = message
  const original = request.original && (await ports.findOriginal(request))
  let isCashDropped = false
  for (let read = 1; ; ) {
    const card = await ports.findCard(request)
    const plan = ports.plan({ ...known, card, original, isCashDropped })
    const parent = original?.id
    // What is to debit nothing is of use for as long as it can be answered.
    const usefulUntil = plan.kind === 'intend' ? lastDebitAt(deadline) : deadline.at
    const requestBody = body.toString()
    const item = { id, request, receivedAt, requestBody, parent, plan, usefulUntil }
    const acceptance = await ports.accept(item)
    if (acceptance.kind === 'cash_refused') {
      isCashDropped = true
      continue
    }
    if (acceptance.kind !== 'card_changed' || read === CARD_READS) return { item, acceptance }
    ports.dropCard(request)
    read += 1
  }
}

/** What is answered when nothing is to be debited: a repeat, a verification, a decline, or a problem. */
async function answerWithoutDebit(
  ports: AuthorizePorts,
  { item, acceptance, caller, deadline }: Undebited,
): Promise<WireAnswer> {
  switch (acceptance.kind) {
    case 'replay':
    case 'verified':
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
      throw new Error('what is to move nothing is never accepted')
  }
}

/**
 * CONCLUDE, and what stands then. Where a later message overtook it, or settlement declined it first, only the bytes of
 * that decline are missing.
 */
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

type Undebited = Accepted & {
  readonly caller: Caller
  readonly deadline: Deadline
}

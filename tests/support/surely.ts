import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '@tolem/client'
import type { AuthorizationAnswer } from '@tolem/wire/authorization'
import type { AuthorizationBody } from '@tolem/wire/request'
import { decide, type Reply } from './stack.ts'

/** What came of a purchase in the end, and of those that were made in vain before it. */
export type Bought = {
  readonly message: AuthorizationBody
  /** The first reply to it, which may be that there is no decision yet. */
  readonly reply: Reply
  readonly answer: AuthorizationAnswer
  /** How many were declined before it, and of how many of those the exchange may have executed a debit. */
  readonly declined: number
  readonly doubtful: number
}

/** What a service that has just started, or one on a busy machine, declines with: it says nothing of the card. */
const NOT_NOW: ReadonlySet<string | undefined> = new Set([
  'deadline_exceeded',
  'exchange_in_doubt',
  'exchange_unavailable',
  'rate_unavailable',
])

const TRIES = 20
const AGAIN_AFTER_MS = 100

/** Buys with a new purchase each time, until the machine is no reason any more: then its decision is what it is. */
export async function buyInTime(bank: Client, aNew: () => AuthorizationBody): Promise<Bought> {
  let doubtful = 0
  for (let declined = 0; ; declined += 1) {
    const message = aNew()
    const { reply, answer } = await decide(bank, message)
    if (!NOT_NOW.has(answer.reason) || declined + 1 === TRIES)
      return { message, reply, answer, declined, doubtful }
    if (answer.reason === 'exchange_in_doubt') doubtful += 1
    await delay(AGAIN_AFTER_MS)
  }
}

/**
 * The same, for what must be approved then.
 *
 * @throws with the answer, when it is not.
 */
export async function buyUntilApproved(
  bank: Client,
  aNew: () => AuthorizationBody,
): Promise<Bought> {
  const bought = await buyInTime(bank, aNew)
  if (bought.answer.decision === 'approved') return bought
  throw new Error(`not approved: ${JSON.stringify(bought.answer)}`)
}

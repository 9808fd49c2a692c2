import type { Client } from '@tolem/client'
import type { AdviceAnswer, AdviceBody } from '@tolem/wire/advice'
import type { AuthorizationAnswer } from '@tolem/wire/authorization'
import type { ClearingAnswer, ClearingBody } from '@tolem/wire/clearing'
import type { RefundAnswer, RefundBody } from '@tolem/wire/refund'
import type { AuthorizationBody, IncrementBody } from '@tolem/wire/request'
import type { ReversalAnswer, ReversalBody } from '@tolem/wire/reversal'
import type { Reply } from '../stack.ts'

/** What each call of the bank API takes and answers. */
type Calls = {
  readonly authorizations: {
    readonly body: AuthorizationBody
    readonly answer: AuthorizationAnswer
  }
  readonly increments: { readonly body: IncrementBody; readonly answer: AuthorizationAnswer }
  readonly advices: { readonly body: AdviceBody; readonly answer: AdviceAnswer }
  readonly reversals: { readonly body: ReversalBody; readonly answer: ReversalAnswer }
  readonly clearings: { readonly body: ClearingBody; readonly answer: ClearingAnswer }
  readonly refunds: { readonly body: RefundBody; readonly answer: RefundAnswer }
}

export type CallName = keyof Calls
export type BodyOf<Name extends CallName> = Calls[Name]['body']
export type AnswerOf<Name extends CallName> = Calls[Name]['answer']

/** Signs and sends one message, and gives the exact reply. Rejects when none came. */
export async function post(client: Client, name: CallName, body: object): Promise<Reply> {
  return client.send({ method: 'POST', path: `/v1/${name}`, body: JSON.stringify(body) })
}

/** How often a bank repeats what could not be recorded in time. */
const REPEATS = 40

/**
 * Sends a message as a bank does: where the reply says that nothing could be recorded in time, which a busy machine can
 * cause, it repeats the message until it was.
 */
export async function tell(client: Client, name: CallName, body: object): Promise<Reply> {
  let reply = await post(client, name, body)
  for (let count = 0; reply.status === 503 && count < REPEATS; count += 1)
    reply = await post(client, name, { ...body, repeat: true })
  return reply
}

/** The same, for what must have been answered. */
export async function ask<Name extends CallName>(
  client: Client,
  name: Name,
  body: BodyOf<Name>,
): Promise<AnswerOf<Name>> {
  return answerTo(await tell(client, name, body))
}

/** The answer in a reply; throws when it is a problem. */
export function answerTo<Name extends CallName>({ status, body }: Reply): AnswerOf<Name> {
  if (status !== 200) throw new Error(`no answer: ${status} ${body}`)
  return JSON.parse(body)
}

import type { Client } from '@tolem/client'
import {
  aClearing,
  anAdvice,
  anIncrement,
  aRefund,
  aReversalOf,
  type OriginalInTest,
} from '../life-messages.ts'
import { aPurchase } from '../messages.ts'
import type { ModelMessage } from '../model/message.ts'
import type { ModelAnswer } from '../model/state.ts'
import type { Reply, TestCard } from '../stack.ts'
import { type BodyOf, type CallName, post, tell } from './calls.ts'
import { readAnswer, writeTenge } from './words.ts'

/** A message that goes over the wire. */
export type SentMessage = Exclude<ModelMessage, { readonly kind: 'expire' | 'drain' | 'fill' }>

/** What was sent under a name, and what came of it. */
export type Sent = {
  readonly call: CallName
  readonly reply: Reply
  readonly answer: ModelAnswer
  /** Of the authorization record that the message made or cleared. */
  readonly authorizationId?: string
}

/** The messages of one card in the model's words, on the wire. */
export type CardLife = {
  readonly client: Client
  readonly card: TestCard
  /** Everything that was answered, by the model's name. */
  readonly sent: ReadonlyMap<string, Sent>
  /** Gives a message its network key before it is sent, so that others can name it. */
  prepare(message: SentMessage): void
  /** Sends a message until it is answered, and keeps the answer. */
  send(message: SentMessage): Promise<Sent>
  /** Sends a known message once more, as it was or changed, and gives the exact reply. */
  again(name: string, change?: (body: BodyOf<CallName>) => object): Promise<Reply>
}

const CALLS = {
  authorize: 'authorizations',
  increment: 'increments',
  advise: 'advices',
  reverse: 'reversals',
  clear: 'clearings',
  refund: 'refunds',
} as const satisfies Record<SentMessage['kind'], CallName>

/** What a message can be named as, where it can be named by its key. */
const KINDS = {
  authorizations: 'authorization',
  increments: 'increment',
  advices: 'advice',
} as const

type Prepared = { readonly call: CallName; readonly body: BodyOf<CallName> }

/** `namesById` is asked for each message whether it names its original by our id, where that is known. */
export function liveCard(
  client: Client,
  card: TestCard,
  namesById: () => boolean = () => false,
): CardLife {
  const sent = new Map<string, Sent>()
  const prepared = new Map<string, Prepared>()

  function prepare(message: SentMessage): Prepared {
    const known = prepared.get(message.name)
    if (known) return known
    const body = writeMessage(card.token, message, nameOf)
    const made = { call: CALLS[message.kind], body }
    prepared.set(message.name, made)
    return made
  }

  function nameOf(name: string): OriginalInTest {
    const id = sent.get(name)?.authorizationId
    const original = prepared.get(name)
    const key = original && keyedAs(original)
    if (id !== undefined && (!key || namesById())) return id
    if (!key) throw new Error(`${name} was neither answered nor has it a key`)
    return key
  }

  return {
    client,
    card,
    sent,
    prepare: (message) => void prepare(message),
    send: async (message) => {
      const { call, body } = prepare(message)
      const reply = await tell(client, call, body)
      const heard = { call, reply, ...readAnswer(call, reply) }
      sent.set(message.name, heard)
      return heard
    },
    again: (name, change = (body) => body) => {
      const known = prepared.get(name)
      if (!known) throw new Error(`${name} was never sent`)
      return post(client, known.call, change(known.body))
    },
  }
}

function keyedAs({ call, body }: Prepared): OriginalInTest | undefined {
  if (!('transactionAmount' in body)) return undefined
  const messageKind = KINDS[call as keyof typeof KINDS]
  return messageKind && { messageKind, message: body }
}

/** A message in the words of the API; `nameOf` says how it names its original. */
function writeMessage(
  token: string,
  message: SentMessage,
  nameOf: (name: string) => OriginalInTest,
): BodyOf<CallName> {
  const of = 'of' in message ? message.of : undefined
  const named = of === undefined ? {} : { original: nameOf(of) }
  switch (message.kind) {
    case 'authorize':
      return aPurchase(token, {
        amount: writeTenge(message.amount),
        final: message.isFinal ?? false,
      })
    case 'increment':
      return anIncrement(token, nameOf(message.of), { amount: writeTenge(message.amount) })
    case 'advise': {
      const decision = message.isApproved ? 'approved' : 'declined'
      return anAdvice(token, { amount: writeTenge(message.amount), decision, ...named })
    }
    case 'reverse':
      return aReversalOf(nameOf(message.of), {
        ...(message.to !== undefined && { to: writeTenge(message.to) }),
        ...(message.reason !== undefined && { reason: message.reason }),
      })
    case 'clear':
      return aClearing(token, {
        amount: writeTenge(message.amount),
        last: message.isLast,
        ...named,
      })
    case 'refund':
      return aRefund(token, { amount: writeTenge(message.amount), ...named })
  }
}

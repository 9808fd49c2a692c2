import { setTimeout as delay } from 'node:timers/promises'
import type { AuthorizationBody } from '@tolem/wire/request'
import type { CallName } from '../support/life/calls.ts'
import {
  aClearing,
  anAdvice,
  anIncrement,
  aRefund,
  aReversalOf,
  aWithdrawal,
} from '../support/life-messages.ts'
import { aPurchase } from '../support/messages.ts'
import type { TestCard } from '../support/stack.ts'
import type { Message, Processor } from './processor.ts'
import { add, type Tally } from './tally.ts'

/** What banks' customers do all day. */
export type Traffic = {
  readonly cards: readonly TestCard[]
  readonly processor: Processor
  readonly tally: Tally
  /** In [0, 1). */
  readonly random: () => number
}

/** Of an authorization: then it is reversed instead. Of everything else, which a bank never gives up. */
const ATTEMPTS = 3
const ATTEMPTS_OF_DUTIES = 200

/** Lives under way at once, beyond which nothing begins: where nobody answers, nothing may pile up. */
const MOST_AT_ONCE = 1_500

/** Begins `rate` lives a second, whatever becomes of them, until told to stop; resolves when all have ended. */
export async function live(traffic: Traffic, rate: number, stop: AbortSignal): Promise<void> {
  const underWay = new Set<Promise<void>>()
  const startedAt = performance.now()
  let begun = 0
  while (!stop.aborted) {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * rate)
    for (; begun < due; begun += 1) {
      if (underWay.size >= MOST_AT_ONCE) {
        add(traffic.tally.answers, 'held back: too many lives under way')
        continue
      }
      const life = liveOne(traffic).catch((error: unknown) => {
        traffic.tally.mistakes.push(`a life broke: ${String(error)}`)
      })
      underWay.add(life)
      void life.finally(() => underWay.delete(life))
    }
    await delay(5)
  }
  while (underWay.size > 0) await Promise.all(underWay)
}

/** One purchase as a bank's processor sees it, with all that may follow; what may go wrong comes at the same time. */
async function liveOne(traffic: Traffic): Promise<void> {
  const { cards, processor, tally, random } = traffic
  const card = cards[Math.floor(random() * cards.length)]
  if (!card) throw new Error('there are no cards')
  const amount = (100 + random() * 29_900).toFixed(2)
  const kind = random()
  const first = random() < 0.5 ? 0 : 1
  const body = kind > 0.98 ? aWithdrawal(card.token, { amount }) : aPurchase(card.token, { amount })
  const message = asMessage(card, 'authorizations', body)
  const duty = dutyOf(traffic, { card, body, first })
  const reverse = () => duty('reversals', aReversalOf(body), { full: true })

  tally.authorizations += 1
  if (kind < 0.04) await reverse()
  const [{ op, reply }] = await Promise.all([
    processor.send(message, ATTEMPTS, first),
    // A network that delivers twice: the copy goes to the other process.
    kind > 0.9 && kind < 0.96 ? processor.sendTo(1 - first, message) : undefined,
    kind >= 0.04 && kind < 0.08 ? reverse() : undefined,
  ])
  if (reply?.status !== 200) {
    await reverse()
    return
  }
  if (kind >= 0.08 && kind < 0.14) await processor.sendTo(1 - first, message, op)
  if (kind >= 0.12 && kind < 0.24) await reverse()
  else if (kind >= 0.24 && JSON.parse(reply.body).decision !== 'declined')
    await liveOn({ traffic, card, body, first, kind })
}

type Duty = (call: CallName, body: object, more?: { readonly full: boolean }) => Promise<void>

/** Sends what follows `body`, until it is answered. */
function dutyOf(
  { processor, tally }: Traffic,
  purchase: { readonly card: TestCard; readonly body: AuthorizationBody; readonly first: number },
): Duty {
  const { card, body, first } = purchase
  const original = { kind: 'authorization', key: keyText(body) }
  return async (call, follower, more) => {
    const names = 'original' in follower && { original }
    const message = { ...asMessage(card, call, follower), ...names, ...more }
    const { reply } = await processor.send(message, ATTEMPTS_OF_DUTIES, first)
    if (reply?.status !== 200)
      tally.mistakes.push(`${call} ${message.key} was never answered: ${reply?.status}`)
  }
}

/** What follows some purchases: clearings, lower, higher and in parts, refunds, increments, stand-ins. */
async function liveOn(purchase: {
  readonly traffic: Traffic
  readonly card: TestCard
  readonly body: AuthorizationBody
  readonly first: number
  readonly kind: number
}): Promise<void> {
  const { traffic, card, body, kind } = purchase
  const duty = dutyOf(traffic, purchase)
  const clear = (percent: bigint, last = true) =>
    duty('clearings', aClearing(card.token, { original: body, amount: share(body, percent), last }))
  const refund = (percent: bigint) =>
    duty('refunds', aRefund(card.token, { original: body, amount: share(body, percent) }))
  if (kind < 0.3) await clear(80n)
  else if (kind < 0.33) await clear(115n)
  else if (kind < 0.36) {
    await clear(30n, false)
    await clear(70n)
    await refund(25n)
  } else if (kind < 0.39) {
    await duty('increments', anIncrement(card.token, body, { amount: share(body, 10n) }))
    await duty('reversals', aReversalOf(body, { to: share(body, 60n) }), { full: false })
  } else if (kind < 0.41) {
    const advice = anAdvice(card.token, { original: body, amount: share(body, 50n) })
    await duty('advices', advice)
  } else if (kind < 0.42) await duty('advices', anAdvice(card.token, { amount: share(body, 50n) }))
  else if (kind < 0.43) await duty('clearings', aClearing(card.token, { amount: share(body, 5n) }))
  else if (kind < 0.45) await duty('reversals', aReversalOf(body, { to: share(body, 40n) }))
}

/** A message of one card as its bank's processor sends it. */
export function asMessage(card: TestCard, call: CallName, body: object): Message {
  return { bank: card.bank, call, body, key: keyText(body as Keyed) }
}

type Keyed = Pick<
  AuthorizationBody,
  'acquirerId' | 'systemTraceAuditNumber' | 'retrievalReferenceNumber' | 'localDateTime'
> & { readonly terminal?: { readonly id: string }; readonly terminalId?: string }

/** The network key as histories write it. */
export function keyText(body: Keyed): string {
  return [
    body.localDateTime,
    body.acquirerId,
    body.terminal?.id ?? body.terminalId,
    body.systemTraceAuditNumber,
    body.retrievalReferenceNumber,
  ].join('/')
}

function share({ transactionAmount }: AuthorizationBody, percent: bigint): string {
  const tiyn = (BigInt(transactionAmount.value.replace('.', '')) * percent) / 100n
  return `${tiyn / 100n}.${String(tiyn % 100n).padStart(2, '0')}`
}

import { setTimeout as delay } from 'node:timers/promises'
import type { AuthorizationBody } from '@tolem/wire/request'
import { inParallel } from './load.ts'
import { aPurchase, aReversal } from './messages.ts'
import { answerIn, type Reply, type Stack, sendAuthorization, type TestCard } from './stack.ts'

/** What one rail was asked for, and what banks were answered. */
export type RailTally = {
  purchases: number
  repeats: number
  reversals: number
  readonly decisions: Map<string, number>
  /** What broke a promise. */
  readonly mistakes: string[]
}

export type RailRun = {
  readonly stack: Stack
  readonly cards: readonly TestCard[]
  readonly purchases: number
  /** In [0, 1). */
  readonly random: () => number
}

const PAYERS = 8
/** Half of what the slowest rail may do: what is given back is a transfer too. */
const PURCHASES_PER_SECOND = 25

/** Pays over one rail, at a steady pace; some purchases are repeated, some reversed, some before they are answered. */
export async function payOverRail(run: RailRun): Promise<RailTally> {
  const decisions = new Map<string, number>()
  const tally: RailTally = { purchases: 0, repeats: 0, reversals: 0, decisions, mistakes: [] }
  await inParallel(PAYERS, async () => {
    while (tally.purchases < run.purchases) {
      tally.purchases += 1
      const pace = delay((PAYERS * 1_000) / PURCHASES_PER_SECOND)
      await payOnce(run, tally)
      await pace
    }
  })
  return tally
}

async function payOnce({ stack, cards, random }: RailRun, tally: RailTally): Promise<void> {
  const card = cards[Math.floor(random() * cards.length)]
  if (!card) throw new Error('there are no cards')
  const bank = stack.bank(card.bank)
  const message = aPurchase(card.token, { amount: (100 + random() * 9_900).toFixed(2) })
  const kind = random()
  const repeat = () => {
    tally.repeats += 1
    return sendAuthorization(bank, { ...message, repeat: true })
  }
  const reverse = async () => {
    tally.reversals += 1
    await bank.reverse(aReversal(message))
  }
  const [reply, copy] = await Promise.all([
    sendAuthorization(bank, message),
    kind < 0.05 ? repeat() : undefined,
    kind >= 0.05 && kind < 0.07 ? reverse() : undefined,
  ])
  count(tally, message, reply)
  if (copy) compare(tally, reply, copy)
  if (kind >= 0.07 && kind < 0.12) compare(tally, reply, await repeat())
  if (kind >= 0.1 && kind < 0.2) await reverse()
}

function count({ decisions, mistakes }: RailTally, message: AuthorizationBody, reply: Reply): void {
  const name = reply.status === 200 ? reasonOf(reply) : `problem ${reply.status}`
  decisions.set(name, (decisions.get(name) ?? 0) + 1)
  if (![200, 409, 503].includes(reply.status))
    mistakes.push(`${message.systemTraceAuditNumber}: ${reply.status} ${reply.body}`)
}

function reasonOf(reply: Reply): string {
  const { decision, reason } = answerIn(reply)
  return reason ?? decision
}

function compare({ mistakes }: RailTally, first: Reply, again: Reply): void {
  if (first.status !== 200 || again.status !== 200 || first.body === again.body) return
  mistakes.push(`a repeat was answered ${again.body} after ${first.body}`)
}

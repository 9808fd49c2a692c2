import type { Client } from '@tolem/client'
import type { Result } from '@tolem/client/result'
import type { AuthorizationAnswer } from '@tolem/wire/authorization'
import type { AuthorizationBody } from '@tolem/wire/request'
import { compareAnswers } from '../agreement.ts'
import { reversalBody } from '../messages/follow-ups.ts'
import { asRepeat, purchaseBody } from '../messages/sale.ts'
import type { Toolbox } from '../toolbox.ts'
import type { Tally } from './tally.ts'

/** A bank that sends, and the cards that it sends for. */
export type Party = { readonly client: Client; readonly cardTokens: readonly string[] }

/** What is sent, in shares of 100 purchases. */
export type Mix = {
  readonly amount: string
  readonly reversalPercent: number
  readonly repeatPercent: number
}

type Deps = {
  readonly toolbox: Toolbox
  readonly tally: Tally
  readonly parties: readonly Party[]
  readonly mix: Mix
}

/**
 * Makes one purchase of a random card, now and then repeated (half of the time while the first copy is still running)
 * and reversed. The purchase's latency counts from `dueAt`; repeats and reversals follow from an answer, not from the
 * schedule, and count from when they are sent.
 */
export function createTraffic(deps: Deps): (dueAt: number) => Promise<void> {
  const { toolbox, tally, parties, mix } = deps
  const { random, monotonicNow } = toolbox.shell
  const isChosen = (percent: number) => random() * 100 < percent

  return async (dueAt) => {
    const { client, cardTokens } = pick(parties, random())
    const cardToken = pick(cardTokens, random())
    const body = purchaseBody({ cardToken, amount: mix.amount }, toolbox.nextNumbers())
    const isRepeated = isChosen(mix.repeatPercent)
    const answer = client.authorize(body)
    const early = isRepeated && isChosen(50) ? repeat(deps, client, body) : undefined
    const first = await answer
    tally.countLatency('purchase', monotonicNow() - dueAt)
    tally.countPurchase(first)
    if (isRepeated)
      tally.countRepeat(compareAnswers(first, await (early ?? repeat(deps, client, body))))
    if (isChosen(mix.reversalPercent)) await reverse(deps, client, first)
  }
}

async function repeat(
  { toolbox, tally }: Deps,
  client: Client,
  body: AuthorizationBody,
): Promise<Result<AuthorizationAnswer>> {
  const { now, monotonicNow } = toolbox.shell
  const sentAt = monotonicNow()
  const result = await client.authorize(asRepeat(body, now()))
  tally.countLatency('repeat', monotonicNow() - sentAt)
  return result
}

/** Only what was approved, so that the count says how much was undone. */
async function reverse(
  { toolbox, tally }: Deps,
  client: Client,
  purchase: Result<AuthorizationAnswer>,
): Promise<void> {
  if (purchase.kind !== 'decided' || purchase.answer.decision === 'declined') return
  const { authorizationId } = purchase.answer
  const numbers = toolbox.nextNumbers()
  const sentAt = toolbox.shell.monotonicNow()
  const result = await client.reverse(
    reversalBody({ original: { authorizationId }, reason: 'customer_cancellation' }, numbers),
  )
  tally.countLatency('reversal', toolbox.shell.monotonicNow() - sentAt)
  tally.countReversal(result)
}

function pick<T>(items: readonly T[], chance: number): T {
  const item = items[Math.floor(chance * items.length)]
  if (item === undefined) throw new Error('there is nothing to pick from')
  return item
}

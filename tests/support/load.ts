import { setTimeout as delay } from 'node:timers/promises'
import type { AuthorizationBody } from '@tolem/wire/request'
import { type CallName, post } from './life/calls.ts'
import { aClearing, anAdvice, anIncrement, aPartialReversal, aRefund } from './life-messages.ts'
import { limiter } from './limiter.ts'
import { aPurchase, aReversal } from './messages.ts'
import {
  answerIn,
  BANKS,
  BUDGET_MS,
  type Reply,
  type Stack,
  sendAuthorization,
  type TestCard,
  totalMs,
} from './stack.ts'

const ASSETS = ['USDT', 'USDC', 'BTC', 'ETH', 'SOL', 'TON'] as const

/** The programme's `maximumAgeMs`. */
const MAXIMUM_AGE_MS = 5_000

/** More than any test spends, in whole coins. */
const PLENTY = '1000000'

/** A card at each bank for each asset of each exchange, and one in dollars over each rail. */
export function openAllCards(stack: Stack): Promise<TestCard[]> {
  const atOnce = limiter(4)
  return Promise.all(
    BANKS.flatMap((bank) => [
      ...(['bybit', 'binance'] as const).flatMap((exchange) =>
        ASSETS.map((asset) =>
          atOnce(() => stack.openCard({ bank, exchange, asset, holds: PLENTY })),
        ),
      ),
      ...(['bybit-subaccount', 'binance-pay'] as const).map((rail) =>
        atOnce(() => stack.openCard({ bank, rail, holds: PLENTY })),
      ),
    ]),
  )
}

/** What a message was answered, for comparing with what its repeats are answered later. */
export type Answered = {
  readonly card: TestCard
  readonly message: AuthorizationBody
  readonly reply: Reply | undefined
}

export type Tally = {
  readonly answered: Answered[]
  approved: number
  declined: number
  /** Replies without a decision, by problem, and calls without any reply. */
  readonly undecided: Map<string, number>
  repeats: number
  reversals: number
  /** Messages about purchases that came later: clearings, refunds, increments, advices. */
  followUps: number
  /** What broke a promise, whatever was failing at the time. */
  readonly mistakes: string[]
}

export function newTally(): Tally {
  return {
    answered: [],
    approved: 0,
    declined: 0,
    undecided: new Map(),
    repeats: 0,
    reversals: 0,
    followUps: 0,
    mistakes: [],
  }
}

/**
 * One purchase as banks make them: most are paid, some are repeated at once or afterwards, some are reversed
 * afterwards, at the same time or even before. `random` is in [0, 1). Never throws: what breaks a promise is written
 * into the tally.
 */
export async function makeMixedPurchase(
  {
    stack,
    cards,
    tally,
  }: { readonly stack: Stack; readonly cards: readonly TestCard[]; readonly tally: Tally },
  random: () => number,
): Promise<void> {
  const card = cards[Math.floor(random() * cards.length)]
  if (!card) throw new Error('there are no cards')
  const amount = (100 + random() * 49_900).toFixed(2)
  const message = aPurchase(card.token, { amount })
  const kind = random()
  const reverse = () => reverseIt({ stack, card, tally }, message)
  const pay = (repeat = false) =>
    payIt({ stack, card, tally }, repeat ? { ...message, repeat } : message)

  if (kind < 0.05) await reverse()
  const [reply, copy] = await Promise.all([
    pay(),
    kind > 0.9 ? pay(true) : undefined,
    kind >= 0.05 && kind < 0.1 ? reverse() : undefined,
  ])
  count(tally, reply)
  tally.answered.push({ card, message, reply })
  if (copy) compare(tally, reply, copy)
  if (kind >= 0.1 && kind < 0.2) compare(tally, reply, await pay(true))
  if (kind >= 0.15 && kind < 0.3) await reverse()
  if (kind >= 0.3) await liveOn({ stack, card, tally }, { message, kind })
}

/** What follows some purchases days later: their clearing, lower or higher, refunds, increments, and stand-ins. */
async function liveOn(
  { stack, card, tally }: Payer,
  { message, kind }: { readonly message: AuthorizationBody; readonly kind: number },
): Promise<void> {
  const client = stack.bank(card.bank)
  const tell = async (call: CallName, body: object) => {
    tally.followUps += 1
    // No answer came: the message may have arrived or not, and the books must be whole either way.
    await post(client, call, body).catch(() => undefined)
  }
  const clear = async (amount: string, last = true) =>
    tell('clearings', aClearing(card.token, { original: message, amount, last }))
  const share = (percent: bigint) => {
    const tiyn = (BigInt(message.transactionAmount.value.replace('.', '')) * percent) / 100n
    return `${tiyn / 100n}.${String(tiyn % 100n).padStart(2, '0')}`
  }
  if (kind < 0.36) await clear(share(80n))
  else if (kind < 0.4) await clear(share(115n))
  else if (kind < 0.44) {
    await clear(share(30n), false)
    await clear(share(70n))
    await tell('refunds', aRefund(card.token, { original: message, amount: share(25n) }))
  } else if (kind < 0.47) {
    await tell('increments', anIncrement(card.token, message, { amount: share(10n) }))
    await tell('reversals', aPartialReversal(message, share(60n)))
  } else if (kind < 0.49)
    await tell('advices', anAdvice(card.token, { amount: share(50n), original: message }))
}

type Payer = { readonly stack: Stack; readonly card: TestCard; readonly tally: Tally }

async function payIt(
  { stack, card, tally }: Payer,
  message: AuthorizationBody,
): Promise<Reply | undefined> {
  try {
    const reply = await sendAuthorization(stack.bank(card.bank), message)
    const total = totalMs(reply)
    if (total > BUDGET_MS) tally.mistakes.push(`answered ${reply.status} after ${total} ms`)
    checkRate(reply, tally)
    return reply
  } catch {
    // Nothing listens or the connection broke: no answer, which the tally counts.
    return undefined
  }
}

/** No approval rests on a rate that was too old, whatever fails. */
function checkRate(reply: Reply, { mistakes }: Tally): void {
  if (reply.status !== 200) return
  for (const { quote } of answerIn(reply).funding ?? [])
    if (quote.ageMs > MAXIMUM_AGE_MS) mistakes.push(`approved at a rate ${quote.ageMs} ms old`)
}

async function reverseIt({ stack, card, tally }: Payer, message: AuthorizationBody): Promise<void> {
  tally.reversals += 1
  await stack.bank(card.bank).reverse(aReversal(message))
}

function count(tally: Tally, reply: Reply | undefined): void {
  if (reply?.status === 200) {
    if (answerIn(reply).decision === 'approved') tally.approved += 1
    else tally.declined += 1
    return
  }
  const name = reply === undefined ? 'no reply' : String(JSON.parse(reply.body).type)
  tally.undecided.set(name, (tally.undecided.get(name) ?? 0) + 1)
  const isDocumented = name.startsWith('/problems/') && [409, 503].includes(reply?.status ?? 0)
  if (reply !== undefined && !isDocumented)
    tally.mistakes.push(`answered ${reply.status} ${reply.body}`)
}

/** Two decisions about one message are one. */
function compare(tally: Tally, first: Reply | undefined, again: Reply | undefined): void {
  tally.repeats += 1
  if (first?.status !== 200 || again?.status !== 200 || first.body === again.body) return
  tally.mistakes.push(`a repeat was answered ${again.body} after ${first.body}`)
}

/** Time between two purchases of one payer: where nothing answers, a payer must not spin. */
const PACE_MS = 15

/** Pays with `payers` at once, until `work` is done. */
export async function payUntil(
  traffic: Parameters<typeof makeMixedPurchase>[0],
  random: () => number,
  work: () => Promise<void>,
  payers = 6,
): Promise<void> {
  const done = new AbortController()
  const paying = inParallel(payers, async () => {
    while (!done.signal.aborted) {
      await makeMixedPurchase(traffic, random)
      await delay(PACE_MS)
    }
  })
  try {
    await work()
  } finally {
    done.abort()
    await paying
  }
}

/** The counts of a tally, for people. */
export function tell(tally: Tally): string {
  const { approved, declined, repeats, reversals, followUps, undecided } = tally
  const problems = Object.fromEntries(undecided)
  const counts = { approved, declined, repeats, reversals, followUps, ...problems }
  return JSON.stringify(counts)
}

/** Asks again for every answer that was a decision, `atOnce` at a time: none may have changed. */
export async function repeatAll(stack: Stack, tally: Tally, atOnce = 16): Promise<void> {
  const left = tally.answered.filter(({ reply }) => reply?.status === 200)
  await inParallel(atOnce, async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      const { card, message, reply } = next
      compare(tally, reply, await payIt({ stack, card, tally }, { ...message, repeat: true }))
    }
  })
}

export async function inParallel(count: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, work))
}

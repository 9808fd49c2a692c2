import { setTimeout as wait } from 'node:timers/promises'
import type { WireAnswer } from '@tolem/wire/problem'
import type { Random } from '../machine/random.ts'
import type { BankCard, BankMessage, Messages } from './messages.ts'
import type { Known, Processor } from './processor.ts'

/** What banks' customers do. */
export type Living = {
  readonly cards: readonly BankCard[]
  readonly messages: Messages
  readonly processor: Pick<Processor, 'send'>
  readonly random: Random
}

/** Over which time purchases begin, each hundred of them. */
const SPREAD_MS = 15_000
const ATTEMPTS = 3
const ATTEMPTS_OF_DUTIES = 500

/** So many purchases with all that follows; resolves when each has come to its end. */
export async function live(living: Living, authorizations: number): Promise<void> {
  const spreadMs = (authorizations * SPREAD_MS) / 100
  await Promise.all(
    Array.from({ length: authorizations }, async (_, n) => {
      const random = living.random.fork(`life ${n}`)
      await wait(random.between(0, spreadMs))
      await liveOne({ ...living, random })
    }),
  )
}

async function liveOne(living: Living): Promise<void> {
  const { cards, messages, random } = living
  const card = random.pick(cards)
  const tiyn = 100 * random.below(30_000) + random.below(100) + 1
  const purchase = messages.purchase(card, tiyn)
  const before = random.next()
  if (before < 0.04) {
    await duty(living, messages.advice(card, tiyn), 'unasked')
    return
  }
  if (before < 0.08) await duty(living, messages.reversal(purchase), 'unasked')
  const meanwhile = before < 0.2 ? interfere(living, purchase, tiyn) : undefined
  const decision = await ask(living, purchase)
  await meanwhile
  if (decision === 'unanswered') await giveUp(living, purchase, tiyn)
  if (decision === 'declined' && random.chance(0.3)) await doubt(living, purchase, tiyn)
  if (decision === 'approved') await follow(living, purchase, tiyn)
}

/** Something about a purchase that is still being decided. */
async function interfere(living: Living, purchase: BankMessage, tiyn: number): Promise<void> {
  const { messages, random } = living
  await wait(random.between(0, 120))
  const which = random.next()
  if (which < 0.5) await duty(living, messages.reversal(purchase), 'under way')
  else if (which < 0.7) await living.processor.send(purchase, 'under way')
  else if (which < 0.85) await duty(living, messages.clearing(purchase, tiyn, true), 'under way')
  else await duty(living, messages.advice(purchase.card, tiyn, purchase), 'under way')
}

/** Nobody knows what became of it: nearly always it is reversed, and sometimes the bank decided itself. */
async function giveUp(living: Living, purchase: BankMessage, tiyn: number): Promise<void> {
  const { messages, random } = living
  if (random.chance(0.15))
    await duty(living, messages.advice(purchase.card, tiyn, purchase), 'unanswered')
  else await duty(living, messages.reversal(purchase), 'unanswered')
}

/** A decline that somebody does not believe. */
async function doubt(living: Living, purchase: BankMessage, tiyn: number): Promise<void> {
  const { messages, random, processor } = living
  const which = random.next()
  if (which < 0.5) await processor.send(purchase, 'declined')
  else if (which < 0.8) await duty(living, messages.reversal(purchase), 'declined')
  else await duty(living, messages.clearing(purchase, tiyn, true), 'declined')
}

/** What may follow an approval, sometimes at the same time. */
async function follow(living: Living, purchase: BankMessage, tiyn: number): Promise<void> {
  const { messages, random, processor } = living
  await wait(random.chance(0.5) ? random.between(0, 50) : random.between(0, 4_000))
  const some = Math.max(1, Math.floor(tiyn * random.next()))
  const now = (message: BankMessage) => duty(living, message, 'approved')
  const reverse = () => now(messages.reversal(purchase))
  const courses: readonly (() => Promise<unknown>)[] = [
    async () => Promise.resolve(),
    async () => Promise.resolve(),
    reverse,
    reverse,
    () => now(messages.reversal(purchase, some)),
    () => now(messages.clearing(purchase, tiyn, true)),
    () => now(messages.clearing(purchase, some, true)),
    () => now(messages.clearing(purchase, tiyn + some, true)),
    () => processor.send(purchase, 'approved'),
    () => Promise.all([reverse(), reverse()]),
    () => Promise.all([reverse(), now(messages.clearing(purchase, some, true))]),
    () => Promise.all([reverse(), raise(living, purchase, some)]),
    async () => {
      await now(messages.reversal(purchase, some))
      await now(messages.clearing(purchase, some, true))
    },
    async () => {
      await now(messages.clearing(purchase, some, false))
      await now(messages.clearing(purchase, tiyn, true))
    },
    async () => {
      await now(messages.clearing(purchase, tiyn, true))
      await now(messages.refund(purchase, some))
      await now(messages.refund(purchase, tiyn))
    },
    async () => {
      await raise(living, purchase, some)
      await (random.chance(0.5) ? reverse() : now(messages.clearing(purchase, tiyn + some, true)))
    },
  ]
  await random.pick(courses)()
}

async function raise(living: Living, purchase: BankMessage, tiyn: number): Promise<void> {
  const increment = living.messages.increment(purchase, tiyn)
  const decision = await ask(living, increment)
  if (decision === 'unanswered')
    await duty(living, living.messages.reversal(increment), 'unanswered')
}

/** Asks for money, a few times. */
async function ask(
  { processor, random }: Living,
  message: BankMessage,
): Promise<'approved' | 'declined' | 'unanswered'> {
  let known: Known = 'unasked'
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const answer = await processor.send(message, known)
    if (answer?.status === 200) return isApproval(answer) ? 'approved' : 'declined'
    known = 'unanswered'
    if (random.chance(0.4)) break
    await wait(random.between(10, 400))
  }
  return 'unanswered'
}

/** Sends what a bank never gives up, until it is answered. */
async function duty({ processor, random }: Living, message: BankMessage, known: Known) {
  for (let attempt = 1; attempt <= ATTEMPTS_OF_DUTIES; attempt += 1) {
    const answer = await processor.send(message, known)
    if (answer?.status === 200) return
    await wait(random.between(50, 2_000))
  }
  throw new Error(`${message.call} ${message.number} was never answered`)
}

function isApproval({ body }: WireAnswer): boolean {
  const { decision } = JSON.parse(body) as { readonly decision?: string }
  return decision === 'approved' || decision === 'partially_approved'
}

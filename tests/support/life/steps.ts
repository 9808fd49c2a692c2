import type { CardBody } from '@tolem/wire/card'
import { expect } from 'vitest'
import type { Database } from '../database.ts'
import type { ModelMessage } from '../model/message.ts'
import { type Between, possibleAfter, WORLD_REASONS } from '../model/possible.ts'
import { type Limits, type Money, noMoney } from '../model/state.ts'
import { openPurse } from '../purse.ts'
import { recordOf, type Stack, type TestCard } from '../stack.ts'
import { asPaid } from './as-paid.ts'
import { type CardLife, liveCard } from './card-life.ts'
import { leastDifferences, wasHeard } from './compare.ts'
import type { Plan } from './intents.ts'
import { letCollect, letExpire, standingOf, untilAtRest } from './standing.ts'
import { writeTenge } from './words.ts'

/** How often each kind of step was taken, and what it came to. */
export type Counts = Record<string, number>

/** One card under test: the model's side and the real one. */
export type Subject = {
  readonly life: CardLife
  readonly database: Database
  readonly counts: Counts
  readonly plan: { current: Plan }
  /** Puts into the wallet what the next message shall find there. */
  readonly stock: (message: ModelMessage) => Promise<void>
}

/** Low enough that a few purchases meet them, whose refusals the model must know. */
export const CARD_LIMITS: Limits = { perTransaction: 22_000_00n, dailyAmount: 90_000_00n }

/** Enough for everything that a test owes. */
const PLENTY = '20000'

/** Of three assets that an exchange counts alike: most purchases are more than the first two are worth. */
const LITTLE_OF_SOME = { USDT: '15', USDC: '15', BTC: PLENTY } as const
const PLENTY_OF_ALL = { USDT: PLENTY, USDC: PLENTY, BTC: PLENTY } as const
const NOTHING = { USDT: '0', USDC: '0', BTC: '0' } as const

const LIMITED: Partial<CardBody> = {
  limits: {
    perTransaction: { value: writeTenge(CARD_LIMITS.perTransaction), currency: 'KZT' },
    dailyAmount: { value: writeTenge(CARD_LIMITS.dailyAmount), currency: 'KZT' },
  },
}

/** Which wallet a subject has: of one asset at one of the two exchanges, or of several. */
export type SubjectWallet = TestCard['exchange'] | 'several'

type Wallet = Pick<Subject, 'stock'> & { readonly card: TestCard }

async function openWallet(stack: Stack, wallet: SubjectWallet): Promise<Wallet> {
  if (wallet !== 'several') {
    const card = await stack.openCard({ exchange: wallet, holds: PLENTY, card: LIMITED })
    return { card, stock: () => Promise.resolve() }
  }
  const { card, refill } = await openPurse(stack, LITTLE_OF_SOME, { card: LIMITED })
  return {
    card: { ...card, fill: (coins) => refill(coins === '0' ? NOTHING : PLENTY_OF_ALL) },
    // What is collected is asked of the first asset alone, and would wait for minutes where that is short.
    stock: ({ kind }) =>
      refill(kind === 'authorize' || kind === 'increment' ? LITTLE_OF_SOME : PLENTY_OF_ALL),
  }
}

/** A new card. */
export async function openSubject(
  stack: Stack,
  database: Database,
  { wallet, counts }: { readonly wallet: SubjectWallet; readonly counts: Counts },
): Promise<Subject> {
  const { card, stock } = await openWallet(stack, wallet)
  let asked = 0
  const namesById = () => asked++ % 3 === 0
  const life = liveCard(stack.bank(card.bank), card, namesById)
  const current: Plan = { money: noMoney(CARD_LIMITS), expected: [], next: 1 }
  return { life, database, counts, plan: { current }, stock }
}

export function count(counts: Counts, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1
}

/** Sends one message, or lets a hold's time come, or fills or empties the wallet. */
export async function perform(
  { life, database, plan, stock }: Subject,
  message: ModelMessage,
): Promise<void> {
  const { card } = life
  if (!plan.current.money.isPoor) await stock(message)
  if (message.kind === 'drain') return card.fill('0')
  if (message.kind === 'fill') {
    await card.fill(PLENTY)
    return letCollect(database, card)
  }
  // What was credited is spent at once, and what was refused is not tried again by itself.
  if (plan.current.money.isPoor) {
    await letCollect(database, card, 'later')
    await card.fill('0')
  }
  if (message.kind !== 'expire') {
    await life.send(message)
    return
  }
  const id = life.sent.get(message.of)?.authorizationId
  if (id === undefined) throw new Error(`${message.of} has no record that could expire`)
  await letExpire(database, id)
}

/** Which states are possible, given what follows by itself and what was heard. */
export type Possible = (between: Between) => readonly Money[]

/**
 * Waits until the card is at rest, and compares everything with what is possible by the model. What was found stands
 * from then on.
 *
 * @throws with every difference from the closest possible state.
 */
export async function settleAndCompare(
  subject: Subject,
  possible: Possible,
  { areDecisionsSlow = false, mayOwe = false } = {},
): Promise<Money> {
  const { life, database, plan } = subject
  await untilAtRest(database, life.card, mayOwe)
  const standing = await standingOf(database, life.card)
  const seen = { card: life.card, sent: life.sent, standing }
  const fitting = possible({ areDecisionsSlow, wasHeard: wasHeard(life.sent) })
  // Where no answer fits, the differences are told from what the model would have answered.
  const states = fitting.length > 0 ? fitting : possible({ areDecisionsSlow: false })
  const { money, wrong } = leastDifferences(
    seen,
    states.map((one) => asPaid(one, seen)),
  )
  expect(wrong, `${life.card.token}: what is, and what the model expects`).toEqual([])
  plan.current = { ...plan.current, money }
  return money
}

/** Nothing has changed. */
export async function expectUnchanged(subject: Subject): Promise<void> {
  const { money } = subject.plan.current
  await settleAndCompare(subject, () => [money], { mayOwe: money.isPoor })
}

/** Takes one step to its end: the bank's answer, the record, the ledger and the exchange agree with the model. */
export async function step(subject: Subject, message: ModelMessage): Promise<void> {
  const { life, plan, counts } = subject
  await perform(subject, message)
  const start = plan.current.money
  const mayOwe = message.kind === 'drain' || (start.isPoor && message.kind !== 'fill')
  const possible: Possible = (between) => possibleAfter(start, [message], between)
  const money = await settleAndCompare(subject, possible, { mayOwe })
  const answer = money.answers[message.name]
  const said = answer && 'declined' in answer ? answer.declined : (answer?.kind ?? 'done')
  const outcome = answer && 'outcome' in answer ? answer.outcome : said
  count(counts, `${message.kind}${aboutWhat(start, message)} ${outcome}`)
  if (WORLD_REASONS.some((reason) => reason === said)) count(counts, 'hindered')
  if (debitsOf(money, message.name) > 1) count(counts, 'paid by several')
  await compareRecord(life, message.name)
}

/** How many debits paid for what was approved under a name. */
function debitsOf({ holds }: Money, name: string): number {
  const parts = Object.values(holds).flatMap((hold) => hold.parts)
  const debits = parts.find((part) => part.name === name)?.debits ?? []
  return debits.filter(({ purpose }) => purpose === 'authorization').length
}

/** What tells kinds of one message apart: an increment by its name, and a refund without a purchase. */
function aboutWhat(money: Money, message: ModelMessage): string {
  const of = 'of' in message ? message.of : undefined
  if (of === undefined) return message.kind === 'refund' ? ' of nothing' : ''
  return money.requests[of]?.parent === undefined ? '' : ' of an increment'
}

/** `GET /v1/authorizations/{id}` says what was answered. */
async function compareRecord(life: CardLife, name: string): Promise<void> {
  const sent = life.sent.get(name)
  if (!sent || !['authorizations', 'increments'].includes(sent.call)) return
  const record = await recordOf(life.client, sent.authorizationId ?? '')
  const answer = JSON.parse(sent.reply.body)
  expect(record.answer).toEqual(answer)
  expect(record.state).toBe(answer.decision === 'declined' ? 'declined' : 'approved')
}

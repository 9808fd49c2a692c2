import { apply, collectAll, conclude, declineForTheWorld } from './apply.ts'
import type { ModelMessage } from './message.ts'
import { keyOfMoney, type ModelAnswer, type Money } from './state.ts'

/** What may hinder a debit, whatever the bank sends: then the bank hears so, and nothing has moved in the end. */
export const WORLD_REASONS = [
  'exchange_in_doubt',
  'exchange_unavailable',
  'deadline_exceeded',
  'rate_unavailable',
] as const

/** What happens by itself between two messages, and what is known of it. */
export type Between = {
  /** May a decision still be under way when the next message comes? Otherwise each is made at once. */
  readonly areDecisionsSlow: boolean
  /**
   * Was a message answered so? What was answered otherwise is not followed any further: thousands of states become a
   * few. Without it no exchange fails.
   */
  readonly wasHeard?: (name: string, answer: ModelAnswer) => boolean
}

/** Every state in which money may stand after these messages, seen in this order, and after everything is settled. */
export function possibleAfter(
  start: Money,
  messages: readonly ModelMessage[],
  between: Between,
): readonly Money[] {
  let states: readonly Money[] = [start]
  for (const message of messages)
    states = distinct(
      states
        .flatMap((money) => apply(money, message))
        .filter((money) => isHeard(money, message.name, between))
        .flatMap((money) => drift(money, between)),
    )
  return distinct(states.flatMap((money) => decideAll(money, between)).map(collectAll))
}

/** The same for messages that were sent at once: whatever order they are seen in. */
export function possibleInAnyOrder(
  start: Money,
  messages: readonly ModelMessage[],
  between: Between,
): readonly Money[] {
  return distinct(ordersOf(messages).flatMap((order) => possibleAfter(start, order, between)))
}

/** All orders of a few things; those that are equal are told apart by nobody. */
export function ordersOf<T>(things: readonly T[]): readonly (readonly T[])[] {
  if (things.length < 2) return [things]
  return [...new Set(things)].flatMap((first) => {
    const at = things.indexOf(first)
    return ordersOf(things.toSpliced(at, 1)).map((order) => [first, ...order])
  })
}

/** What may have happened by itself before the next message: decisions, and collections of what is owed. */
function drift(money: Money, between: Between): readonly Money[] {
  const decided = decideAll(money, between)
  const all = between.areDecisionsSlow ? [money, ...decided] : decided
  return all.flatMap((each) => {
    const isOwed = Object.values(each.holds).some(({ parts }) =>
      parts.some(({ exposures }) => exposures.length > 0),
    )
    return isOwed ? [each, collectAll(each)] : [each]
  })
}

function decideAll(money: Money, between: Between): readonly Money[] {
  let states: readonly Money[] = [money]
  for (const [name, { state }] of Object.entries(money.requests)) {
    if (state !== 'accepted') continue
    const reasons = between.wasHeard ? WORLD_REASONS : []
    states = states
      .flatMap((each) => [
        conclude(each, name),
        ...reasons.map((reason) => declineForTheWorld(each, name, reason)),
      ])
      .filter((each) => isHeard(each, name, between))
  }
  return states
}

function isHeard({ answers }: Money, name: string, { wasHeard }: Between): boolean {
  const answer = answers[name]
  return answer === undefined || wasHeard === undefined || wasHeard(name, answer)
}

function distinct(states: readonly Money[]): readonly Money[] {
  if (states.length < 2) return states
  return [...new Map(states.map((money) => [keyOfMoney(money), money])).values()]
}

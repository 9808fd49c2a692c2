import { closeIfEmpty, release } from './hold.ts'
import type { ModelMessage } from './message.ts'
import {
  type Hold,
  holdNameOf,
  least,
  type ModelAnswer,
  type Money,
  newPart,
  type Overtaken,
  openOf,
  type Part,
  type Request,
  type Tiyn,
  withAnswer,
  withHold,
  withRequest,
  withUndone,
} from './state.ts'

/** What the bank decided in our place: owed at once, unless it is about what we approved ourselves. */
export function advise(
  money: Money,
  message: Extract<ModelMessage, { readonly kind: 'advise' }>,
): Money {
  const { name, amount, isApproved, of } = message
  const answer = (outcome: string): ModelAnswer => ({ kind: 'advice', outcome })
  const told = of === undefined ? money : overtake(money, of, 'advised_before_authorization')
  if (!isApproved) {
    const request: Request = { state: 'declined', amount, isFinal: false }
    return withAnswer(withRequest(told, name, request), name, answer('declined'))
  }
  const known = withRequest(told, name, { state: 'approved', amount, isFinal: false })
  if (money.tombstones[name] !== undefined) {
    const part = { ...newPart(name, amount), released: amount }
    const hold: Hold = { parts: [part], closedAs: 'reversed' }
    const undone = withHold(stoppedBy(known, name), name, hold)
    return withAnswer(undone, name, answer('already_reversed'))
  }
  const standing = of === undefined ? undefined : standingPart(money, of)
  if (of !== undefined && standing) {
    const adjusted = adjust(known, standing, amount)
    const aliased = { ...adjusted, aliases: { ...adjusted.aliases, [name]: of } }
    return withAnswer(aliased, name, answer('already_approved'))
  }
  const hold: Hold = { parts: [{ ...newPart(name, amount), exposures: [amount] }] }
  const counted = { ...known, used: known.used + amount }
  return withAnswer(withHold(counted, name, hold), name, answer('approved'))
}

/** What is being decided is stopped; what has not arrived will be. The first reason stays. */
export function overtake(money: Money, of: string, reason: Overtaken): Money {
  const request = money.requests[of]
  if (request?.state === 'accepted')
    return withRequest(money, of, { ...request, overtaken: request.overtaken ?? reason })
  if (request || money.holds[of]) return money
  return { ...money, tombstones: { [of]: reason, ...money.tombstones } }
}

/** Of what a reversal stopped before it came, another reversal finds that. */
export function stoppedBy(money: Money, name: string): Money {
  const isReversed = money.tombstones[name] === 'reversed_before_authorization'
  return isReversed ? withUndone(money, [name]) : money
}

/** What was approved, and neither undone nor expired since. */
function standingPart(money: Money, of: string): Part | undefined {
  const hold = money.holds[holdNameOf(money, of)]
  const isGone = money.undone[of] || hold?.closedAs === 'reversed' || hold?.closedAs === 'expired'
  return isGone ? undefined : hold?.parts.find(({ name }) => name === of)
}

/** The bank's amount is what is kept from now on: more is owed, less is given up as far as it is open. */
function adjust(money: Money, part: Part, amount: Tiyn): Money {
  const holdName = holdNameOf(money, part.name)
  const hold = money.holds[holdName]
  if (!hold || hold.closedAs !== undefined) return money
  const more = amount - (part.approved - part.released)
  if (more > 0n) {
    const raise = (one: Part): Part =>
      one.name === part.name
        ? { ...one, approved: one.approved + more, exposures: [...one.exposures, more] }
        : one
    const [first, ...others] = hold.parts
    const raised = { ...hold, parts: [raise(first), ...others.map(raise)] } as const
    return { ...withHold(money, holdName, raised), used: money.used + more }
  }
  const less = least(-more, openOf(part))
  const closed = closeIfEmpty(release(hold, less, part.name), 'cleared')
  return { ...withHold(money, holdName, closed), used: money.used - less }
}

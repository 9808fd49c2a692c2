import { advise, overtake, stoppedBy } from './advise.ts'
import { closeIfEmpty, collect, present, release } from './hold.ts'
import type { ModelMessage } from './message.ts'
import { refundIt } from './refund.ts'
import {
  type Hold,
  holdNameOf,
  least,
  type ModelAnswer,
  type Money,
  newPart,
  openOfAll,
  type Part,
  type Request,
  sum,
  type Tiyn,
  withAnswer,
  withHold,
  withRequest,
  withUndone,
} from './state.ts'

type Of<Kind extends ModelMessage['kind']> = Extract<ModelMessage, { readonly kind: Kind }>

/**
 * What a message does when it is the next one to be seen: every state that may follow. Most often that is one; where
 * the rules leave two open, a list. An authorization is only accepted by this, and decided by {@link conclude}.
 */
export function apply(money: Money, given: ModelMessage): readonly Money[] {
  const message = meant(money, given)
  switch (message.kind) {
    case 'authorize':
      return authorize(money, message)
    case 'increment':
      return increment(money, message)
    case 'advise':
      return [advise(money, message)]
    case 'reverse':
      return reverse(money, message)
    case 'clear':
      return [clear(money, message)]
    case 'refund':
      return refundIt(money, message)
    case 'expire':
      return [expire(money, message)]
    case 'drain':
      return [{ ...money, isPoor: true }]
    case 'fill':
      return [{ ...money, isPoor: false }]
  }
}

/** An advice about what we had approved stands for that from then on. */
function meant(money: Money, message: ModelMessage): ModelMessage {
  const of = 'of' in message && message.of !== undefined ? money.aliases[message.of] : undefined
  return of === undefined ? message : ({ ...message, of } as ModelMessage)
}

/** The decision about what was accepted: approved, unless something came first. */
export function conclude(money: Money, name: string): Money {
  const request = money.requests[name]
  if (request?.state !== 'accepted') return money
  const { amount, isFinal, overtaken, parent } = request
  if (overtaken !== undefined) return declined(money, name, overtaken)
  if (money.isPoor) return declined(money, name, 'insufficient_funds')
  const decided = withRequest(money, name, { ...request, state: 'approved' })
  const answered = withAnswer(decided, name, { kind: 'decision', approved: amount })
  const part = {
    ...newPart(name, amount, isFinal),
    debits: [{ purpose: 'authorization', billing: amount, steps: [] }] as const,
  }
  if (parent === undefined) return withHold(answered, name, { parts: [part] })
  const hold = money.holds[parent]
  if (!hold || hold.closedAs !== undefined) return declined(money, name, 'original_closed')
  return withHold(answered, parent, { ...hold, parts: [...hold.parts, part] })
}

/** What could not be debited for a reason of the world's, such as an exchange that hangs. Nothing was said before. */
export function declineForTheWorld(money: Money, name: string, reason: string): Money {
  return money.requests[name]?.state === 'accepted' ? declined(money, name, reason) : money
}

/** Settlement debits everything that is owed, once the wallet has it. */
export function collectAll(money: Money): Money {
  if (money.isPoor) return money
  return {
    ...money,
    holds: Object.fromEntries(
      Object.entries(money.holds).map(([name, hold]) => [name, collect(hold)]),
    ),
  }
}

function authorize(money: Money, { name, amount, isFinal }: Of<'authorize'>): readonly Money[] {
  return ask(money, { name, amount, isFinal: isFinal ?? false })
}

function increment(money: Money, { name, amount, of }: Of<'increment'>): readonly Money[] {
  const parent = money.requests[of]
  const hold = money.holds[of]
  // What came first has undone it, whatever else it is declined for.
  const told = stoppedBy(money, name)
  if (!parent && !hold) return [declined(told, name, 'original_not_found')]
  if (!hold || hold.closedAs !== undefined) return [declined(told, name, 'original_closed', of)]
  return ask(money, { name, amount, isFinal: false, parent: of })
}

/** Limits are judged, counted and, where a tombstone waits, not asked: which of two refusals is told is open. */
function ask(
  money: Money,
  { name, ...asked }: Pick<Request, 'amount' | 'isFinal' | 'parent'> & { readonly name: string },
): readonly Money[] {
  const { limits, used } = money
  const tombstone = money.tombstones[name]
  const isTooMuch = asked.amount > limits.perTransaction || used + asked.amount > limits.dailyAmount
  if (isTooMuch || tombstone !== undefined)
    return [
      ...(isTooMuch
        ? [declined(stoppedBy(money, name), name, 'amount_limit_exceeded', asked.parent)]
        : []),
      ...(tombstone !== undefined
        ? [declined(stoppedBy(money, name), name, tombstone, asked.parent)]
        : []),
    ]
  const accepted = withRequest(money, name, { ...asked, state: 'accepted' })
  return [{ ...accepted, used: used + asked.amount }]
}

/** What was counted for it is given back. */
function declined(money: Money, name: string, reason: string, parent?: string): Money {
  const known = money.requests[name]
  const given = known?.state === 'accepted' ? known.amount : 0n
  const unknown = { amount: 0n, isFinal: false, ...(parent !== undefined && { parent }) }
  const request: Request = { ...(known ?? unknown), state: 'declined' }
  const decided = withRequest({ ...money, used: money.used - given }, name, request)
  return withAnswer(decided, name, { kind: 'decision', declined: reason })
}

function reverse(money: Money, message: Of<'reverse'>): readonly Money[] {
  const { name, of } = message
  const request = money.requests[of]
  const told = overtake(money, of, 'reversed_before_authorization')
  const answer = (outcome: string) => withAnswer(told, name, { kind: 'reversal', outcome })
  const hold = money.holds[holdNameOf(money, of)]
  if (!request && !hold) return [answer('recorded_before_original')]
  if (hold && request?.state !== 'accepted' && request?.state !== 'declined')
    return [reverseHold(money, message, hold)]
  if (money.undone[of]) return [answer('already_reversed')]
  if (request?.state === 'declined') return [answer('nothing_to_reverse')]
  return [withUndone(answer('stopped'), [of])]
}

function reverseHold(money: Money, { name, of, to, reason }: Of<'reverse'>, hold: Hold): Money {
  const holdName = holdNameOf(money, of)
  const only = holdName === of ? undefined : of
  const parts = hold.parts.filter((part) => only === undefined || part.name === only)
  const open = openOfAll(parts)
  const kept = sum(parts.map(({ approved, released }) => approved - released))
  const more = least(kept - (to ?? 0n), open)
  if (more <= 0n) {
    const outcome = whyNothingMore(money, of, { hold, parts })
    return withAnswer(money, name, { kind: 'reversal', outcome, released: 0n, held: open })
  }
  const shrunk = release(hold, more, only)
  const undoneAs = reason === 'authorization_expired' ? 'expired' : 'reversed'
  // What is left of a purchase, when less of it or one of its increments is undone, was cleared.
  const isWhole = to === undefined && only === undefined
  const closed = closeIfEmpty(shrunk, isWhole ? undoneAs : 'cleared')
  const answered = withAnswer(money, name, {
    kind: 'reversal',
    outcome: to === undefined ? 'reversed' : 'partially_reversed',
    released: more,
    held: open - more,
  })
  const held = { ...withHold(answered, holdName, closed), used: money.used - more }
  return to === undefined
    ? withUndone(
        held,
        parts.map((part) => part.name),
      )
    : held
}

/** A reversal before it undid all, its time was over, it was cleared, or as much was given up before. */
function whyNothingMore(
  money: Money,
  of: string,
  { hold, parts }: { readonly hold: Hold; readonly parts: readonly Part[] },
): string {
  if (money.undone[of]) return 'already_reversed'
  if (hold.closedAs === 'expired') return 'nothing_to_reverse'
  const isCleared = openOfAll(parts) === 0n && parts.some(({ cleared: claimed }) => claimed > 0n)
  return isCleared ? 'already_cleared' : 'already_reversed'
}

function clear(money: Money, { name, of, amount, isLast }: Of<'clear'>): Money {
  const holdName = of === undefined ? undefined : holdNameOf(money, of)
  const hold = holdName === undefined ? undefined : money.holds[holdName]
  if (holdName === undefined || !hold) {
    const told = of === undefined ? money : overtake(money, of, 'cleared_before_authorization')
    const part = { ...newPart(name, amount), cleared: amount, exposures: [amount] }
    const posted = withHold(told, name, { parts: [part], closedAs: 'cleared' })
    return withAnswer(posted, name, cleared('force_posted', { exposed: amount }))
  }
  const { hold: presented, fromHold, exposed } = present(hold, amount)
  const rest = isLast ? openOfAll(presented.parts) : 0n
  const closed = closeIfEmpty(release(presented, rest), 'cleared')
  const outcome = exposed > 0n ? 'cleared_beyond_hold' : 'cleared'
  const answered = withAnswer(money, name, cleared(outcome, { fromHold, exposed, released: rest }))
  return { ...withHold(answered, holdName, closed), used: money.used - rest }
}

function cleared(
  outcome: string,
  { fromHold = 0n, exposed = 0n, released = 0n }: Readonly<Record<string, Tiyn>>,
): ModelAnswer {
  return { kind: 'clearing', outcome, fromHold, exposed, released }
}

function expire(money: Money, { of }: Of<'expire'>): Money {
  const hold = money.holds[of]
  if (!hold || hold.closedAs !== undefined) return money
  const open = openOfAll(hold.parts)
  const closed = closeIfEmpty(release(hold, open), 'expired')
  return { ...withHold(money, of, closed), used: money.used - open }
}

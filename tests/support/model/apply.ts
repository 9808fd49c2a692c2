import { closeIfEmpty, collect, present, refund, refundableOf, release } from './hold.ts'
import type { ModelMessage } from './message.ts'
import {
  type Hold,
  holdNameOf,
  least,
  type ModelAnswer,
  type Money,
  newPart,
  type Overtaken,
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
export function apply(money: Money, message: ModelMessage): readonly Money[] {
  switch (message.kind) {
    case 'authorize':
      return authorize(money, message)
    case 'increment':
      return increment(money, message)
    case 'advise':
      return advise(money, message)
    case 'reverse':
      return reverse(money, message)
    case 'clear':
      return [clear(money, message)]
    case 'refund':
      return [refundIt(money, message)]
    case 'expire':
      return [expire(money, message)]
  }
}

/** The decision about what was accepted: approved, unless something came first. */
export function conclude(money: Money, name: string): Money {
  const request = money.requests[name]
  if (request?.state !== 'accepted') return money
  const { amount, isFinal, overtaken, parent } = request
  if (overtaken !== undefined) return declined(money, name, overtaken)
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

/** Settlement debits everything that is owed. */
export function collectAll(money: Money): Money {
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

/** Of what a reversal stopped before it came, another reversal finds that. */
function stoppedBy(money: Money, name: string): Money {
  const isReversed = money.tombstones[name] === 'reversed_before_authorization'
  return isReversed ? withUndone(money, [name]) : money
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

function advise(money: Money, message: Of<'advise'>): readonly Money[] {
  const { name, amount, isApproved, of } = message
  const answer = (outcome: string): ModelAnswer => ({ kind: 'advice', outcome })
  const told = of === undefined ? money : overtake(money, of, 'advised_before_authorization')
  if (!isApproved) {
    const request: Request = { state: 'declined', amount, isFinal: false }
    return [withAnswer(withRequest(told, name, request), name, answer('declined'))]
  }
  const known = withRequest(told, name, { state: 'approved', amount, isFinal: false })
  if (money.tombstones[name] !== undefined) {
    const part = { ...newPart(name, amount), released: amount }
    const hold: Hold = { parts: [part], closedAs: 'reversed' }
    const undone = withHold(stoppedBy(known, name), name, hold)
    return [withAnswer(undone, name, answer('already_reversed'))]
  }
  const hold: Hold = { parts: [{ ...newPart(name, amount), exposures: [amount] }] }
  const counted = { ...known, used: known.used + amount }
  return [withAnswer(withHold(counted, name, hold), name, answer('approved'))]
}

/** What is being decided is stopped; what has not arrived will be. The first reason stays. */
function overtake(money: Money, of: string, reason: Overtaken): Money {
  const request = money.requests[of]
  if (request?.state === 'accepted')
    return withRequest(money, of, { ...request, overtaken: request.overtaken ?? reason })
  if (request || money.holds[of]) return money
  return { ...money, tombstones: { [of]: reason, ...money.tombstones } }
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
  const closed = closeIfEmpty(shrunk, reason === 'authorization_expired' ? 'expired' : 'reversed')
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
  const hold = of === undefined ? undefined : money.holds[of]
  if (of === undefined || !hold) {
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
  return { ...withHold(answered, of, closed), used: money.used - rest }
}

function cleared(
  outcome: string,
  { fromHold = 0n, exposed = 0n, released = 0n }: Readonly<Record<string, Tiyn>>,
): ModelAnswer {
  return { kind: 'clearing', outcome, fromHold, exposed, released }
}

function refundIt(money: Money, { name, of, amount }: Of<'refund'>): Money {
  const hold = money.holds[of]
  const decline = (reason: string) => withAnswer(money, name, { kind: 'refund', declined: reason })
  if (!hold) return decline(money.requests[of] ? 'original_closed' : 'original_not_found')
  if (amount > refundableOf(hold.parts)) return decline('refund_exceeds_original')
  const answered = withAnswer(money, name, { kind: 'refund', refunded: amount })
  return withHold(answered, of, refund(hold, amount))
}

function expire(money: Money, { of }: Of<'expire'>): Money {
  const hold = money.holds[of]
  if (!hold || hold.closedAs !== undefined) return money
  const open = openOfAll(hold.parts)
  const closed = closeIfEmpty(release(hold, open), 'expired')
  return { ...withHold(money, of, closed), used: money.used - open }
}

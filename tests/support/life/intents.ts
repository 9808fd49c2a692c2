import fc from 'fast-check'
import { refundableOf } from '../model/hold.ts'
import type { ModelMessage } from '../model/message.ts'
import { holdNameOf, type Money, openOfAll, sum, type Tiyn } from '../model/state.ts'

/** What needs nothing that was there before. */
type NewKind =
  | 'authorize'
  | 'arrive'
  | 'advise'
  | 'post'
  | 'reverse_early'
  | 'advise_early'
  | 'clear_early'
  | 'refund_unmatched'
  | 'drain'

/** What is about something that is there. */
type AboutKind =
  | 'increment'
  | 'reverse'
  | 'lower'
  | 'clear'
  | 'refund'
  | 'expire'
  | 'expire_early'
  | 'advise_about'

/** What somebody wants to do next, before it is known what there is: it becomes a message by {@link resolve}. */
export type Intent = {
  readonly kind: NewKind | AboutKind
  /** Which one of those that it may be about. */
  readonly pick: number
  /** Tiyn of what is asked for anew. */
  readonly amount: Tiyn
  /** Percent of what there is. */
  readonly share: number
  /** Is it the last presentment, a declined advice, a final authorization? */
  readonly flag: boolean
}

/** Kinds with how often each is wanted. */
const KINDS: readonly (readonly [Intent['kind'], number])[] = [
  ['authorize', 6],
  ['arrive', 4],
  ['increment', 4],
  ['advise', 2],
  ['reverse', 3],
  ['lower', 4],
  ['reverse_early', 1],
  ['advise_early', 1],
  ['clear_early', 1],
  ['clear', 6],
  ['post', 1],
  ['refund', 5],
  ['expire', 2],
  ['expire_early', 1],
  ['advise_about', 4],
  ['refund_unmatched', 2],
  ['drain', 3],
]

/** Something that somebody may want: `kinds` restricts it. */
export function anIntent(kinds?: readonly Intent['kind'][]): fc.Arbitrary<Intent> {
  const wanted = KINDS.filter(([kind]) => kinds === undefined || kinds.includes(kind))
  return fc.record({
    kind: fc.oneof(...wanted.map(([kind, weight]) => ({ arbitrary: fc.constant(kind), weight }))),
    pick: fc.nat({ max: 99 }),
    amount: fc.bigInt({ min: 100_00n, max: 25_000_00n }),
    share: fc.integer({ min: 5, max: 140 }),
    flag: fc.boolean(),
  })
}

/** What has been named so far: what is known, and what is only expected. */
export type Plan = {
  readonly money: Money
  /** Authorizations that were named by another message, and have not been sent. */
  readonly expected: readonly Extract<ModelMessage, { kind: 'authorize' }>[]
  /** Every new message gets a number of its own. */
  readonly next: number
}

/** Messages to prepare without sending, then the one to send; nothing where there is nothing to do it to. */
export type Resolved = {
  readonly message: ModelMessage
  readonly expects?: Extract<ModelMessage, { kind: 'authorize' }>
}

/** The message that an intent means now. */
export function resolve(intent: Intent, plan: Plan): Resolved | undefined {
  const { kind } = intent
  // An empty wallet does not stay so for long: too little would happen.
  if (plan.money.isPoor && intent.pick % 4 === 0)
    return { message: { kind: 'fill', name: `m${plan.next}` } }
  if (isNew(kind)) return NEW[kind]({ ...intent, ...plan, name: `m${plan.next}` })
  const of = choose(candidatesFor(kind, plan.money), intent.pick)
  if (of === undefined) return undefined
  const { amount, share, flag } = intent
  const { money } = plan
  const hold = money.holds[holdNameOf(money, of)]?.parts ?? []
  // What names an increment is about that alone, but a presentment.
  const named = hold.filter(({ name }) => money.requests[of]?.parent === undefined || name === of)
  const kept = sum(named.map(({ approved, released }) => approved - released))
  const shareOf = (tiyn: Tiyn) => ((tiyn === 0n ? amount : tiyn) * BigInt(share)) / 100n + 1n
  const about = { name: `m${plan.next}`, of }
  const all: Readonly<Record<AboutKind, ModelMessage>> = {
    increment: { kind: 'increment', ...about, amount },
    reverse: { kind: 'reverse', ...about },
    lower: { kind: 'reverse', ...about, to: shareOf(openOfAll(named)) },
    expire_early: { kind: 'reverse', ...about, reason: 'authorization_expired' },
    clear: { kind: 'clear', ...about, amount: shareOf(openOfAll(hold)), isLast: flag },
    refund: { kind: 'refund', ...about, amount: shareOf(refundableOf(named)) },
    expire: { kind: 'expire', ...about },
    advise_about: {
      kind: 'advise',
      ...about,
      // Every other time as much as we approved.
      amount: flag && kept > 0n ? kept : shareOf(kept),
      isApproved: intent.pick % 7 > 0,
    },
  }
  return { message: all[kind] }
}

type NewParts = Intent & Plan & { readonly name: string }

const NEW: Readonly<Record<NewKind, (parts: NewParts) => Resolved | undefined>> = {
  authorize: ({ name, amount, flag, pick }) => ({
    message: { kind: 'authorize', name, amount, isFinal: flag && pick % 3 === 0 },
  }),
  arrive: ({ expected, pick }) => {
    const message = choose(expected, pick)
    return message && { message }
  },
  advise: ({ name, amount, flag, pick }) => ({
    message: { kind: 'advise', name, amount, isApproved: flag || pick % 2 > 0 },
  }),
  post: ({ name, amount, flag }) => ({ message: { kind: 'clear', name, amount, isLast: flag } }),
  reverse_early: (parts) => early(parts, (of) => ({ kind: 'reverse', name: parts.name, of })),
  advise_early: (parts) => {
    const { name, amount } = parts
    return early(parts, (of) => ({ kind: 'advise', name, of, amount, isApproved: true }))
  },
  clear_early: (parts) => {
    const { name, amount, flag } = parts
    return early(parts, (of) => ({ kind: 'clear', name, of, amount, isLast: flag }))
  },
  refund_unmatched: ({ name, amount }) => ({ message: { kind: 'refund', name, amount } }),
  drain: ({ name, money }) => (money.isPoor ? undefined : { message: { kind: 'drain', name } }),
}

function isNew(kind: Intent['kind']): kind is NewKind {
  return Object.hasOwn(NEW, kind)
}

/** About an authorization that has not come yet. */
function early({ name, amount }: NewParts, messageAbout: (of: string) => ModelMessage): Resolved {
  const of = `${name}-late`
  return { expects: { kind: 'authorize', name: of, amount }, message: messageAbout(of) }
}

function choose<T>(list: readonly T[], pick: number): T | undefined {
  return list[pick % (list.length || 1)]
}

/** What a message of this kind may be about, by name. */
function candidatesFor(kind: AboutKind, money: Money): readonly string[] {
  const known = Object.entries(money.requests)
  const first = known.filter(([, { parent }]) => parent === undefined)
  const asked = first.filter(([name]) => money.answers[name]?.kind === 'decision')
  const names = (list: typeof known) => list.map(([name]) => name)
  if (kind === 'increment') return names(asked.filter(([, { isFinal }]) => !isFinal))
  if (kind === 'refund') return names(known.filter(([name]) => money.answers[name] !== undefined))
  if (kind === 'expire_early') return names(first)
  if (kind !== 'expire') return names(known)
  return names(first).filter((name) => {
    const hold = money.holds[name]
    return hold !== undefined && hold.closedAs === undefined && !hold.parts[0].isFinal
  })
}

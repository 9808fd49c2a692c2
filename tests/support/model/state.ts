/** Tenge in tiyn. The model knows no other unit: what the tenge are in crypto is worked out from it afterwards. */
export type Tiyn = bigint

/**
 * What a debit gave back, in the order in which it did: tenge of its billing, or whatever a refund without a purchase,
 * by its name, took of it.
 */
export type DebitStep =
  | { readonly kind: 'release' | 'refund'; readonly tiyn: Tiyn }
  | { readonly kind: 'unmatched'; readonly by: string }

/** One executed debit: asked for inside the budget, or collected afterwards for what was owed already. */
export type ModelDebit = {
  readonly purpose: 'authorization' | 'collection'
  readonly billing: Tiyn
  readonly steps: readonly DebitStep[]
}

/** One row of money: a first authorization, an increment of it, an advice, a force post. */
export type Part = {
  /** The message that brought it. */
  readonly name: string
  readonly approved: Tiyn
  readonly released: Tiyn
  readonly cleared: Tiyn
  readonly refunded: Tiyn
  readonly isFinal: boolean
  /** What is owed and was not debited yet, one amount for each time that it arose. */
  readonly exposures: readonly Tiyn[]
  readonly debits: readonly ModelDebit[]
}

/** Everything that one authorization holds. Once nothing is open any more it is closed for ever. */
export type Hold = {
  readonly parts: readonly [Part, ...Part[]]
  readonly closedAs?: 'reversed' | 'cleared' | 'expired'
}

/** Why a later message stops one that is still being decided, or that has not arrived yet. */
export type Overtaken = `${'reversed' | 'cleared' | 'advised'}_before_authorization`

/** A message that asked for money, and what became of it. An increment has the first one's name as its parent. */
export type Request = {
  readonly state: 'accepted' | 'approved' | 'declined'
  readonly amount: Tiyn
  readonly isFinal: boolean
  readonly parent?: string
  readonly overtaken?: Overtaken
}

/** What the bank must be answered. Amounts in tiyn. */
export type ModelAnswer =
  | { readonly kind: 'decision'; readonly approved: Tiyn }
  | { readonly kind: 'decision'; readonly declined: string }
  | {
      readonly kind: 'reversal'
      readonly outcome: string
      readonly released?: Tiyn
      readonly held?: Tiyn
    }
  | {
      readonly kind: 'clearing'
      readonly outcome: string
      readonly fromHold: Tiyn
      readonly exposed: Tiyn
      readonly released: Tiyn
    }
  | { readonly kind: 'advice'; readonly outcome: string }
  | { readonly kind: 'refund'; readonly refunded: Tiyn }
  | { readonly kind: 'refund'; readonly declined: string }

/** All that is known of one card's money. Never changed in place. */
export type Money = {
  readonly limits: Limits
  /** What the card has used of its day. */
  readonly used: Tiyn
  readonly requests: Readonly<Record<string, Request>>
  /** Messages that are expected, and the reason for which each will be declined. */
  readonly tombstones: Readonly<Record<string, Overtaken>>
  /** What a full reversal undid or stopped: another one finds that it did. */
  readonly undone: Readonly<Record<string, true>>
  /** By the name of the message that opened it. */
  readonly holds: Readonly<Record<string, Hold>>
  readonly answers: Readonly<Record<string, ModelAnswer>>
  /** Advices about what we had approved, and the request that each stands for. */
  readonly aliases: Readonly<Record<string, string>>
  /** What refunds without a purchase gave back in all. */
  readonly refundedUnmatched: Tiyn
  /** Is the wallet empty? Then nothing can be debited, and what is owed stays. */
  readonly isPoor: boolean
}

/** What the card may do. */
export type Limits = { readonly perTransaction: Tiyn; readonly dailyAmount: Tiyn }

/** A card that nothing was ever asked of. */
export function noMoney(limits: Limits): Money {
  return {
    limits,
    used: 0n,
    requests: {},
    tombstones: {},
    undone: {},
    holds: {},
    answers: {},
    aliases: {},
    refundedUnmatched: 0n,
    isPoor: false,
  }
}

/** What a part still holds: neither given up nor cleared. */
export function openOf({ approved, released, cleared }: Part): Tiyn {
  return approved - released - cleared
}

/** What is owed of a part and nothing paid for. */
export function owedOf({ exposures }: Part): Tiyn {
  return sum(exposures)
}

/** What all parts still hold. */
export function openOfAll(parts: readonly Part[]): Tiyn {
  return sum(parts.map(openOf))
}

export function sum(amounts: readonly Tiyn[]): Tiyn {
  return amounts.reduce((total, amount) => total + amount, 0n)
}

export function least(...[first, ...others]: readonly [Tiyn, ...Tiyn[]]): Tiyn {
  return others.reduce((smallest, amount) => (amount < smallest ? amount : smallest), first)
}

/** The hold that a message's row belongs to: its own, or its parent's. */
export function holdNameOf(money: Money, name: string): string {
  return money.requests[name]?.parent ?? name
}

/** A part in which nothing has happened yet. */
export function newPart(name: string, approved: Tiyn, isFinal = false): Part {
  return {
    name,
    approved,
    released: 0n,
    cleared: 0n,
    refunded: 0n,
    isFinal,
    exposures: [],
    debits: [],
  }
}

export function withHold(money: Money, name: string, hold: Hold): Money {
  return { ...money, holds: { ...money.holds, [name]: hold } }
}

export function withAnswer(money: Money, name: string, answer: ModelAnswer): Money {
  return { ...money, answers: { ...money.answers, [name]: answer } }
}

export function withUndone(money: Money, names: readonly string[]): Money {
  const more = Object.fromEntries(names.map((name) => [name, true] as const))
  return { ...money, undone: { ...money.undone, ...more } }
}

export function withRequest(money: Money, name: string, request: Request): Money {
  return { ...money, requests: { ...money.requests, [name]: request } }
}

/** One text for all states that are equal. */
export function keyOfMoney(money: Money): string {
  return JSON.stringify(money, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(
      Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)),
    )
  })
}

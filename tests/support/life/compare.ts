import { fromLedger, stepAt } from '../decimals.ts'
import { givenBack } from '../model/crypto.ts'
import {
  type ModelAnswer,
  type ModelDebit,
  type Money,
  newPart,
  openOf,
  owedOf,
  type Part,
  sum,
} from '../model/state.ts'
import type { TestCard } from '../stack.ts'
import type { Sent } from './card-life.ts'
import type { Standing, StandingDebit, StandingRow } from './standing.ts'

/** What was heard and what stands, each under its name: the model's picture and the real one compare as text. */
export type Picture = Readonly<Record<string, string>>

/** What a picture is made from. */
export type Seen = {
  readonly card: TestCard
  readonly sent: ReadonlyMap<string, Sent>
  readonly standing: Standing
}

/** What really is: each answer, each row, each debit, the ledger, the day's usage, and the exchange's own account. */
export function realPicture({ card, sent, standing }: Seen): Picture {
  const { rows, debits, ledger, used, taken } = standing
  const approved = new Set(rows.filter(({ state }) => state === 'approved').map(({ id }) => id))
  const [kept, undone] = [
    debits.filter((debit) => approved.has(debit.authorization_id)),
    debits.filter((debit) => !approved.has(debit.authorization_id)),
  ]
  return {
    ...Object.fromEntries([...sent].map(([name, { answer }]) => [name, describeAnswer(answer)])),
    ...Object.fromEntries(rows.map((row) => [`row ${row.id}`, describeRow(row)])),
    'debits of what was declined': undone
      .filter(({ amount, back }) => amount !== back)
      .map(({ reference }) => reference)
      .join(' '),
    debits: listed(kept.map((debit) => describeDebit(debit, BigInt(debit.back)))),
    ...describeLedger({
      held: ledger['held_for_authorizations'] ?? 0n,
      owed: ledger['owed_to_bank'] ?? 0n,
      exposed: -(ledger['exposure'] ?? 0n),
      fees: ledger['fee_income'] ?? 0n,
      wallet: fromLedger(card.asset, ledger['cardholder_wallet'] ?? 0n),
    }),
    'taken by the exchange': String(taken),
    'used today': String(used),
  }
}

/** The same as the model expects it. What a debit took depends on the rate of its moment and is read from the row. */
export function expectedPicture(money: Money, { card, sent, standing }: Seen): Picture {
  const idOf = (name: string) => sent.get(name)?.authorizationId?.slice('aut_'.length) ?? name
  const parts = Object.values(money.holds).flatMap((hold) => hold.parts)
  const matched = matchDebits(parts, idOf, { card, standing })
  const taken = matched.reduce((total, { amount, back }) => total + amount - back, 0n)
  const inCoins = fromLedger(card.asset, taken)
  const declined = Object.entries(money.requests).filter(([, { state }]) => state === 'declined')
  return {
    ...Object.fromEntries(
      Object.entries(money.answers).map(([name, answer]) => [name, describeAnswer(answer)]),
    ),
    ...Object.fromEntries(declined.map(([name]) => [`row ${idOf(name)}`, 'declined'])),
    ...Object.fromEntries(parts.map((part) => [`row ${idOf(part.name)}`, describePart(part)])),
    // What stands for another row holds nothing itself.
    ...Object.fromEntries(
      Object.keys(money.aliases).map((name) => [
        `row ${idOf(name)}`,
        describePart(newPart(name, 0n)),
      ]),
    ),
    'debits of what was declined': '',
    debits: listed(matched.map(({ text }) => text)),
    ...describeLedger({
      held: sum(parts.filter(({ isFinal }) => !isFinal).map(openOf)),
      owed: sum(parts.map(owedToBank)),
      exposed: sum(parts.map(owedOf)),
      fees: sum(matched.map(({ fee }) => fee)),
      wallet: inCoins,
    }),
    'taken by the exchange': String(inCoins),
    'used today': String(standing.used === undefined ? undefined : money.used),
  }
}

/** Where two pictures differ. */
export function differences(real: Picture, expected: Picture): readonly string[] {
  return [...new Set([...Object.keys(real), ...Object.keys(expected)])]
    .filter((name) => real[name] !== expected[name])
    .map((name) => `${name}: is ${real[name] ?? 'not there'}, expected ${expected[name] ?? 'not'}`)
}

/** The least that any of several expectations differs by: nothing, where one of them is met. */
export function leastDifferences(
  seen: Seen,
  possible: readonly Money[],
): { readonly money: Money; readonly wrong: readonly string[] } {
  const real = realPicture(seen)
  const [closest] = possible
    .map((money) => ({ money, wrong: differences(real, expectedPicture(money, seen)) }))
    .toSorted((one, other) => one.wrong.length - other.wrong.length)
  if (!closest) throw new Error('the model holds nothing possible')
  return closest
}

type Matched = {
  readonly text: string
  readonly amount: bigint
  readonly back: bigint
  readonly fee: bigint
}

/**
 * Finds each debit of the model among those that stand. A collection may have been under way while a part of what it
 * collects was cancelled: then it took more, and gave that much back as a release does. Where all of it was cancelled,
 * it gave back the whole.
 */
function matchDebits(
  parts: readonly Part[],
  idOf: (name: string) => string,
  { card, standing }: Pick<Seen, 'card' | 'standing'>,
): readonly Matched[] {
  const left = [...standing.debits]
  const step = stepAt(card.rail, card.asset)
  const take = (id: string, debit: ModelDebit, isIt: (billing: bigint) => boolean) => {
    const at = left.findIndex(
      ({ authorization_id: of, purpose, billing }) =>
        of === id && purpose === debit.purpose && isIt(BigInt(billing ?? 0)),
    )
    return at < 0 ? undefined : left.splice(at, 1)[0]
  }
  const wanted = parts.flatMap((part) =>
    part.debits.map((debit) => ({ id: idOf(part.name), debit })),
  )
  const found = wanted.map((one) => ({
    ...one,
    found: take(one.id, one.debit, (billing) => billing === one.debit.billing),
  }))
  const matched = found.map(({ id, debit, found: exact }) => {
    if (exact) return match(debit, exact, { step, idOf })
    const isMore = (billing: bigint) => debit.purpose === 'collection' && billing > debit.billing
    const larger = take(id, debit, isMore)
    return larger ? match(withSurplus(debit, larger), larger, { step, idOf }) : absent(id, debit)
  })
  const ids = new Set(parts.map((part) => idOf(part.name)))
  const cancelled = left
    .filter(({ authorization_id: id, purpose }) => purpose === 'collection' && ids.has(id))
    .map((debit) => match(withSurplus(NOTHING_COLLECTED, debit), debit, { step, idOf }))
  return [...matched, ...cancelled]
}

const NOTHING_COLLECTED: ModelDebit = { purpose: 'collection', billing: 0n, steps: [] }

/** A debit that took more than was owed by then. */
function withSurplus(debit: ModelDebit, { billing: taken }: StandingDebit): ModelDebit {
  const billing = BigInt(taken ?? 0)
  const surplus = { kind: 'release', tiyn: billing - debit.billing } as const
  return { ...debit, billing, steps: [surplus, ...debit.steps] }
}

type Read = { readonly step: bigint; readonly idOf: (name: string) => string }

function match(debit: ModelDebit, found: StandingDebit, { step, idOf }: Read): Matched {
  const amount = BigInt(found.amount)
  const unmatched = (name: string) => BigInt(found.unmatched[idOf(name)] ?? 0) / step
  const taken = { units: amount / step, fee: BigInt(found.fee ?? 0), unmatched }
  const { units, fee } = givenBack(debit, taken)
  const back = units * step
  return { text: describeDebit(found, back), amount, back, fee }
}

function absent(id: string, { purpose, billing }: ModelDebit): Matched {
  return { text: `${id} ${purpose} of ${billing} is missing`, amount: 0n, back: 0n, fee: 0n }
}

function owedToBank(part: Part): bigint {
  return part.cleared + (part.isFinal ? openOf(part) : 0n) - part.refunded
}

function describeRow(row: StandingRow): string {
  if (row.state !== 'approved') return row.state
  const { approved, released, cleared, refunded, owed } = row
  return describeAmounts({ approved, released, cleared, refunded, owed })
}

function describePart(part: Part): string {
  const { approved, released, cleared, refunded } = part
  return describeAmounts({ approved, released, cleared, refunded, owed: owedOf(part) })
}

function describeAmounts(amounts: Readonly<Record<string, string | bigint>>): string {
  return Object.entries(amounts)
    .map(([name, amount]) => `${name} ${amount}`)
    .join(', ')
}

function describeDebit(debit: StandingDebit, back: bigint): string {
  const { authorization_id: id, reference, purpose, billing, amount } = debit
  return `${id} ${reference} ${purpose} of ${billing ?? 'nothing'} took ${amount} and gave back ${back}`
}

function listed(lines: readonly string[]): string {
  return lines.toSorted().join('; ')
}

function describeLedger(ledger: Readonly<Record<string, bigint>>): Picture {
  return Object.fromEntries(
    Object.entries(ledger).map(([name, amount]) => [`ledger ${name}`, String(amount)]),
  )
}

/** Was a message answered so? What was not answered at all may have been anything. */
export function wasHeard(
  sent: ReadonlyMap<string, Pick<Sent, 'answer'>>,
): (name: string, answer: ModelAnswer) => boolean {
  return (name, answer) => {
    const heard = sent.get(name)?.answer
    return heard === undefined || describeAnswer(heard) === describeAnswer(answer)
  }
}

/** What was not said counts as nothing. */
function describeAnswer(answer: ModelAnswer): string {
  if (answer.kind !== 'reversal') return JSON.stringify(answer, toText)
  const { outcome, released = 0n, held = 0n } = answer
  return JSON.stringify({ kind: 'reversal', outcome, released, held }, toText)
}

function toText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

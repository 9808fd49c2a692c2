import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apply, collectAll, conclude } from './apply.ts'
import { givenBack } from './crypto.ts'
import type { ModelMessage } from './message.ts'
import { ordersOf, possibleAfter, possibleInAnyOrder } from './possible.ts'
import { type Money, noMoney, openOf, owedOf, sum } from './state.ts'

const LIMITS = { perTransaction: 10_000_000n, dailyAmount: 50_000_000n }
const PROMPT = { areDecisionsSlow: false }
const SLOW = { areDecisionsSlow: true }

const authorize: ModelMessage = { kind: 'authorize', name: 'a', amount: 1_000n }
const reverse: ModelMessage = { kind: 'reverse', name: 'r', of: 'a' }
const lower: ModelMessage = { kind: 'reverse', name: 'p', of: 'a', to: 600n }
const clear: ModelMessage = { kind: 'clear', name: 'c', of: 'a', amount: 800n, isLast: true }

/** Where money stands after messages that were each settled before the next. */
function after(...messages: readonly ModelMessage[]): Money {
  return messages.reduce<Money>((money, message) => {
    const [next] = apply(money, message)
    if (!next) throw new Error('a message leads somewhere')
    return collectAll(conclude(next, message.name))
  }, noMoney(LIMITS))
}

function partOf(money: Money, name = 'a') {
  const part = money.holds[name]?.parts[0]
  return part ?? expect.unreachable()
}

describe('the model of money', () => {
  test('holds what was approved until it is given up', () => {
    expect(openOf(partOf(after(authorize)))).toBe(1_000n)
    const money = after(authorize, lower)
    expect(money.answers['p']).toMatchObject({ outcome: 'partially_reversed', released: 400n })
    expect(openOf(partOf(money))).toBe(600n)
    expect(money.used).toBe(600n)
  })

  test('owes what is cleared, gives back the rest, and collects what is beyond', () => {
    const low = partOf(after(authorize, clear))
    expect(low).toMatchObject({ cleared: 800n, released: 200n })
    const high = after(authorize, { ...clear, amount: 1_300n })
    expect(partOf(high)).toMatchObject({ approved: 1_300n, cleared: 1_300n, released: 0n })
    expect(partOf(high).debits.map(({ purpose, billing }) => ({ purpose, billing }))).toEqual([
      { purpose: 'authorization', billing: 1_000n },
      { purpose: 'collection', billing: 300n },
    ])
  })

  test('undoes nothing that was cleared, and clears what was undone as something new', () => {
    expect(after(authorize, clear, reverse).answers['r']).toMatchObject({
      outcome: 'already_cleared',
    })
    const late = after(authorize, reverse, clear)
    expect(late.answers['c']).toMatchObject({ outcome: 'cleared_beyond_hold', exposed: 800n })
  })

  test('posts what was cleared by force where its original was never approved, and stops that', () => {
    const money = after(clear, authorize)
    expect(money.answers).toMatchObject({
      a: { declined: 'cleared_before_authorization' },
      c: { outcome: 'force_posted', exposed: 800n },
    })
    expect(partOf(money, 'c')).toMatchObject({ cleared: 800n, approved: 800n })
  })

  test('stops an authorization whose reversal comes while it is being decided', () => {
    const outcomes = possibleAfter(noMoney(LIMITS), [authorize, reverse], SLOW)
    expect(
      outcomes
        .map(({ answers }) => [answers['a'], answers['r']])
        .map((pair) => JSON.stringify(pair, toText)),
    ).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/reversed_before_authorization.*stopped/),
        expect.stringMatching(/approved.*1000.*reversed/),
      ]),
    )
    for (const money of outcomes) expect(open(money)).toBe(0n)
  })

  test('knows 180 orders of six messages of which two come twice', () => {
    expect(ordersOf(['a', 'a', 'r', 'r', 'p', 'c'])).toHaveLength(180)
  })

  test('never loses a tiyn, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(fc.array(aMessage(), { maxLength: 12 }), (messages) => {
        const money = after(...distinctNames(messages))
        for (const part of Object.values(money.holds).flatMap((hold) => hold.parts)) {
          expect(openOf(part)).toBeGreaterThanOrEqual(0n)
          const debited = sum(part.debits.map(({ billing }) => billing))
          const given = sum(
            part.debits.flatMap(({ steps }) =>
              steps.map((step) => (step.kind === 'release' ? step.tiyn : 0n)),
            ),
          )
          expect(debited - given + owedOf(part)).toBe(part.approved - part.released)
        }
        expect(money.used).toBeGreaterThanOrEqual(0n)
      }),
    )
  })

  test('ends in as much money whichever of two reversals is seen first', () => {
    const start = after(authorize)
    const ends = possibleInAnyOrder(start, [reverse, lower], PROMPT)
    expect(ends.map(open)).toEqual([0n, 0n])
  })
})

describe('the crypto of the model', () => {
  test('is given back in parts that add up to the whole, to the last unit', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 20n }),
        fc.array(fc.bigInt({ min: 1n, max: 10n ** 9n }), { minLength: 1, maxLength: 9 }),
        (units, releases) => {
          const steps = releases.map((tiyn) => ({ kind: 'release', tiyn }) as const)
          const debit = { purpose: 'authorization', billing: sum(releases), steps } as const
          expect(givenBack(debit, { units, fee: 7n })).toEqual({ units, fee: 0n })
        },
      ),
    )
  })

  test('keeps the fee of what is refunded, and never gives back more than was taken', () => {
    const debit = { purpose: 'authorization', billing: 1_000n } as const
    const refund = { kind: 'refund', tiyn: 1_000n } as const
    const release = { kind: 'release', tiyn: 1_000n } as const
    const taken = { units: 2_020_000n, fee: 10n }
    expect(givenBack({ ...debit, steps: [refund] }, taken).units).toBe(2_000_000n)
    expect(givenBack({ ...debit, steps: [refund, release] }, taken).units).toBe(2_020_000n)
  })
})

function open(money: Money): bigint {
  return sum(Object.values(money.holds).flatMap(({ parts }) => parts.map(openOf)))
}

function toText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

/** A message about one of two authorizations. */
function aMessage(): fc.Arbitrary<ModelMessage> {
  const of = fc.constantFrom('a1', 'a2')
  const amount = fc.bigInt({ min: 1n, max: 2_000n })
  const name = fc.constant('')
  return fc.oneof(
    fc.record({ kind: fc.constant('authorize'), name: of, amount }),
    fc.record({ kind: fc.constant('increment'), name, of, amount }),
    fc.record({ kind: fc.constant('advise'), name, amount, isApproved: fc.boolean() }),
    fc.record(
      { kind: fc.constant('reverse'), name, of, to: amount },
      { requiredKeys: ['kind', 'name', 'of'] },
    ),
    fc.record({ kind: fc.constant('clear'), name, of, amount, isLast: fc.boolean() }),
    fc.record({ kind: fc.constant('expire'), name, of }),
  )
}

/** A name that comes again is a repeat, which the model does not see; a message without one gets its place. */
function distinctNames(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const known = new Set<string>()
  return messages.flatMap((message, index) => {
    const name = message.name || `m${index}`
    if (known.has(name)) return []
    known.add(name)
    return [{ ...message, name }]
  })
}

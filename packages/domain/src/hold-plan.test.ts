import { amountOf } from '@tolem/money/amount'
import type { Rate } from '@tolem/money/rate'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FundingDebit, type Hold, type HoldPart, openOf, refundableOf, total } from './hold.ts'
import { applyChange, type HoldChange } from './hold-change.ts'
import {
  planClearing,
  planExpiry,
  planRefund,
  planRelease,
  planReversal,
  refundToPrice,
} from './hold-plan.ts'
import type { AuthorizationId, ExchangeId, ExposureId, MovementReference } from './ids.ts'

const tenge = (amount: bigint) => amountOf('KZT', amount)
const usdt = (amount: bigint) => amountOf('USDT', amount)

const tengeUpTo = (max: bigint) => fc.bigInt({ min: 0n, max }).map(tenge)
const debits = fc
  .record({
    steps: fc.bigInt({ min: 1n, max: 10_000_000n }),
    step: fc.constantFrom(1n, 10n, 10_000n, 1_000_000n),
    billing: fc.bigInt({ min: 1n, max: 3_000_000n }).map(tenge),
    fee: tengeUpTo(40_000n),
    spread: tengeUpTo(40_000n),
  })
  .map(({ steps, step, ...money }) => ({ ...money, step, amount: usdt(steps * step) }))

const exposures = fc.bigInt({ min: 1n, max: 1_000_000n }).map(tenge)

const parts = fc.record({
  debits: fc.array(debits, { maxLength: 3 }),
  owed: fc.array(exposures, { maxLength: 2 }),
})

type Drawn = typeof parts extends fc.Arbitrary<infer T> ? T : never

function toDebit(drawn: Drawn['debits'][number], reference: string): FundingDebit {
  return {
    ...drawn,
    reference: reference as MovementReference,
    exchange: 'bybit' as ExchangeId,
    asset: 'USDT',
    credited: usdt(0n),
    released: tenge(0n),
    refunded: tenge(0n),
    rate: '471.829' as Rate,
  }
}

function toPart({ debits: drawn, owed }: Drawn, index: number): HoldPart {
  const id = `aut_019a1b2c-3d4e-7f50-8a6b-00000000000${index}` as AuthorizationId
  const made = drawn.map((debit, ordinal) => toDebit(debit, `tmd${index}${ordinal}`))
  const sum = (amounts: readonly bigint[]) => amounts.reduce((left, right) => left + right, 0n)
  return {
    id,
    approved: tenge(sum([...made.map(({ billing }) => billing), ...owed])),
    released: tenge(0n),
    cleared: tenge(0n),
    refunded: tenge(0n),
    isFinal: false,
    credits: 0,
    debits: made,
    exposures: owed.map((amount, ordinal) => ({
      id: `exp_${index}${ordinal}` as ExposureId,
      owed: amount,
      cancelled: tenge(0n),
    })),
  }
}

const holds = fc
  .array(parts, { minLength: 1, maxLength: 3 })
  .map((drawn) => drawn.map(toPart) as unknown as Hold)

/** Where in what is there a step goes: of a thousand. */
const shares = fc.bigInt({ min: 0n, max: 1_000n })
const shareOf = (amount: bigint, share: bigint) => tenge((amount * share) / 1_000n)

function creditsOf(changes: readonly HoldChange[]) {
  const sums = new Map<string, { crypto: bigint; billing: bigint; fee: bigint; spread: bigint }>()
  for (const credit of changes.flat().flatMap(({ credits }) => credits)) {
    const before = sums.get(credit.debit.reference)
    sums.set(credit.debit.reference, {
      crypto: (before?.crypto ?? 0n) + credit.amount,
      billing: (before?.billing ?? 0n) + credit.billing,
      fee: (before?.fee ?? 0n) + credit.fee,
      spread: (before?.spread ?? 0n) + credit.spread,
    })
  }
  return sums
}

test('releasing in pieces gives back exactly what releasing at once gives back', () => {
  fc.assert(
    fc.property(holds, fc.array(shares, { maxLength: 6 }), shares, (hold, pieces, last) => {
      const whole = shareOf(total(hold, openOf), last)
      const changes: HoldChange[] = []
      let now = hold
      let left: bigint = whole
      for (const piece of [...pieces, undefined]) {
        const amount = piece === undefined ? tenge(left) : shareOf(left, piece)
        left -= amount
        const change = planRelease(now, amount)
        changes.push(change)
        now = applyChange(now, change)
      }
      const once = planRelease(hold, whole)
      expect(creditsOf(changes)).toEqual(creditsOf([once]))
      expect(now.map((part) => part.exposures)).toEqual(
        applyChange(hold, once).map((part) => part.exposures),
      )
    }),
  )
})

test('an expiry gives back all of every debit, with fee and spread, and cancels every exposure', () => {
  fc.assert(
    fc.property(holds, (hold) => {
      const change = planExpiry(hold)
      const credited = creditsOf([change])
      for (const { reference, amount, billing, fee, spread } of hold.flatMap((part) => part.debits))
        expect(credited.get(reference)).toEqual({ crypto: amount, billing, fee, spread })
      const after = applyChange(hold, change)
      expect(total(after, openOf)).toBe(0n)
      expect(after.flatMap((part) => part.exposures).every(({ owed }) => owed === 0n)).toBe(true)
    }),
  )
})

const steps = fc.oneof(
  fc.record({ kind: fc.constant('release' as const), share: shares }),
  fc.record({ kind: fc.constant('reversal' as const), share: shares }),
  fc.record({ kind: fc.constant('clearing' as const), share: fc.bigInt({ min: 1n, max: 1_500n }) }),
  fc.record({ kind: fc.constant('last' as const), share: fc.bigInt({ min: 1n, max: 1_500n }) }),
  fc.record({ kind: fc.constant('refund' as const), share: shares }),
)

function take(hold: Hold, { kind, share }: { kind: string; share: bigint }): HoldChange {
  const open = total(hold, openOf)
  const amount = shareOf(open, share)
  if (kind === 'release') return planRelease(hold, amount)
  if (kind === 'reversal') return planReversal(hold, amount === 0n ? undefined : amount)
  if (kind === 'refund')
    return planRefund(hold, shareOf(total(hold, refundableOf), share), 'original')
  return planClearing(hold, tenge(amount + 1n), kind === 'last')
}

/** The exposure that a presentment beyond the hold gives birth to, as the record of holds does it. */
function exposed(hold: Hold, change: HoldChange): Hold {
  const raisedById = new Map(change.map(({ id, raised }) => [id, raised]))
  return hold.map((part) => {
    const owed = raisedById.get(part.id) ?? tenge(0n)
    const id = `exp_${part.id}_${part.exposures.length}` as ExposureId
    return { ...part, exposures: [...part.exposures, { id, owed, cancelled: tenge(0n) }] }
  }) as unknown as Hold
}

test('whatever happens to a hold, its parts add up and no debit is credited for more than it took', () => {
  fc.assert(
    fc.property(holds, fc.array(steps, { maxLength: 8 }), (drawn, taken) => {
      let hold = drawn
      const references: MovementReference[] = []
      for (const step of taken) {
        const change = take(hold, step)
        const after = applyChange(hold, change)
        for (const part of change) {
          const paid = part.credits.reduce((sum, { billing }) => sum + billing, 0n)
          const cut = part.cuts.reduce((sum, { amount }) => sum + amount, 0n)
          expect(paid + cut + part.uncovered).toBe(part.released + part.refunded)
          references.push(...part.credits.flatMap(({ reference }) => reference ?? []))
        }
        const raised = change.reduce((sum, part) => sum + part.raised, 0n)
        expect(total(after, ({ approved }) => approved)).toBe(
          total(hold, ({ approved }) => approved) + raised,
        )
        for (const part of after) {
          expect(openOf(part)).toBeGreaterThanOrEqual(0n)
          expect(openOf(part) + part.cleared + part.released).toBe(part.approved)
          for (const debit of part.debits) {
            expect(debit.credited).toBeLessThanOrEqual(debit.amount)
            expect(debit.released).toBeLessThanOrEqual(debit.billing)
            expect(debit.refunded).toBeLessThanOrEqual(debit.billing)
          }
        }
        hold = after
      }
      expect(new Set(references).size).toBe(references.length)
    }),
  )
})

/** As if each debit had taken one unit for one tiyn and no fee: then crypto and tenge compare. */
const evenHolds = holds.map((hold) =>
  hold.map((part) => ({
    ...part,
    debits: part.debits.map((debit) => ({
      ...debit,
      step: 1n,
      amount: usdt(debit.billing),
      fee: tenge(0n),
      spread: tenge(0n),
    })),
  })),
) as fc.Arbitrary<unknown> as fc.Arbitrary<Hold>

test('whatever is refunded before or after a release, the cardholder pays for what is kept less refunds', () => {
  const few = fc.array(steps, { maxLength: 6 })
  fc.assert(
    fc.property(evenHolds, few, shares, few, (drawn, before, refunded, after) => {
      let hold = drawn
      // Refunded of what was given up later: nothing of it was paid any more, so nothing of it can go back.
      let surplus = 0n
      for (const step of [...before, { kind: 'refund', share: refunded }, ...after]) {
        const change = take(hold, step)
        hold = exposed(applyChange(hold, change), change)
        const paid = hold.flatMap((part) => part.debits)
        const owed = hold.flatMap((part) => part.exposures)
        const pays =
          paid.reduce((sum, { amount, credited }) => sum + amount - credited, 0n) +
          owed.reduce((sum, exposure) => sum + exposure.owed, 0n)
        const kept = total(hold, openOf) + total(hold, ({ cleared }) => cleared)
        const given = total(hold, (part) => part.refunded)
        if (given - kept > surplus) surplus = given - kept
        expect(pays).toBe(kept - given + surplus)
      }
    }),
  )
})

test('a presentment takes all it claims: from the hold first, the rest as exposure', () => {
  fc.assert(
    fc.property(
      holds,
      fc.bigInt({ min: 1n, max: 9_000_000n }),
      fc.boolean(),
      (hold, amount, isLast) => {
        const open = total(hold, openOf)
        const change = planClearing(hold, tenge(amount), isLast)
        const sum = (field: 'cleared' | 'raised' | 'released') =>
          change.reduce((left, part) => left + part[field], 0n)
        expect(sum('cleared')).toBe(amount)
        expect(sum('raised')).toBe(amount > open ? amount - open : 0n)
        expect(sum('released')).toBe(isLast && open > amount ? open - amount : 0n)
      },
    ),
  )
})

test('the order of partial reversals does not matter to what stays held', () => {
  fc.assert(
    fc.property(holds, fc.array(shares, { maxLength: 5 }), (hold, drawn) => {
      const whole = total(hold, openOf)
      const replacements = drawn.map((share) => tenge(shareOf(whole, share) + 1n))
      const endOf = (order: readonly bigint[]) =>
        order.reduce<Hold>(
          (now, replacement) => applyChange(now, planReversal(now, tenge(replacement))),
          hold,
        )
      const forth = endOf(replacements)
      const back = endOf(replacements.toReversed())
      const money = (end: Hold) => end.map((part) => ({ ...part, credits: 0 }))
      expect(money(back)).toEqual(money(forth))
    }),
  )
})

test('of several partial reversals the one that leaves the least says what stays held', () => {
  const part = toPart({ debits: [], owed: [tenge(10_000n)] }, 0)
  const leave = (hold: Hold, replacement: bigint) =>
    applyChange(hold, planReversal(hold, tenge(replacement)))
  let hold: Hold = [part]
  const open = [6_000n, 5_000n, 7_000n, 5_000n, 4_999n].map((replacement) => {
    hold = leave(hold, replacement)
    return total(hold, openOf)
  })
  expect(open).toEqual([6_000n, 5_000n, 5_000n, 5_000n, 4_999n])
})

test('a refund of everything gives back what was paid without the fee, in whole steps', () => {
  fc.assert(
    fc.property(debits, (drawn) => {
      const part = toPart({ debits: [drawn], owed: [] }, 0)
      const change = planRefund([part], part.approved, 'original')
      const { amount, billing, fee, step } = drawn
      expect(creditsOf([change]).get('tmd00')?.crypto).toBe(
        ((amount * billing) / ((billing + fee) * step)) * step,
      )
      expect(refundToPrice(change)).toBe(part.approved)
    }),
  )
})

test('what was never debited is cancelled by a refund and brings no crypto', () => {
  const part = toPart({ debits: [], owed: [tenge(70_000n)] }, 0)
  const change = planRefund([part], tenge(50_000n), 'present')
  expect(change).toMatchObject([{ refunded: 50_000n, credits: [], cuts: [{ amount: 50_000n }] }])
  expect(refundToPrice(change)).toBe(0n)
})

/** As a collection makes one of an exposure. */
function collected(part: HoldPart): HoldPart {
  const made = part.exposures
    .filter(({ owed }) => owed > 0n)
    .map(({ owed }, index) => {
      const money = { billing: owed, fee: tenge(0n), spread: tenge(0n), amount: usdt(owed) }
      return toDebit({ ...money, step: 1n }, `${part.id} ${part.debits.length + index}`)
    })
  return { ...part, debits: [...part.debits, ...made], exposures: [] }
}

test('a refund takes the first debits that still pay for something, also where an earlier one was released', () => {
  let hold: Hold = [collected(toPart({ debits: [], owed: [tenge(100n)] }, 0))]
  const change = (planned: HoldChange) => {
    hold = exposed(applyChange(hold, planned), planned).map(collected) as unknown as Hold
    return planned[0]?.credits.map(({ billing, countsAs }) => ({ billing, countsAs }))
  }
  change(planRefund(hold, tenge(60n), 'original'))
  change(planReversal(hold, undefined))
  change(planClearing(hold, tenge(40n), false))
  change(planClearing(hold, tenge(60n), false))
  expect(hold[0].debits).toMatchObject([
    { billing: 100n, released: 100n, refunded: 60n },
    { billing: 40n, refunded: 0n },
    { billing: 60n, refunded: 0n },
  ])
  expect(change(planRefund(hold, tenge(30n), 'original'))).toEqual([
    { billing: 30n, countsAs: 'refunded' },
  ])
  expect(hold[0].debits.map(({ refunded }) => refunded)).toEqual([60n, 30n, 0n])
  expect(change(planRefund(hold, tenge(10n), 'original'))).toHaveLength(1)
  expect(hold[0].debits.map(({ refunded }) => refunded)).toEqual([60n, 40n, 0n])
})

test('crypto pays for a refund only where a part that it changes was debited', () => {
  fc.assert(
    fc.property(holds, fc.array(steps, { maxLength: 6 }), shares, (drawn, taken, share) => {
      let hold = drawn
      for (const step of taken) {
        const change = take(hold, step)
        hold = exposed(applyChange(hold, change), change)
        if (share % 2n === 0n) hold = hold.map(collected) as unknown as Hold
      }
      const change = planRefund(hold, shareOf(total(hold, refundableOf), share), 'present')
      const isPaid = hold.some(
        ({ id, debits: paid }) => paid.length > 0 && change.some((one) => one.id === id),
      )
      expect(change.every(({ uncovered }) => uncovered === 0n)).toBe(true)
      expect(refundToPrice(change) === 0n || isPaid).toBe(true)
    }),
  )
})

test('a release after a refund credits no more than the refund left', () => {
  fc.assert(
    fc.property(debits, shares, (drawn, share) => {
      const part = toPart({ debits: [drawn], owed: [] }, 0)
      const refunded = applyChange(
        [part] as Hold,
        planRefund([part], shareOf(part.approved, share), 'original'),
      )
      const [after] = applyChange(refunded, planExpiry(refunded))
      expect(after.debits[0]?.credited).toBe(drawn.amount)
    }),
  )
})

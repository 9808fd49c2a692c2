import { amountOf } from '@tolem/money/amount'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planSurplus } from './surplus.ts'

const tenge = (tiyn: bigint) => amountOf('KZT', tiyn)

const aDebit = fc
  .record({
    billing: fc.bigInt({ min: 1n, max: 10n ** 12n }),
    fee: fc.bigInt({ min: 0n, max: 10n ** 9n }),
    spread: fc.bigInt({ min: 0n, max: 10n ** 9n }),
    steps: fc.bigInt({ min: 1n, max: 10n ** 12n }),
    step: fc.constantFrom(1n, 10n, 1_000_000n),
  })
  .map(({ billing, fee, spread, steps, step }) => ({
    billing: tenge(billing),
    fee: tenge(fee),
    spread: tenge(spread),
    step,
    amount: amountOf('USDT', steps * step),
  }))

test('a collection of what is owed gives nothing back', () => {
  fc.assert(
    fc.property(aDebit, fc.bigInt({ min: 0n, max: 10n ** 12n }), (debit, more) => {
      const surplus = planSurplus(debit, tenge(debit.billing + more))
      const { billing, fee, spread } = debit
      expect(surplus).toEqual({ paid: { billing, fee, spread }, released: 0n, credited: 0n })
    }),
  )
})

test('a collection of which nothing is owed any more goes back whole', () => {
  fc.assert(
    fc.property(aDebit, (debit) => {
      const paid = { billing: 0n, fee: 0n, spread: 0n }
      const { billing: released, amount: credited } = debit
      expect(planSurplus(debit, tenge(0n))).toEqual({ paid, released, credited })
    }),
  )
})

test('what was paid and what goes back are the debit, in steps, and never favour one side by a step', () => {
  fc.assert(
    fc.property(aDebit, fc.bigInt({ min: 0n, max: 10n ** 12n }), (debit, owed) => {
      const { paid, released, credited } = planSurplus(debit, tenge(owed))
      expect(paid.billing + released).toBe(debit.billing)
      expect(paid.billing).toBe(owed < debit.billing ? owed : debit.billing)
      expect(credited % debit.step).toBe(0n)
      expect(credited).toBeLessThanOrEqual(debit.amount)
      const exactTimesBilling = debit.amount * released
      expect(exactTimesBilling - credited * debit.billing).toBeLessThan(debit.step * debit.billing)
      expect(paid.fee).toBeLessThanOrEqual(debit.fee)
      expect(paid.spread).toBeLessThanOrEqual(debit.spread)
    }),
  )
})

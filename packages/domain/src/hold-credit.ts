import { type Amount, add, amountOf, subtract } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { type FundingDebit, type HoldPart, NO_TENGE, type Tenge } from './hold.ts'
import type { CreditIntent } from './hold-change.ts'
import { movementReference } from './ids.ts'

/**
 * What goes back when a debit's billing is released from what it was to `billing` more. Each share is the difference of
 * two cumulative ones, so that pieces always add up to what one release of all of them would have given.
 */
export function releaseOf(debit: FundingDebit, billing: Tenge): Omit<CreditIntent, 'reference'> {
  const before = debit.released
  const after = add(before, billing)
  const grown = (shareOf: (released: Tenge) => bigint) => shareOf(after) - shareOf(before)
  const tengeShare = (amount: Tenge) => (released: Tenge) => (amount * released) / debit.billing
  const crypto = grown((released) => cryptoShare(debit, released))
  return {
    debit,
    amount: uncredited(debit, crypto),
    billing,
    fee: amountOf('KZT', grown(tengeShare(debit.fee))),
    spread: amountOf('KZT', grown(tengeShare(debit.spread))),
    countsAs: 'released',
  }
}

/**
 * What goes back of a debit for a refund of `billing` at the rate that it paid: the fee is kept, and what a step is too
 * coarse for is kept too.
 */
export function refundOf(debit: FundingDebit, billing: Tenge): Omit<CreditIntent, 'reference'> {
  const { step } = debit
  const crypto = ((debit.amount * billing) / (add(debit.billing, debit.fee) * step)) * step
  const nothing = { fee: NO_TENGE, spread: NO_TENGE }
  return { debit, amount: uncredited(debit, crypto), billing, ...nothing, countsAs: 'refunded' }
}

/** Names a credit after those that its part already has; what comes to no crypto takes no name. */
export function named(
  part: HoldPart,
  earlier: readonly CreditIntent[],
  credit: Omit<CreditIntent, 'reference'>,
): CreditIntent {
  if (credit.amount === 0n) return { ...credit, reference: undefined }
  const taken = earlier.filter(({ reference }) => reference !== undefined).length
  const reference = movementReference(part.id, 'credit', part.credits + taken + 1)
  return { ...credit, reference }
}

/** All of it when all is released, so that rounding never keeps what a step is too coarse for. */
function cryptoShare({ amount, billing, step }: FundingDebit, released: Tenge): bigint {
  if (released === billing) return amount
  return ((amount * released) / (billing * step)) * step
}

/** A credit never exceeds what is left of its debit. */
function uncredited(
  { asset, amount, credited }: FundingDebit,
  wanted: bigint,
): Amount<CryptoAsset> {
  const left = subtract(amount, credited)
  return amountOf(asset, wanted < left ? wanted : left)
}

import assert from 'node:assert'
import { type Amount, add, subtract } from '@tolem/money/amount'
import {
  type FundingDebit,
  type Hold,
  type HoldPart,
  NO_TENGE,
  openOf,
  refundableOf,
  type Tenge,
  total,
} from './hold.ts'
import {
  applyChange,
  type CreditIntent,
  type ExposureCut,
  type HoldChange,
  joinChanges,
  type PartChange,
  unchanged,
} from './hold-change.ts'
import { named, refundOf, releaseOf } from './hold-credit.ts'

/**
 * Releases `amount` of what the parts hold, from the last part to the first: in each, what is still owed of it is
 * cancelled first, for which no crypto moves, and then its debits are credited, last to first.
 *
 * @throws {AssertionError} when less than that is open.
 */
export function planRelease(parts: readonly HoldPart[], amount: Tenge): HoldChange {
  const changes: PartChange[] = []
  let left = amount
  for (const part of parts.toReversed()) {
    const released = least(left, openOf(part))
    if (released === 0n) continue
    left = subtract(left, released)
    changes.unshift(releasePart(part, released))
  }
  assert(left === 0n, 'no more is released than is open')
  return changes
}

/**
 * A reversal that leaves `replacement` of all that the parts had been approved for, or nothing. It never releases what
 * was cleared, and an earlier one that released as much leaves nothing to do.
 */
export function planReversal(parts: Hold, replacement: Tenge | undefined): HoldChange {
  const kept = subtract(
    total(parts, ({ approved }) => approved),
    total(parts, ({ released }) => released),
  )
  const wanted = replacement ?? NO_TENGE
  if (wanted >= kept) return []
  return planRelease(parts, least(subtract(kept, wanted), total(parts, openOf)))
}

/** Everything that is still open goes back: the hold's time is over. */
export function planExpiry(hold: Hold): HoldChange {
  return planRelease(hold, total(hold, openOf))
}

/**
 * A presentment of `amount`: it takes what is open from the first part to the last; what goes beyond that raises the
 * first part, and an exposure covers it. After the last one, what is still open is released.
 */
export function planClearing(hold: Hold, amount: Tenge, isLast: boolean): HoldChange {
  let left = amount
  const cleared: PartChange[] = []
  for (const part of hold) {
    const taken = least(left, openOf(part))
    left = subtract(left, taken)
    if (taken > 0n) cleared.push({ ...unchanged(part), cleared: taken })
  }
  const exposed = left > 0n ? [{ ...unchanged(hold[0]), raised: left, cleared: left }] : []
  const change = joinChanges([...exposed, ...cleared])
  return isLast ? joinChanges([...change, ...planExpiry(applyChange(hold, change))]) : change
}

/** What an advice adds to a part that we had approved for less. */
export function planRaise(part: HoldPart, amount: Tenge): HoldChange {
  return [{ ...unchanged(part), raised: amount }]
}

/**
 * A refund of `amount` at the rate that was paid, fees kept, or at a present one: then no credit is planned here, and
 * what it must bring is {@link refundToPrice}. From the first part to the last, and from a part's first debit to its
 * last, of each what it still pays for; in each part what is still owed is cancelled before any debit is credited.
 * Releases go the other way: so a release finds a debit that a refund has used up only where more is refunded than is
 * kept at all.
 *
 * @throws {AssertionError} when the parts cannot be refunded by as much.
 */
export function planRefund(
  parts: readonly HoldPart[],
  amount: Tenge,
  rate: 'original' | 'present',
): HoldChange {
  const changes: PartChange[] = []
  let left = amount
  for (const part of parts) {
    const refunded = least(left, refundableOf(part))
    if (refunded === 0n) continue
    left = subtract(left, refunded)
    const change = refundPart(part, refunded)
    changes.push(rate === 'original' ? change : { ...change, credits: [] })
  }
  assert(left === 0n, 'no more is refunded than was kept')
  return changes
}

/**
 * The tenge of a planned refund that crypto must pay: all of it but what was never debited. So if there are any, a part
 * that the refund changes has debits.
 */
export function refundToPrice(change: HoldChange): Tenge {
  return change.reduce<Tenge>((sum, part) => {
    const cancelled = part.cuts.reduce<Tenge>((cut, { amount }) => add(cut, amount), NO_TENGE)
    return add(sum, subtract(part.refunded, add(cancelled, part.uncovered)))
  }, NO_TENGE)
}

function releasePart(part: HoldPart, released: Tenge): PartChange {
  const { cuts, left: toCredit } = cutExposures(part, released)
  const credits: CreditIntent[] = []
  let left = toCredit
  for (const debit of part.debits.toReversed()) {
    const billing = least(left, subtract(debit.billing, debit.released))
    if (billing === 0n) continue
    left = subtract(left, billing)
    credits.push(named(part, credits, releaseOf(debit, billing)))
  }
  return { ...unchanged(part), released, credits, cuts, uncovered: left }
}

function refundPart(part: HoldPart, refunded: Tenge): PartChange {
  const { cuts, left: toCredit } = cutExposures(part, refunded)
  const credits: CreditIntent[] = []
  let left = toCredit
  for (const debit of part.debits) {
    const billing = least(left, refundableOfDebit(debit))
    if (billing === 0n) continue
    left = subtract(left, billing)
    credits.push(named(part, credits, refundOf(debit, billing)))
  }
  return { ...unchanged(part), refunded, credits, cuts, uncovered: left }
}

/** What a debit still pays for. Nothing where more of it was refunded than is kept: a release came after the refund. */
function refundableOfDebit({ billing, released, refunded }: FundingDebit): Tenge {
  const kept = subtract(billing, released)
  return subtract(kept, least(kept, refunded))
}

function cutExposures(part: HoldPart, amount: Tenge) {
  const cuts: ExposureCut[] = []
  let left = amount
  for (const exposure of part.exposures.toReversed()) {
    const cut = least(left, exposure.owed)
    if (cut === 0n) continue
    left = subtract(left, cut)
    cuts.push({ exposure, amount: cut })
  }
  return { cuts, left }
}

function least<A extends Amount>(left: A, right: A): A {
  return left < right ? left : right
}

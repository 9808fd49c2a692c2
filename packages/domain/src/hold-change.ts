import { type Amount, add, subtract } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import {
  type FundingDebit,
  type HoldPart,
  NO_TENGE,
  type OpenExposure,
  type Tenge,
} from './hold.ts'
import type { AuthorizationId, BankId, ClearingId, MovementReference, RefundId } from './ids.ts'

/**
 * What goes back of one debit: `amount` of crypto to the wallet, and of the tenge that the debit had paid for,
 * `billing`, `fee` and `spread`. `reference` names the credit; there is none where it all comes to no crypto.
 * `countsAs` says which amount of the debit `billing` raises. It is `nothing` at a present rate: then the debit only
 * lends its crypto, may be of another hold, and `billing` need not be a part of what it had paid for.
 */
export type CreditIntent = {
  /** As it was before. */
  readonly debit: FundingDebit
  readonly reference: MovementReference | undefined
  readonly amount: Amount<CryptoAsset>
  readonly billing: Tenge
  readonly fee: Tenge
  readonly spread: Tenge
  readonly countsAs: 'released' | 'refunded' | 'nothing'
}

/** What of an exposure is not owed any more. */
export type ExposureCut = {
  /** As it was before. */
  readonly exposure: OpenExposure
  readonly amount: Tenge
}

/**
 * What becomes of one part of a hold. `raised` is what the approval grows by without a debit: an exposure covers it.
 * `uncovered` is the share of `released` (or, in a refund, of `refunded`) that neither a debit nor an exposure had to
 * pay for any more, because a refund had already cancelled what was owed of it: nothing was taken for it, so nothing
 * can go back to the wallet, and what the bank refunds of it stays with the programme as a surplus.
 */
export type PartChange = {
  readonly id: AuthorizationId
  readonly isFinal: boolean
  readonly raised: Tenge
  readonly released: Tenge
  readonly cleared: Tenge
  readonly refunded: Tenge
  /** What the part had released before: tells the journals of several releases apart. */
  readonly releasedBefore: Tenge
  readonly credits: readonly CreditIntent[]
  readonly cuts: readonly ExposureCut[]
  readonly uncovered: Tenge
}

/** What one message or one moment does to a hold: the parts that change, in the hold's order. */
export type HoldChange = readonly PartChange[]

/** Whose hold changes, and what for: what journals are named after. */
export type HoldCause = { readonly bank: BankId } & (
  | { readonly kind: 'release' }
  | { readonly kind: 'clearing'; readonly id: ClearingId }
  | { readonly kind: 'advice'; readonly id: AuthorizationId }
  | { readonly kind: 'refund'; readonly id: RefundId }
)

/** The hold as it stands after a change. */
export function applyChange<Parts extends readonly HoldPart[]>(
  parts: Parts,
  change: HoldChange,
): Parts {
  const changeById = new Map(change.map((one) => [one.id, one]))
  return parts.map((part) => {
    const one = changeById.get(part.id)
    return one ? applyToPart(part, one) : part
  }) as readonly HoldPart[] as Parts
}

/** One change out of several of one hold, each of which was planned after the one before it. */
export function joinChanges(changes: HoldChange): HoldChange {
  const changeById = new Map<string, PartChange>()
  for (const next of changes) {
    const before = changeById.get(next.id)
    changeById.set(next.id, before ? joinParts(before, next) : next)
  }
  return [...changeById.values()]
}

/** A change of nothing, to be written over. */
export function unchanged({ id, isFinal, released }: HoldPart): PartChange {
  return {
    id,
    isFinal,
    raised: NO_TENGE,
    released: NO_TENGE,
    cleared: NO_TENGE,
    refunded: NO_TENGE,
    releasedBefore: released,
    credits: [],
    cuts: [],
    uncovered: NO_TENGE,
  }
}

function joinParts(before: PartChange, next: PartChange): PartChange {
  return {
    id: before.id,
    isFinal: before.isFinal,
    raised: add(before.raised, next.raised),
    released: add(before.released, next.released),
    cleared: add(before.cleared, next.cleared),
    refunded: add(before.refunded, next.refunded),
    releasedBefore: before.releasedBefore,
    credits: [...before.credits, ...next.credits],
    cuts: [...before.cuts, ...next.cuts],
    uncovered: add(before.uncovered, next.uncovered),
  }
}

function applyToPart(part: HoldPart, change: PartChange): HoldPart {
  const newCredits = change.credits.filter(({ reference }) => reference !== undefined).length
  return {
    ...part,
    approved: add(part.approved, change.raised),
    released: add(part.released, change.released),
    cleared: add(part.cleared, change.cleared),
    refunded: add(part.refunded, change.refunded),
    credits: part.credits + newCredits,
    debits: part.debits.map((debit) => credited(debit, change)),
    exposures: part.exposures.map((exposure) => {
      const cut = change.cuts.find((one) => one.exposure.id === exposure.id)
      if (!cut) return exposure
      const { owed, cancelled } = exposure
      const left = { owed: subtract(owed, cut.amount), cancelled: add(cancelled, cut.amount) }
      return { ...exposure, ...left }
    }),
  }
}

function credited(debit: FundingDebit, change: PartChange): FundingDebit {
  const credits = change.credits.filter((credit) => credit.debit.reference === debit.reference)
  let after = debit.credited
  let { released, refunded } = debit
  for (const { amount, billing, countsAs } of credits) {
    after = add(after, amount)
    if (countsAs === 'released') released = add(released, billing)
    if (countsAs === 'refunded') refunded = add(refunded, billing)
  }
  return { ...debit, credited: after, released, refunded }
}

import {
  type Hold,
  least,
  type ModelDebit,
  openOf,
  openOfAll,
  owedOf,
  type Part,
  sum,
  type Tiyn,
} from './state.ts'

/** What is still billed by a debit: neither released nor refunded. */
export function leftOf({ billing, steps }: ModelDebit): Tiyn {
  const left = billing - sum(steps.map((step) => (step.kind === 'unmatched' ? 0n : step.tiyn)))
  return left > 0n ? left : 0n
}

function releasedOf({ steps }: ModelDebit): Tiyn {
  return sum(steps.map((step) => (step.kind === 'release' ? step.tiyn : 0n)))
}

/**
 * Gives up `tiyn` of what a hold holds open: the last part first, and in a part what is owed before what was debited,
 * the last debit first. `only` names the one part that may be touched.
 */
export function release(hold: Hold, tiyn: Tiyn, only?: string): Hold {
  let left = tiyn
  const parts = hold.parts.toReversed().map((part) => {
    if (only !== undefined && part.name !== only) return part
    const taken = least(left, openOf(part))
    left -= taken
    return releasePart(part, taken)
  })
  if (left !== 0n) throw new Error(`${left} more than is open was released`)
  return { ...hold, parts: atLeastOne(parts.toReversed()) }
}

function releasePart(part: Part, tiyn: Tiyn): Part {
  const cancelled = least(tiyn, owedOf(part))
  const exposures = cancel(part.exposures, cancelled)
  let left = tiyn - cancelled
  const debits = part.debits.toReversed().map((debit) => {
    const taken = least(left, debit.billing - releasedOf(debit))
    left -= taken
    return taken > 0n ? withStep(debit, 'release', taken) : debit
  })
  return { ...part, released: part.released + tiyn, exposures, debits: debits.toReversed() }
}

function withStep(debit: ModelDebit, kind: 'release' | 'refund', tiyn: Tiyn): ModelDebit {
  return { ...debit, steps: [...debit.steps, { kind, tiyn }] }
}

/** What a presentment took from the hold, and what it claimed beyond that. */
export type Presented = { readonly hold: Hold; readonly fromHold: Tiyn; readonly exposed: Tiyn }

/** Clears `tiyn`: the first part first; what is more than open is owed by the first part from now on. */
export function present(hold: Hold, tiyn: Tiyn): Presented {
  let left = tiyn
  const parts = hold.parts.map((part) => {
    const taken = least(left, openOf(part))
    left -= taken
    return { ...part, cleared: part.cleared + taken }
  })
  const [first, ...others] = atLeastOne(parts)
  const claimed: Part = {
    ...first,
    approved: first.approved + left,
    cleared: first.cleared + left,
    exposures: left > 0n ? [...first.exposures, left] : first.exposures,
  }
  return { hold: { ...hold, parts: [claimed, ...others] }, fromHold: tiyn - left, exposed: left }
}

/** Says why a hold is closed, when nothing of it is open any more. It keeps the first reason. */
export function closeIfEmpty(hold: Hold, as: NonNullable<Hold['closedAs']>): Hold {
  if (hold.closedAs !== undefined || openOfAll(hold.parts) > 0n) return hold
  return { ...hold, closedAs: as }
}

/** What a refund may still give back: nothing of a part of which more was refunded than was kept in the end. */
export function refundableOf(parts: readonly Part[]): Tiyn {
  return sum(
    parts.map(({ approved, released, refunded }) => {
      const left = approved - released - refunded
      return left > 0n ? left : 0n
    }),
  )
}

/**
 * Gives `tiyn` back after the fact: the first part first, and in a part what is still owed before what was debited, the
 * first debit first, none beyond what it still bills: the other way round than what is given up. `only` names the one
 * part that may be touched.
 */
export function refund(hold: Hold, tiyn: Tiyn, only?: string): Hold {
  let left = tiyn
  const parts = hold.parts.map((part) => {
    if (only !== undefined && part.name !== only) return part
    const taken = least(left, refundableOf([part]))
    left -= taken
    return taken > 0n ? refundPart(part, taken) : part
  })
  return { ...hold, parts: atLeastOne(parts) }
}

function refundPart(part: Part, tiyn: Tiyn): Part {
  const cancelled = least(tiyn, owedOf(part))
  let left = tiyn - cancelled
  const debits = part.debits.map((debit) => {
    const taken = least(left, leftOf(debit))
    left -= taken
    return taken > 0n ? withStep(debit, 'refund', taken) : debit
  })
  return {
    ...part,
    refunded: part.refunded + tiyn,
    exposures: cancel(part.exposures, cancelled),
    debits,
  }
}

function cancel(exposures: readonly Tiyn[], tiyn: Tiyn): readonly Tiyn[] {
  let left = tiyn
  const kept = exposures.toReversed().flatMap((owed) => {
    const taken = least(left, owed)
    left -= taken
    return owed > taken ? [owed - taken] : []
  })
  return kept.toReversed()
}

/** Every exposure of the hold is debited. */
export function collect(hold: Hold): Hold {
  const parts = hold.parts.map((part) => ({
    ...part,
    exposures: [],
    debits: [
      ...part.debits,
      ...part.exposures.map(
        (billing): ModelDebit => ({ purpose: 'collection', billing, steps: [] }),
      ),
    ],
  }))
  return { ...hold, parts: atLeastOne(parts) }
}

function atLeastOne(parts: readonly Part[]): readonly [Part, ...Part[]] {
  const [first, ...others] = parts
  if (!first) throw new Error('a hold has a part')
  return [first, ...others]
}

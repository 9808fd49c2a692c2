import { stepAt } from '../decimals.ts'
import type { AuthorizationRow, Books, MovementRow } from './books.ts'

/** An executed debit with everything that went back of it. */
export type Debited = {
  readonly debit: MovementRow
  readonly row: AuthorizationRow
  readonly credits: readonly MovementRow[]
}

/** Every executed debit, joined to its row and its credits. */
export function joinDebits({ rows, movements }: Books): readonly Debited[] {
  const rowById = new Map(rows.map((row) => [row.id, row]))
  const creditsOf = Map.groupBy(
    movements.filter(({ kind }) => kind === 'credit'),
    ({ debit_reference }) => debit_reference,
  )
  return movements
    .filter(({ kind }) => kind === 'debit')
    .flatMap((debit) => {
      const row = rowById.get(debit.authorization_id)
      return row ? [{ debit, row, credits: creditsOf.get(debit.reference) ?? [] }] : []
    })
}

/**
 * What went back of each debit is what its released tenge say, counted anew: the share of everything that was released
 * of it, rounded down once, less what refunds had left to give. A debit that approved nothing went back whole.
 */
export function compareCredits(debits: readonly Debited[]): string[] {
  return debits.flatMap(({ debit, row, credits }) => {
    const amount = BigInt(debit.amount)
    const back = (purpose?: string) =>
      credits
        .filter((credit) => purpose === undefined || credit.purpose === purpose)
        .reduce((sum, credit) => sum + BigInt(credit.amount), 0n)
    if (row.state !== 'approved')
      return back() === amount ? [] : [`${debit.reference} approved nothing, ${back()} went back`]
    const step = stepAt(debit.rail, debit.asset)
    const released = BigInt(debit.released)
    const share = released === 0n ? 0n : ((amount / step) * released) / BigInt(debit.billing ?? 0)
    const left = amount - back('refund')
    const due = share * step < left ? share * step : left
    const given = back() - back('refund')
    if (given === due) return []
    return [
      `${debit.reference} released ${released} of ${debit.billing}: ${given} and not ${due} back`,
    ]
  })
}

/** What a debit's fee or spread is worth once a share of its billing was released. */
export function keptOf({ debit, row }: Debited, what: 'fee' | 'spread'): bigint {
  if (row.state !== 'approved') return 0n
  const all = BigInt(debit[what] ?? 0)
  const billing = BigInt(debit.billing ?? 0)
  return billing === 0n ? all : all - (all * BigInt(debit.released)) / billing
}

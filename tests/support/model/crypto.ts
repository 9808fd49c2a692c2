import type { ModelDebit } from './state.ts'

/**
 * What one debit took, in the smallest units that its rail moves, and the fee (tiyn) that it was for; what refunds
 * without a purchase credited of it, by their names.
 */
export type Taken = {
  readonly units: bigint
  readonly fee: bigint
  readonly unmatched?: (name: string) => bigint
}

/**
 * How much of a debit went back, in the rail's smallest units, and what its fee is worth now: for each release the
 * whole share of all that was released so far, less what releases gave before; for each refund its share of billing and
 * fee together, so that the fee is kept. Never more than was taken.
 */
export function givenBack(
  debit: ModelDebit,
  { units, fee, unmatched = () => 0n }: Taken,
): { units: bigint; fee: bigint } {
  let released = 0n
  let byReleases = 0n
  let back = 0n
  for (const step of debit.steps) {
    if (step.kind === 'unmatched') {
      back += unmatched(step.by)
      continue
    }
    const { kind, tiyn } = step
    const before = byReleases
    if (kind === 'release') {
      released += tiyn
      byReleases = (units * released) / debit.billing
    }
    const due = kind === 'release' ? byReleases - before : (units * tiyn) / (debit.billing + fee)
    back += due < units - back ? due : units - back
  }
  return { units: back, fee: fee - (fee * released) / debit.billing }
}

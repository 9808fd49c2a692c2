import type { ClaimLost, Recorded } from '../movements.ts'

/** Nothing was written. */
export const CLAIM_LOST: ClaimLost = { kind: 'claim_lost' }

/** What became of a write that gives a row where it wrote anything. */
export function recorded(row: unknown): Recorded {
  return row === undefined ? CLAIM_LOST : { kind: 'recorded' }
}

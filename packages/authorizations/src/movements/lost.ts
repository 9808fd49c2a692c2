import type { ClaimLost } from '../movements.ts'

/** Nothing was written. */
export const CLAIM_LOST: ClaimLost = { kind: 'claim_lost' }

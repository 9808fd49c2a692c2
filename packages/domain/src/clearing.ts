import type { Amount } from '@tolem/money/amount'
import type { NetworkKey, OriginalReference } from './authorization.ts'
import type { BankId, CardToken } from './ids.ts'

/** What a presentment found. All of them are recorded and owed to the bank: clearing is never refused. */
export const CLEARING_OUTCOMES = [
  /** What was held covered it. */
  'cleared',
  /** It is more than was held: the rest is exposure, which settlement collects from the wallet. */
  'cleared_beyond_hold',
  /** There was no authorization that stood: all of it is exposure, under an authorization record of its own. */
  'force_posted',
] as const
export type ClearingOutcome = (typeof CLEARING_OUTCOMES)[number]

/** One presentment: what the acquirer claims for an authorization, whole or in part. */
export type ClearingRequest = {
  readonly bank: BankId
  /** Absent: a force post, of which we were never asked. */
  readonly original: OriginalReference | undefined
  readonly cardToken: CardToken
  readonly amount: Amount<'KZT'>
  /** No further presentment follows: what is still held is released. */
  readonly isLast: boolean
  readonly networkKey: NetworkKey
  readonly fingerprint: Buffer
}

import type { ClaimedMandate } from '@tolem/cards/mandates'
import type {
  MandateReason,
  MandateState,
  MandateStatus,
  SignedMandate,
} from '@tolem/domain/mandate'

/** Nothing can be concluded yet. Without `isStuck` all is as it should be, and it is looked at again in time. */
export type MandateWait = {
  readonly kind: 'wait'
  readonly detail: string
  readonly isStuck: boolean
  /** No waiting will help. */
  readonly isForPerson: boolean
}

export type MandateStep =
  /** `isUnknown`: the exchange has nothing of it, so that a refusal now is final. */
  | { readonly kind: 'ask'; readonly isUnknown: boolean }
  | { readonly kind: 'sign'; readonly signed: SignedMandate }
  | { readonly kind: 'end'; readonly signed: SignedMandate }
  | {
      readonly kind: 'close'
      readonly status: Extract<MandateStatus, 'ended' | 'expired' | 'refused'>
      readonly reason: MandateReason
    }
  | MandateWait

/** An exchange's clock and ours differ, and it may be late in telling what was signed at the last moment. */
const GRACE_MS = 2 * 60_000

/** The longest that a link whose expiry we never learned can be signed by (Bybit Pay: 1,440 minutes). */
const LONGEST_OFFER_MS = 24 * 3_600_000

/** What the exchange's word about a mandate says must be done about it. */
export function nextForMandate(mandate: ClaimedMandate, found: MandateState): MandateStep {
  if (found.kind === 'unknown') return stuck(found.detail)
  switch (mandate.status) {
    case 'requested':
      return nextForRequested(found)
    case 'offered':
      return nextForOffered(mandate, found)
    case 'signed':
      return nextForSigned(mandate, found)
    case 'ending':
      return nextForEnding(mandate, found)
    case 'ended':
    case 'expired':
    case 'refused':
      return { ...stuck('claimed after its end'), isForPerson: true }
  }
}

type Known = Exclude<MandateState, { readonly kind: 'unknown' }>

/** An offer whose answer we lost may be signed, though nobody had its link; and it may have run out. */
function nextForRequested(found: Known): MandateStep {
  switch (found.kind) {
    case 'signed':
      return { kind: 'sign', signed: found }
    case 'ended':
      return { kind: 'close', status: 'expired', reason: 'link_expired' }
    case 'unsigned':
    case 'not_found':
      return { kind: 'ask', isUnknown: found.kind === 'not_found' }
  }
}

/** What was over before it was ever in force was either refused or not signed in time. */
function nextForOffered(mandate: ClaimedMandate, found: Known): MandateStep {
  const isLate = mandate.claimedAt >= expiryOf(mandate)
  switch (found.kind) {
    case 'signed':
      return { kind: 'sign', signed: found }
    case 'ended':
      return isLate ? EXPIRED : { kind: 'close', status: 'refused', reason: 'refused_at_exchange' }
    case 'unsigned':
    case 'not_found':
      return mandate.claimedAt >= expiryOf(mandate) + GRACE_MS ? EXPIRED : inTime('not signed yet')
  }
}

const EXPIRED = { kind: 'close', status: 'expired', reason: 'link_expired' } as const

/** What was signed can only have ended; anything else contradicts what the exchange said before. */
function nextForSigned({ signed }: ClaimedMandate, found: Known): MandateStep {
  switch (found.kind) {
    case 'signed':
      if (found.walletId === signed?.walletId) return inTime('in force')
      return { ...stuck('the exchange names another wallet'), isForPerson: true }
    case 'ended':
      return { kind: 'close', status: 'ended', reason: 'ended_at_exchange' }
    case 'unsigned':
    case 'not_found':
      return { ...stuck(`signed before, and now ${found.kind}`), isForPerson: true }
  }
}

/** What was never signed cannot be ended: it is watched until nobody can sign it any more. */
function nextForEnding(mandate: ClaimedMandate, found: Known): MandateStep {
  const over = { kind: 'close', status: 'ended', reason: mandate.reason ?? 'replaced' } as const
  switch (found.kind) {
    case 'signed':
      return { kind: 'end', signed: found }
    case 'ended':
      return over
    case 'unsigned':
    case 'not_found':
      return mandate.claimedAt >= expiryOf(mandate) + GRACE_MS ? over : inTime('not signed yet')
  }
}

function expiryOf({ offer, createdAt }: ClaimedMandate): number {
  return offer?.expiresAt ?? createdAt + LONGEST_OFFER_MS
}

/** To be asked again, later each time. */
export function stuck(detail: string): MandateWait {
  return { kind: 'wait', detail, isStuck: true, isForPerson: false }
}

function inTime(detail: string): MandateWait {
  return { kind: 'wait', detail, isStuck: false, isForPerson: false }
}

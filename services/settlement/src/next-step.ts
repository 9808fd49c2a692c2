import type { ClaimedCredit, ClaimedDebit } from '@tolem/authorizations/movements'
import {
  isNotFoundFinal,
  isResendSafe,
  type LookUpResult,
  type MovementCapabilities,
} from '@tolem/domain/movement'

/** Nothing can be concluded yet. `isForPerson` says that no waiting will help. */
export type Wait = {
  readonly kind: 'wait'
  readonly state: 'intended' | 'in_doubt'
  readonly detail: string
  readonly isForPerson: boolean
  /** In how many milliseconds the same answer would mean more: no later than that it is asked again. */
  readonly finalInMs?: number
}

export type DebitStep =
  | { readonly kind: 'execute'; readonly exchangeReference: string }
  | { readonly kind: 'refuse'; readonly detail: string }
  | Wait

export type CreditStep =
  | { readonly kind: 'execute'; readonly exchangeReference: string }
  /** `isAlone` says that no earlier sending under this reference can still be executed. */
  | { readonly kind: 'send'; readonly isAlone: boolean }
  | Wait

/** What a look-up says must be done about a debit. Only a certain "no" refuses it. */
export function nextForDebit(
  found: LookUpResult,
  debit: ClaimedDebit,
  capabilities: MovementCapabilities,
): DebitStep {
  switch (found.kind) {
    case 'executed':
      return { kind: 'execute', exchangeReference: found.exchangeReference }
    case 'refused':
      return { kind: 'refuse', detail: found.detail }
    case 'not_found':
      return isFinal(debit, capabilities)
        ? { kind: 'refuse', detail: 'not found when that is final' }
        : notFoundYet(debit, capabilities)
    case 'contradicted':
      return { ...inDoubt(found.detail), isForPerson: true }
    case 'unknown':
      return inDoubt(found.detail)
  }
}

/**
 * What a look-up says must be done about a credit that was sent before. It is sent again, under its one reference, only
 * when the exchange does not know it, and then only if that is final or the rail does not move twice for one reference.
 */
export function nextForCredit(
  found: LookUpResult,
  credit: Times,
  capabilities: MovementCapabilities,
): CreditStep {
  switch (found.kind) {
    case 'executed':
      return { kind: 'execute', exchangeReference: found.exchangeReference }
    case 'refused':
      return { ...inDoubt(found.detail), state: 'intended' }
    case 'not_found': {
      const isAlone = isFinal(credit, capabilities)
      const { createdAt, claimedAt } = credit
      if (isAlone || isResendSafe(capabilities, createdAt, claimedAt))
        return { kind: 'send', isAlone }
      return notFoundYet(credit, capabilities)
    }
    case 'contradicted':
      return { ...inDoubt(found.detail), isForPerson: true }
    case 'unknown':
      return inDoubt(found.detail)
  }
}

/** What a step is judged by. */
type Times = Pick<ClaimedCredit, 'createdAt' | 'claimedAt' | 'validUntil'>

/**
 * Judged at the claim, before the look-up was asked: an answer cannot be older than its question. Where the exchange
 * takes requests of any age, one of an instance that was stopped may still come: "not found" is never final there.
 */
function isFinal({ validUntil, claimedAt }: Times, capabilities: MovementCapabilities): boolean {
  const { hasValidityWindow } = capabilities
  return hasValidityWindow && isNotFoundFinal(capabilities, validUntil, claimedAt)
}

/** "Not found" becomes the truth at a known moment; waiting longer would leave the doubt standing for nothing. */
function notFoundYet(
  { validUntil, claimedAt }: Times,
  { notFoundIsFinalAfterMs, hasValidityWindow }: MovementCapabilities,
): Wait {
  if (!hasValidityWindow)
    return { ...inDoubt('not found, and it may still be executed'), isForPerson: true }
  return { ...inDoubt('not found yet'), finalInMs: validUntil + notFoundIsFinalAfterMs - claimedAt }
}

/** To be looked up again, later. */
export function inDoubt(detail: string): Wait {
  return { kind: 'wait', state: 'in_doubt', detail, isForPerson: false }
}

import type { AuthorizationId, ReversalId } from '@tolem/domain/ids'

/** The database keeps the UUID alone; the prefix says what it names everywhere else. */
export function toAuthorizationId(uuid: string): AuthorizationId {
  return `aut_${uuid}` as AuthorizationId
}

/** The same for a reversal. */
export function toReversalId(uuid: string): ReversalId {
  return `rev_${uuid}` as ReversalId
}

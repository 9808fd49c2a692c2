import { setTimeout as wait } from 'node:timers/promises'
import type { Concluded, Conclusion } from '@tolem/authorizations/conclude'
import type { AuthorizationRecords } from '@tolem/authorizations/records'
import type { AuthorizationRequest } from '@tolem/domain/authorization'
import type { AuthorizationId, BankId } from '@tolem/domain/ids'
import { decisionAnswer, renderDecline } from '@tolem/wire/authorization'
import type { WireAnswer } from '@tolem/wire/problem'
import type { ResponseCodeTable } from '@tolem/wire/response-codes'

/** The database lets an approval be withdrawn for ten seconds; two are left for the statement itself. */
const TRY_FOR_MS = 8_000
const TRY_EVERY_MS = 250

/** Takes back approvals whose answers reached nobody. */
export type Withdrawals = {
  /** CONCLUDE, remembering what it may have approved until the answer is out. */
  conclude(item: Conclusion): Promise<Concluded>
  /** Undoes an approval that nobody was told of, and gives the answer that stands then. */
  withdraw(id: AuthorizationId, request: AuthorizationRequest): Promise<WireAnswer>
  /** The answer is out, or was never an approval. */
  forget(id: AuthorizationId): void
}

/**
 * An approval that was recorded too late to be sent must not leave the cardholder debited until the bank finds out. While
 * the database cannot be reached this keeps trying for as long as the database would allow it; after that the approval
 * stands, and the bank's reversal or the hold's expiry settles it.
 */
export function createWithdrawals(deps: {
  readonly records: AuthorizationRecords
  readonly codesOf: (bank: BankId) => ResponseCodeTable
  readonly monotonicNow: () => number
  readonly onWithdrawn: (id: AuthorizationId) => void
}): Withdrawals {
  const approving = new Set<AuthorizationId>()
  return {
    conclude(item) {
      if (item.decision.kind === 'approve') approving.add(item.id)
      return deps.records.conclude(item)
    },

    async withdraw(id, request) {
      if (!approving.delete(id)) throw new Error('nothing was approved')
      const reason = 'deadline_exceeded'
      const body = renderDecline(id, reason, deps.codesOf(request.bank))
      const startedAt = deps.monotonicNow()
      for (;;) {
        try {
          const standing = await deps.records.withdraw(id, { kind: 'decline', reason, body })
          if (standing === body) deps.onWithdrawn(id)
          return decisionAnswer(standing)
        } catch (error) {
          if (deps.monotonicNow() - startedAt > TRY_FOR_MS) throw error
          await wait(TRY_EVERY_MS)
        }
      }
    },

    forget: (id) => void approving.delete(id),
  }
}

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
  /** Undoes what was approved and told to nobody, and gives the answer that stands then; nothing if nothing was. */
  withdraw(id: AuthorizationId, request: AuthorizationRequest): Promise<WireAnswer | undefined>
  /** The answer is out, or was never an approval. */
  forget(id: AuthorizationId): void
}

/**
 * An approval that was recorded too late to be sent must not leave the cardholder debited until the bank finds out.
 * While the database cannot be reached this keeps trying for as long as the database would allow it; after that the
 * approval stands, and the bank's reversal or the hold's expiry settles it.
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
      if (!approving.delete(id)) return undefined
      const reason = 'deadline_exceeded'
      const body = renderDecline(id, reason, deps.codesOf(request.bank))
      const decline = { kind: 'decline', reason, body } as const
      const standing = await keepTrying(deps.monotonicNow, () => deps.records.withdraw(id, decline))
      if (standing === body) deps.onWithdrawn(id)
      return standing === undefined ? undefined : decisionAnswer(standing)
    },

    forget: (id) => void approving.delete(id),
  }
}

async function keepTrying<T>(monotonicNow: () => number, ask: () => Promise<T>): Promise<T> {
  const startedAt = monotonicNow()
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (monotonicNow() - startedAt > TRY_FOR_MS) throw error
      await wait(TRY_EVERY_MS)
    }
  }
}

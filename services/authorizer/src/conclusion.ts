import type { Intent, PlannedDebit } from '@tolem/authorizations/accept'
import type { Conclusion } from '@tolem/authorizations/conclude'
import { type DeclineReason, firstReason, toApprovalCode } from '@tolem/domain/decision'
import type { AuthorizationId, BankId } from '@tolem/domain/ids'
import type { DebitResult } from '@tolem/domain/movement'
import { approvalJournal } from '@tolem/ledger'
import { renderApproval, renderDecline } from '@tolem/wire/authorization'
import type { Caller } from './callers.ts'

/** What was accepted, and what of it the exchange was asked for last. */
export type Accepted = {
  readonly id: AuthorizationId
  readonly caller: Caller
  /** What an increment raises. */
  readonly parent?: AuthorizationId | undefined
  readonly isFinal: boolean
  readonly approvalNumber: bigint
  readonly plan: Intent
}

/**
 * What to conclude after asking the exchange. Only debits that surely happened approve, all of them, and no more than
 * they paid for. Where several did not, the first reason in order of precedence is told: that the wallet holds too
 * little, which is certain and would be so again, comes before a doubt, which settlement ends in any case.
 *
 * @param results - of the plan's debits, in their order.
 */
export function concludeDebits(accepted: Accepted, results: readonly DebitResult[]): Conclusion {
  const { id, caller, parent, plan, approvalNumber, isFinal } = accepted
  const debits = plan.debits.map(({ order: { reference } }, index) => ({
    reference,
    result: results[index] ?? UNASKED,
  }))
  const reason = firstReason(debits.flatMap(({ result }) => reasonOf(result) ?? []))
  if (reason) return { ...concludeDecline(id, reason, caller), debits }
  const { codes } = caller
  const { outcome, billing: approved } = plan
  const approvalCode = toApprovalCode(approvalNumber)
  const funding = plan.debits.map(({ quote }) => quote)
  return {
    id,
    parent,
    debits,
    decision: {
      kind: 'approve',
      outcome,
      approvalCode,
      body: renderApproval({ id, outcome, approvalCode, approved, funding, codes }),
      journal: plan.debits.flatMap(({ order, quote }) =>
        approvalJournal(order.reference, toLedgerWallet(caller.id, plan, order), {
          ...quote,
          isFinal,
        }),
      ),
    },
  }
}

/** A debit of which nobody gave a result may have been sent. */
const UNASKED: DebitResult = { kind: 'in_doubt', detail: 'no result' }

/** Why a debit does not approve. */
function reasonOf(result: DebitResult): DeclineReason | undefined {
  if (result.kind === 'debited') return undefined
  return result.kind === 'rejected' ? result.reason : 'exchange_in_doubt'
}

/** What to conclude of an authorization that is declined already and still lacks its bytes. */
export function concludeDecline(
  id: AuthorizationId,
  reason: DeclineReason,
  caller: Caller,
): Conclusion {
  return {
    id,
    decision: { kind: 'decline', reason, body: renderDecline(id, reason, caller.codes) },
  }
}

function toLedgerWallet(bank: BankId, { card }: Intent, { wallet, asset }: PlannedDebit['order']) {
  return { bank, cardToken: card.token, exchange: wallet.exchange, asset }
}

import type { Intent } from '@tolem/authorizations/accept'
import type { Conclusion } from '@tolem/authorizations/conclude'
import { toApprovalCode } from '@tolem/domain/approval-code'
import type { DeclineReason } from '@tolem/domain/decision'
import type { AuthorizationId, BankId } from '@tolem/domain/ids'
import type { DebitResult } from '@tolem/domain/movement'
import { approvalJournal } from '@tolem/ledger'
import { renderApproval, renderDecline } from '@tolem/wire/authorization'
import type { Caller } from './callers.ts'

/** What was accepted, and what of it was asked of the exchange last. */
export type Accepted = {
  readonly id: AuthorizationId
  readonly caller: Caller
  /** What an increment raises. */
  readonly parent?: AuthorizationId | undefined
  readonly isFinal: boolean
  readonly approvalNumber: bigint
  readonly plan: Intent
}

/** What to conclude after asking the exchange. Only a debit that surely happened approves, and no more than it paid. */
export function concludeDebit(accepted: Accepted, result: DebitResult): Conclusion {
  const { id, caller, parent, plan, approvalNumber, isFinal } = accepted
  const { debit, quote, outcome } = plan
  const { reference } = debit
  if (result.kind !== 'debited') {
    const reason: DeclineReason = result.kind === 'rejected' ? result.reason : 'exchange_in_doubt'
    return { ...concludeDecline(id, reason, caller), debit: { reference, result } }
  }
  const approvalCode = toApprovalCode(approvalNumber)
  const approved = quote.billing
  const { codes } = caller
  return {
    id,
    parent,
    debit: { reference, result },
    decision: {
      kind: 'approve',
      outcome,
      approvalCode,
      body: renderApproval({ id, outcome, approvalCode, approved, funding: [quote], codes }),
      journal: approvalJournal(reference, toLedgerWallet(caller.id, plan), { ...quote, isFinal }),
    },
  }
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

function toLedgerWallet(bank: BankId, { card, debit }: Intent) {
  return { bank, cardToken: card.token, exchange: debit.wallet.exchange, asset: debit.asset }
}

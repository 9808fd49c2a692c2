import { uuidOf } from '@tolem/domain/ids'
import type { Run } from '@tolem/postgres/pool'
import type { Statement } from '@tolem/postgres/statements'
import type { ClaimedMandate, MandateWrite } from '../mandates.ts'

// At the longest pause between attempts they take about a quarter of an hour: then a person must know.
const MOST_ATTEMPTS = 40

/** Writes a mandate in its claim; nothing when the claim was lost. */
export async function changeMandate(
  run: Run,
  statement: Statement,
  { mandate, write }: { readonly mandate: ClaimedMandate; readonly write: MandateWrite },
): Promise<{ readonly newly_escalated: boolean } | undefined> {
  const [row] = await run<{ readonly newly_escalated: boolean }>(statement, [
    uuidOf(mandate.id),
    mandate.epoch,
    JSON.stringify(toChange(write)),
    MOST_ATTEMPTS,
  ])
  return row
}

/** What is absent is left out, and the statement keeps what the row has. */
function toChange({ status, reason, detail, delayMs, offer, signed, ...rest }: MandateWrite) {
  return {
    state: status,
    reason,
    detail,
    delay_ms: delayMs,
    exchange_reference: offer?.exchangeReference,
    link: offer?.link,
    qr_code: offer?.qrCode,
    expires_at: offer?.expiresAt,
    wallet_id: signed?.walletId,
    user_id: signed?.userId,
    ends_at: signed?.endsAt,
    is_stuck: rest.isStuck ?? false,
    is_for_person: rest.isForPerson ?? false,
  }
}

import { type ApprovalOutcome, DECLINE_REASONS, type DeclineReason } from '@tolem/domain/decision'

/** ISO 8583 field 39. */
export type ResponseCode = string

/** Approved. */
export const APPROVED: ResponseCode = '00'

/** What ISO 8583 (1987) field 39 says of approvals: with identification, partial, of a VIP, and with a track update. */
const APPROVALS = new Set([APPROVED, '08', '10', '11', '16'])

/** The response code of every outcome for one bank. */
export type ResponseCodeTable = Readonly<Record<ApprovalOutcome | DeclineReason, ResponseCode>>

/**
 * A bank's own table over its programme's.
 *
 * @throws {Error} naming every decline that would be sent on as an approval.
 */
export function responseCodeTable(
  common: ResponseCodeTable,
  overrides: Readonly<Partial<Record<keyof ResponseCodeTable, string>>>,
): ResponseCodeTable {
  const table = { ...common, ...overrides }
  const approving = DECLINE_REASONS.filter((reason) => APPROVALS.has(table[reason]))
  if (approving.length > 0)
    throw new Error(`a decline must not have the code of an approval: ${approving.join(', ')}`)
  return table
}

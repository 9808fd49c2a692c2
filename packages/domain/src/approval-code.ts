/** All six-character codes of digits and capitals (DE38 is an6). */
const CODES = 36n ** 6n

/** Coprime to 36, so that consecutive numbers visit every code once, far apart, before one comes again. */
const STRIDE = 1_500_450_271n

/** Six letters or digits, unique among two thousand million authorizations. */
export function toApprovalCode(approvalNumber: bigint): string {
  const code = (approvalNumber * STRIDE) % CODES
  return code.toString(36).toUpperCase().padStart(6, '0')
}

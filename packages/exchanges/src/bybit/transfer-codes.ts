import type { CodeRow } from './gateway-codes.ts'

/**
 * The codes of a universal transfer (Bybit V5, Error Codes, Transfer), by what they say about the transfer that was
 * asked for. `unclear` is what an earlier request under the same transferId can cause (131082, 131214: to be looked
 * up), the exchange's own faults, and checks that failed to run, which say nothing about what followed them.
 */
export const TRANSFER_CODES: Readonly<Record<string, CodeRow>> = {
  '131082': ['DO_NOT_REPEAT', 'unclear'],
  '131200': ['SERVICE_ERROR', 'unclear'],
  '131201': ['INTERNAL_ERROR', 'unclear'],
  '131202': ['INVALID_MEMBER_ID', 'refused'],
  '131203': ['REQUEST_PARAMETER_ERROR', 'misconfigured'],
  '131204': ['ACCOUNT_INFO_ERROR', 'unclear'],
  '131205': ['QUERY_TRANSFER_ERROR', 'unclear'],
  '131206': ['CANNOT_BE_TRANSFER', 'refused'],
  '131207': ['ACCOUNT_NOT_EXIST', 'refused'],
  '131208': ['FORBID_TRANSFER', 'refused'],
  '131209': ['SUB_MEMBER_RELATION_ERROR', 'unclear'],
  '131210': ['AMOUNT_ACCURACY_ERROR', 'misconfigured'],
  '131211': ['SAME_ACCOUNT_TYPE', 'misconfigured'],
  '131212': ['INSUFFICIENT_BALANCE', 'insufficient_funds'],
  '131213': ['TRANSFER_LTV_CHECK', 'refused'],
  '131214': ['TRANSFER_ID_EXIST', 'unclear'],
  '131215': ['AMOUNT_ERROR', 'misconfigured'],
  '131216': ['QUERY_BALANCE_ERROR', 'unclear'],
  '131217': ['RISK_CHECK', 'refused'],
  '131226': ['SECURITY_REASONS', 'refused'],
  '131227': ['NO_UNIVERSAL_TRANSFER_PERMISSION', 'misconfigured'],
  '131228': ['ABOVE_TRANSFER_SAFE_AMOUNT', 'insufficient_funds'],
  '131229': ['COMPLIANCE_CURRENCY', 'refused'],
  '131230': ['SYSTEM_BUSY', 'unclear'],
  '131231': ['TRANSFERS_IN_NOT_SUPPORTED', 'refused'],
  '131232': ['TRANSFERS_OUT_NOT_SUPPORTED', 'refused'],
  '131233': ['ISLAMIC_ACCOUNT_COIN', 'refused'],
  '131239': ['PLATFORM_COLLATERAL_LIMIT', 'refused'],
}

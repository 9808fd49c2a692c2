import type { CodeMeaning } from '../verdict.ts'

/** What each error of the partner protocol (Errors) says about the transfer that was asked for. */
const CODES: Readonly<Record<string, CodeMeaning>> = {
  malformed: 'misconfigured',
  amount_invalid: 'misconfigured',
  asset_unknown: 'refused',
  signature_invalid: 'misconfigured',
  key_unknown: 'misconfigured',
  permission_missing: 'misconfigured',
  timestamp_invalid: 'clock_off',
  expired: 'clock_off',
  insufficient_funds: 'insufficient_funds',
  account_unknown: 'refused',
  account_closed: 'refused',
  credit_exceeds_debit: 'refused',
  debit_unknown: 'refused',
  // The reference is ours alone: another transfer under it is for a person, and a look-up shows it.
  reference_reused: 'unclear',
  rate_limited: 'throttled',
  banned: 'throttled',
  unavailable: 'unclear',
}

/** What a code says; an unknown one says nothing about execution. */
export function meaningOf(code: string): CodeMeaning {
  return Object.hasOwn(CODES, code) ? (CODES[code] ?? 'unclear') : 'unclear'
}

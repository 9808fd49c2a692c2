import { type Answer, type Failures, JSON_HEADERS } from '../call.ts'

/** The errors of PARTNER.md with their HTTP status and a message for people. */
const REFUSALS = {
  malformed: [400, 'The request is not what the protocol describes'],
  amount_invalid: [400, 'Not an amount of whole coins with at most eight decimals'],
  asset_unknown: [400, 'This asset is not held here'],
  signature_invalid: [401, 'The signature is not that of the request'],
  key_unknown: [401, 'No such key'],
  permission_missing: [403, 'The key may not do this'],
  timestamp_invalid: [400, 'The time of signing or of expiry is not acceptable'],
  expired: [400, 'The request came after it expired'],
  insufficient_funds: [409, 'The account does not hold so much'],
  account_unknown: [404, 'No such account'],
  account_closed: [409, 'The account cannot be debited'],
  credit_exceeds_debit: [409, 'More would be given back than was taken'],
  debit_unknown: [404, 'No such debit of this account and asset'],
  reference_reused: [409, 'The reference names another transfer'],
  not_found: [404, 'No transfer has this reference'],
  rate_limited: [429, 'Too many requests'],
  banned: [403, 'No call at all until later'],
  unavailable: [503, 'It may have been executed: look the reference up'],
} as const satisfies Record<string, readonly [number, string]>

/** Why the partner refused. */
export type Refusal = keyof typeof REFUSALS

/** A successful answer. */
export function partnerAnswer(body: unknown): Answer {
  return { status: 200, headers: JSON_HEADERS, body: JSON.stringify(body) }
}

/** The error's body with its status. `detail` is added to the message. */
export function partnerRefusal(error: Refusal, detail = ''): Answer {
  const [status, words] = REFUSALS[error]
  const message = detail === '' ? words : `${words}: ${detail}`
  return { status, headers: JSON_HEADERS, body: JSON.stringify({ error, message }) }
}

/** What the partner says when a call fails for no reason of its own. */
export const partnerFailures: Failures = {
  serverError: () => partnerRefusal('unavailable'),
  unreadable: () => partnerRefusal('malformed'),
  tooManyRequests: (_operation, retryAfterMs) => wait(partnerRefusal('rate_limited'), retryAfterMs),
  banned: (retryAfterMs) => wait(partnerRefusal('banned'), retryAfterMs),
}

function wait(answer: Answer, retryAfterMs: number): Answer {
  const seconds = String(Math.max(1, Math.ceil(retryAfterMs / 1_000)))
  return { ...answer, headers: { ...answer.headers, 'retry-after': seconds } }
}

import { type Answer, type Failures, JSON_HEADERS } from '../call.ts'

/** Bybit Pay's codes that the sandbox uses (pay-docs, error-codes). */
const PAY_REFUSALS = {
  parameter: [400, 40000, 'Parameter error'],
  already_exists: [200, 40001, 'Parameter error: external_agreement_no already exists'],
  forbidden: [403, 40002, 'Forbidden'],
  not_found: [200, 40003, 'Agreement does not exist'],
  duplicate: [400, 40004, 'Duplicate request, please use the query API'],
  already_unsigned: [200, 40004, 'Agreement already unsigned, no need to repeat'],
  rate: [429, 42900, 'Too many requests, please try again later'],
  server: [503, 50001, 'Service temporarily unavailable'],
  agreement_not_exist: [200, 139001001, 'Agreement does not exist'],
  agreement_expired: [200, 139001002, 'Agreement expired'],
  agreement_unsigned: [200, 139001003, 'Agreement is not signed'],
  agreement_suspended: [200, 139001004, 'Agreement suspended'],
  agreement_status: [200, 139001005, 'Agreement status does not support the operation'],
  merchant_mismatch: [200, 139001009, 'Merchant does not match'],
  user_mismatch: [200, 139001011, 'User does not match the agreement'],
  type_mismatch: [200, 139001013, 'Agreement type does not match'],
  trade_not_exist: [200, 139002001, 'Trade does not exist'],
  trade_processing: [200, 139002005, 'Trade is processing'],
  refund_amount: [200, 139003001, 'Refund amount exceeds the refundable amount'],
  refund_not_allowed: [200, 139003002, 'Refund is not allowed'],
  refund_processing: [200, 139003003, 'Another refund is in progress'],
  refund_not_exist: [200, 139003004, 'Refund does not exist'],
  currency: [200, 139004002, 'Currency not supported'],
  amount: [200, 139004004, 'Invalid amount'],
  single_limit: [200, 139004005, 'Amount exceeds the single limit'],
  period_limit: [200, 139004006, 'Amount exceeds the period limit'],
  signature: [200, 139005002, 'Signature verification failed'],
  timestamp: [200, 139005003, 'Timestamp out of range'],
  key: [200, 139005004, 'Invalid API key'],
} as const satisfies Record<string, readonly [number, number, string]>

/** Why Bybit Pay refused. */
export type PayRefusal = keyof typeof PAY_REFUSALS

/** Bybit Pay's success: retCode 20000, which says nothing of the payment's own status. */
export function payAnswer(result: unknown): Answer {
  const body = JSON.stringify({ retCode: 20000, retMsg: 'Success', result })
  return { status: 200, headers: JSON_HEADERS, body }
}

/** Bybit Pay's refusal: `result` is null. `detail` is added to the message. */
export function payRefusal(refusal: PayRefusal, detail = ''): Answer {
  const [status, retCode, message] = PAY_REFUSALS[refusal]
  const retMsg = detail === '' ? message : `${message}: ${detail}`
  return { status, headers: JSON_HEADERS, body: JSON.stringify({ retCode, retMsg, result: null }) }
}

/** 42900 with the milliseconds to wait. */
export function payTooMany(retryAfterMs: number): Answer {
  const [status, retCode, retMsg] = PAY_REFUSALS.rate
  const body = JSON.stringify({ retCode, retMsg, result: { retry_after: retryAfterMs } })
  return { status, headers: JSON_HEADERS, body }
}

/** Bybit V5's envelope; HTTP 200 even for errors. Each product has its own word for success. */
export function v5Answer(result: unknown, time: number, retMsg = 'OK'): Answer {
  const body = JSON.stringify({ retCode: 0, retMsg, result, retExtInfo: {}, time })
  return { status: 200, headers: JSON_HEADERS, body }
}

/** Bybit V5's refusal: the same envelope with an empty result. */
export function v5Refusal(retCode: number, retMsg: string, time: number): Answer {
  const body = JSON.stringify({ retCode, retMsg, result: {}, retExtInfo: {}, time })
  return { status: 200, headers: JSON_HEADERS, body }
}

/** The lock-out of an address: HTTP 403 and no JSON. */
export function accessTooFrequent(): Answer {
  return { status: 403, headers: { 'content-type': 'text/plain' }, body: 'access too frequent' }
}

export function bybitFailures(now: () => number): Failures {
  return {
    serverError: () => payRefusal('server'),
    unreadable: () => payRefusal('parameter'),
    tooManyRequests: (operation, retryAfterMs) =>
      operation === 'prices'
        ? v5Refusal(10006, 'Too many visits!', now())
        : payTooMany(retryAfterMs),
    banned: accessTooFrequent,
  }
}

import { type Answer, type Failures, JSON_HEADERS } from '../call.ts'

/**
 * Binance Pay's codes that the sandbox uses, with the HTTP status that an unofficial library recorded for each. What
 * is not published (a limit passed, a refund too large, a repeated contract) is worded by the nearest of these.
 */
const REFUSALS = {
  unknown: [500, '400000', 'An unknown error occurred while processing the request.'],
  parameter: [
    400,
    '400001',
    'Parameter format is wrong or parameter transferring does not comply.',
  ],
  signature: [406, '400002', 'Signature for this request is not valid.'],
  timestamp: [406, '400003', 'Timestamp for this request is outside of the time window.'],
  key: [401, '400004', 'API identity key not found or invalid.'],
  key_format: [401, '400005', 'API identity key format invalid.'],
  body: [400, '400008', 'The request body is not valid.'],
  missing: [400, '400100', 'Mandatory parameter was not sent, was empty or malformed.'],
  length: [400, '400101', 'A parameter has a wrong length.'],
  value: [400, '400102', 'A parameter has a wrong value.'],
  character: [400, '400103', 'Illegal characters found in a parameter.'],
  trade_no: [400, '400201', 'merchantTradeNo is invalid or duplicated.'],
  order: [400, '400202', 'Order not found.'],
  account: [403, '400203', 'The account or order status does not allow this.'],
  contract: [404, '406207', 'Direct debit contract not found.'],
  contract_unsigned: [409, '406212', 'Direct debit contract is not signed.'],
} as const satisfies Record<string, readonly [number, string, string]>

/** Why Binance Pay refused. */
export type PayRefusal = keyof typeof REFUSALS

/** Binance Pay's success, which says nothing of the order's own status. */
export function payAnswer(data: unknown): Answer {
  const body = JSON.stringify({ status: 'SUCCESS', code: '000000', data, errorMessage: '' })
  return { status: 200, headers: JSON_HEADERS, body }
}

/** Binance Pay's refusal. `detail` is added to the message. */
export function payRefusal(refusal: PayRefusal, detail = ''): Answer {
  const [status, code, message] = REFUSALS[refusal]
  const errorMessage = detail === '' ? message : `${message} ${detail}`
  const body = JSON.stringify({ status: 'FAIL', code, errorMessage })
  return { status, headers: JSON_HEADERS, body }
}

/** A refusal by a code that is not published. */
export function payRefusalBy(code: string, errorMessage: string): Answer {
  const body = JSON.stringify({ status: 'FAIL', code, errorMessage })
  return { status: 400, headers: JSON_HEADERS, body }
}

/** The gateway's own failure: a body, method or content type that never reached Binance Pay. */
function systemAbnormality(status: number): Answer {
  const error = { status: 'ERROR', type: 'SYS', code: '100001001' }
  const body = JSON.stringify({ ...error, errorData: 'System abnormality' })
  return { status, headers: JSON_HEADERS, body }
}

/** Binance Pay publishes neither limits nor bans: 429 as elsewhere at Binance, 403 as its gateway answers. */
export const binancePayFailures: Failures = {
  serverError: () => payRefusal('unknown'),
  unreadable: () => systemAbnormality(400),
  tooManyRequests: (_operation, retryAfterMs) => {
    const answer = systemAbnormality(429)
    const seconds = String(Math.max(1, Math.ceil(retryAfterMs / 1_000)))
    return { ...answer, headers: { ...answer.headers, 'retry-after': seconds } }
  },
  banned: () => ({
    status: 403,
    headers: { 'content-type': 'text/html' },
    body: '<html><head><title>403 Forbidden</title></head><body>403 Forbidden</body></html>',
  }),
}

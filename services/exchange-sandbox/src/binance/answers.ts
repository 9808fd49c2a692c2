import { type Answer, type Failures, JSON_HEADERS } from '../call.ts'

/** A successful Binance answer. */
export function binanceAnswer(body: unknown): Answer {
  return { status: 200, headers: JSON_HEADERS, body: JSON.stringify(body) }
}

/** Binance's error body with its HTTP status. */
export function binanceError(status: number, code: number, msg: string): Answer {
  return { status, headers: JSON_HEADERS, body: JSON.stringify({ code, msg }) }
}

/** Mandatory parameter missing, empty or malformed. */
export function malformed(parameter: string): Answer {
  return binanceError(
    400,
    -1102,
    `Mandatory parameter '${parameter}' was not sent, was empty/null, or malformed.`,
  )
}

/** Over a weight limit: 429 with the seconds to wait. */
export function tooMuchWeight(retryAfterMs: number): Answer {
  const answer = binanceError(429, -1003, 'Too much request weight used; please back off.')
  return { ...answer, headers: { ...answer.headers, 'retry-after': seconds(retryAfterMs) } }
}

/** "Execution status is UNKNOWN and could have been a success." */
export function unknownExecution(): Answer {
  return binanceError(
    503,
    -1007,
    'Timeout waiting for response from backend server. Send status unknown; execution status unknown.',
  )
}

export const binanceFailures: Failures = {
  serverError: unknownExecution,
  unreadable: () => malformed('body'),
  tooManyRequests: (_operation, retryAfterMs) => tooMuchWeight(retryAfterMs),
  banned: (retryAfterMs) => {
    const answer = binanceError(418, -1003, 'Way too much request weight used; IP banned.')
    return { ...answer, headers: { ...answer.headers, 'retry-after': seconds(retryAfterMs) } }
  },
}

function seconds(milliseconds: number): string {
  return String(Math.max(1, Math.ceil(milliseconds / 1_000)))
}

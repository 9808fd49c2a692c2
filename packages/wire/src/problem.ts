/** A problem that is not a decision: what a caller did wrong, or why we cannot answer now. */
export type ProblemName = keyof typeof PROBLEMS

/** One invalid place in a body, by JSON pointer (RFC 6901); `pointer` is empty for the body as a whole. */
export type FieldError = { readonly pointer: string; readonly detail: string }

/** An answer that is ready to send: exact bytes and what they are. */
export type WireAnswer = {
  readonly status: number
  readonly contentType: 'application/json' | 'application/problem+json'
  readonly body: string
}

/**
 * Every problem with its HTTP status, a title that says what to do, and the response code (DE39) that a processor can
 * send on, so that it always has one. None of them changes money.
 */
export const PROBLEMS = {
  malformed_json: {
    status: 400,
    responseCode: '30',
    title: 'The body is not JSON. Send one JSON object in UTF-8.',
  },
  signature_missing: {
    status: 401,
    responseCode: '63',
    title: 'Sign the request as RFC 9421 says, with Content-Digest, Signature-Input and Signature.',
  },
  signature_refused: {
    status: 401,
    responseCode: '63',
    title: 'The signature does not hold for this message. See detail.',
  },
  not_found: {
    status: 404,
    responseCode: '30',
    title: 'There is nothing at this address for your bank.',
  },
  method_not_allowed: {
    status: 405,
    responseCode: '30',
    title: 'This address does not take this method.',
  },
  malformed_http: {
    status: 400,
    responseCode: '30',
    title: 'This is no HTTP/1.1 request. The connection is closed.',
  },
  request_too_slow: {
    status: 408,
    responseCode: '91',
    title: 'The request did not arrive in time. Nothing was started; send it again, all at once.',
  },
  head_too_large: {
    status: 431,
    responseCode: '30',
    title: 'The request line and the headers are larger than 16 KiB.',
  },
  body_too_large: { status: 413, responseCode: '30', title: 'The body is larger than 16 KiB.' },
  content_type_not_supported: {
    status: 415,
    responseCode: '30',
    title: 'Send Content-Type: application/json.',
  },
  fields_invalid: {
    status: 422,
    responseCode: '30',
    title: 'Some fields are not valid. See errors.',
  },
  card_number_refused: {
    status: 422,
    responseCode: '30',
    title: 'The message holds what looks like a card number. Send your own card token instead.',
  },
  key_reused: {
    status: 422,
    responseCode: '12',
    title: 'A different message was already sent under this network key.',
  },
  mandate_request_reused: {
    status: 422,
    responseCode: '12',
    title: 'Another mandate was already asked for under this mandateRequestId. Choose a new one.',
  },
  nonce_reused: {
    status: 401,
    responseCode: '63',
    title: 'This signature nonce was already used. Sign each request anew.',
  },
  overloaded: {
    status: 503,
    responseCode: '91',
    title: 'Too much work is under way. Nothing was started; send it again later.',
  },
  still_running: {
    status: 409,
    responseCode: '91',
    title: 'The first copy of this message is still running. Send it again to get its answer.',
  },
  no_answer_in_time: {
    status: 503,
    responseCode: '91',
    title:
      'No decision could be recorded inside the response budget. Send the message again or reverse it.',
  },
  unavailable: {
    status: 503,
    responseCode: '91',
    title: 'A part that we need is not available. Send the message again or reverse it.',
  },
  malfunction: {
    status: 500,
    responseCode: '96',
    title: 'We made a mistake. It was recorded; send the message again or reverse it.',
  },
} as const satisfies Readonly<
  Record<string, { status: number; responseCode: string; title: string }>
>

/** The RFC 9457 answer for a problem. `detail` and `errors` must hold nothing that the caller may not see. */
export function problem(
  name: ProblemName,
  more: { readonly detail?: string; readonly errors?: readonly FieldError[] } = {},
): WireAnswer {
  const { status, title, responseCode } = PROBLEMS[name]
  const body = { type: `/problems/${name}`, title, status, responseCode, ...more }
  return { status, contentType: 'application/problem+json', body: JSON.stringify(body) }
}

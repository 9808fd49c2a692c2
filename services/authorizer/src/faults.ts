import { PostgresFault } from '@tolem/postgres/fault'
import { QueueFull, WaitedTooLong } from '@tolem/postgres/group-commit'
import { type ProblemName, problem, type WireAnswer } from '@tolem/wire/problem'

/** Fastify's own refusals, by code: what reached no handler of ours. */
const PROBLEM_BY_CODE: Readonly<Record<string, ProblemName>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'content_type_not_supported',
  FST_ERR_CTP_EMPTY_TYPE: 'content_type_not_supported',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_json',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
  // Node's, of a sender who hung up in the middle of a body: nobody reads the answer, and nothing is wrong with us.
  ECONNRESET: 'malformed_http',
}

/**
 * The one translation of what was thrown into what a bank is told. `isOurs` says that somebody must look: it was
 * neither the caller nor a dependency.
 */
export function toProblem(error: unknown): {
  readonly answer: WireAnswer
  readonly isOurs: boolean
} {
  if (error instanceof QueueFull) return { answer: problem('overloaded'), isOurs: false }
  if (error instanceof WaitedTooLong) return { answer: problem('no_answer_in_time'), isOurs: false }
  if (error instanceof PostgresFault)
    return {
      answer: problem('unavailable'),
      isOurs: error.code === 'failed' || error.code === 'constraint',
    }
  const code = codeOf(error)
  const name = PROBLEM_BY_CODE[code]
  if (name) return { answer: problem(name), isOurs: false }
  return { answer: problem('malfunction'), isOurs: true }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

import type { Socket } from 'node:net'
import { type ProblemName, problem } from '@tolem/wire/problem'

/** What Node's parser calls the two that a sender can mend; everything else is no HTTP. */
const PROBLEM_BY_CODE: Readonly<Record<string, ProblemName>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_too_slow',
  HPE_HEADER_OVERFLOW: 'head_too_large',
}

/** After a stall of its own a process sees that a request is late before it reads the rest of it. */
const STALL_MS = 1_000

/**
 * Answers what never became a request, a head that is no HTTP or a sender that is too slow, and closes its connection:
 * nobody knows where the next request would begin. `behindMs`: for how long what is read now may have lain there.
 */
export function refuseUnreadable(
  error: Error & { readonly code?: string },
  socket: Socket,
  behindMs: number,
): void {
  const name = PROBLEM_BY_CODE[error.code ?? ''] ?? 'malformed_http'
  const isOurs = name === 'request_too_slow' && behindMs > STALL_MS
  if (error.code !== 'ECONNRESET' && socket.writable)
    socket.write(answerOf(isOurs ? 'unavailable' : name))
  socket.destroySoon()
}

function answerOf(name: ProblemName): string {
  const { status, contentType, body } = problem(name)
  const head = [
    `HTTP/1.1 ${status} Refused`,
    `content-type: ${contentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

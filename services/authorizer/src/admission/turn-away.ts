import type { ServerResponse } from 'node:http'
import { problem } from '@tolem/wire/problem'

/** When a bank may come again, in seconds (RFC 9110, 10.2.3): the smallest number that says "not at once". */
export const RETRY_AFTER_SECONDS = '1'

const ANSWERS = {
  overloaded: toAnswer(problem('overloaded')),
  closing: toAnswer(
    problem('unavailable', { detail: 'this process is closing; nothing was started' }),
    { connection: 'close' },
  ),
}

/**
 * Answers without having read anything but the head: made once, no date, no route, no log line. The body is a text, as
 * Node sends that in one write with the head.
 */
export function turnAway(response: ServerResponse, why: keyof typeof ANSWERS): void {
  const { status, headers, body } = ANSWERS[why]
  response.sendDate = false
  response.writeHead(status, headers)
  response.end(body, 'latin1')
}

function toAnswer(
  { status, contentType, body }: ReturnType<typeof problem>,
  more: Readonly<Record<string, string>> = {},
) {
  const headers = Object.entries({
    'content-type': contentType,
    'content-length': String(Buffer.byteLength(body)),
    'retry-after': RETRY_AFTER_SECONDS,
    ...more,
  }).flat()
  return { status, headers, body }
}

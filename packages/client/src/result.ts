/** One stage of the server's work, from the W3C `Server-Timing` field. */
export type StageTiming = { readonly name: string; readonly durationMs: number }

/** An RFC 9457 problem: what was wrong, and the response code (DE39) that a processor can send on. */
export type Problem = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly responseCode: string
  readonly detail?: string | undefined
  /** Each invalid field by JSON pointer. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[] | undefined
}

/**
 * What came of one call.
 *
 * - `decided`: Tolem did what was asked, and for an authorization that is also a decline. `body` is the exact text of
 *   `answer`, which is the same for every repeat of a message.
 * - `problem`: Tolem refused the message, or says that it cannot answer now.
 * - `unreachable`: no answer that can be relied on: nothing listens, no answer in time, a broken connection, or a body
 *   that the API does not document. Money may have moved: repeat the message or reverse it.
 */
export type Result<Answer> =
  | {
      readonly kind: 'decided'
      readonly answer: Answer
      readonly body: string
      readonly timing: readonly StageTiming[]
    }
  | { readonly kind: 'problem'; readonly status: number; readonly problem: Problem }
  | { readonly kind: 'unreachable'; readonly detail: string }

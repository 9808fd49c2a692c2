import type { IncomingHttpHeaders } from 'node:http'

/** A request as it came in: the exact bytes, and when they did. */
export type Message = {
  readonly method: string
  /** Path and query, exactly as sent. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Monotonic, milliseconds: the response budget runs from here. */
  readonly arrivedAt: number
  /** Wall clock, milliseconds since the epoch. */
  readonly receivedAt: number
}

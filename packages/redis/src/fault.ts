/**
 * - `unavailable`: no connection, or it broke before the answer, or the bus is closed;
 * - `timeout`: no answer in time;
 * - `refused`: Redis answered with an error (a replica, full memory, still loading).
 */
export type RedisFaultCode = 'unavailable' | 'timeout' | 'refused'

/** Redis did not do what was asked. Nothing durable depends on it: go on without. */
export class RedisFault extends Error {
  readonly code: RedisFaultCode

  constructor(message: string, code: RedisFaultCode, cause?: unknown) {
    super(message, { cause })
    this.name = 'RedisFault'
    this.code = code
  }
}

/** The driver tells its errors apart by name and text only. */
export function redisFault(what: string, error: unknown): RedisFault {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  return new RedisFault(`Redis ${what}: ${message}`, codeOf(name, message), error)
}

function codeOf(name: string, message: string): RedisFaultCode {
  if (name === 'ReplyError') return 'refused'
  return message === 'Command timed out' ? 'timeout' : 'unavailable'
}

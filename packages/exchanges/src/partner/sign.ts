import { createHmac, createSecretKey } from 'node:crypto'

/** The headers of one request, signed over exactly these bytes. */
export type PartnerSigner = (request: {
  readonly method: 'GET' | 'POST'
  /** With its query, as sent. */
  readonly path: string
  readonly body: string
  /** For how long it may be executed. */
  readonly windowMs: number
}) => Readonly<Record<string, string>>

/** Signs as the partner protocol wants it: HMAC-SHA-256 over five lines. `now` is the wall clock (ms). */
export function createPartnerSigner(deps: {
  readonly apiKey: string
  readonly secret: string
  readonly now: () => number
}): PartnerSigner {
  const key = createSecretKey(Buffer.from(deps.secret))
  return ({ method, path, body, windowMs }) => {
    const signedAt = Math.floor(deps.now())
    const [timestamp, expires] = [String(signedAt), String(signedAt + windowMs)]
    const text = [method, path, timestamp, expires, body].join('\n')
    return {
      'Partner-Key': deps.apiKey,
      'Partner-Timestamp': timestamp,
      'Partner-Expires': expires,
      'Partner-Signature': createHmac('sha256', key).update(text).digest('hex'),
    }
  }
}

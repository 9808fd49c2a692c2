import { createHmac, createSecretKey } from 'node:crypto'

/** The authentication headers of one request; `payload` is the query string of a GET or the exact body of a POST. */
export type BybitSigner = (payload: string, receiveWindowMs: number) => Record<string, string>

/**
 * Signs as Bybit wants it (Bybit V5, Integration Guidance): lower-case hex of HMAC-SHA256 over timestamp, key, window
 * and payload, joined by nothing. `now` is the wall clock in milliseconds since the epoch.
 */
export function createBybitSigner(deps: {
  readonly apiKey: string
  readonly secret: string
  readonly now: () => number
}): BybitSigner {
  const key = createSecretKey(Buffer.from(deps.secret))
  return (payload, receiveWindowMs) => {
    const timestamp = String(deps.now())
    const window = String(receiveWindowMs)
    return {
      'X-BAPI-API-KEY': deps.apiKey,
      'X-BAPI-TIMESTAMP': timestamp,
      'X-BAPI-RECV-WINDOW': window,
      'X-BAPI-SIGN': createHmac('sha256', key)
        .update(timestamp + deps.apiKey + window + payload)
        .digest('hex'),
    }
  }
}

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/** Parameters in the order in which they are sent. */
export type Parameters = Readonly<Record<string, string>>

/** The signed query string of one request and the header that names the key. */
export type BinanceSigner = (
  parameters: Parameters,
  receiveWindowMs: number,
) => { readonly query: string; readonly headers: Record<string, string> }

/**
 * Signs as Binance wants it (Binance Spot API, SIGNED endpoint security): hex of HMAC-SHA256 over the percent-encoded
 * query string, appended last. All parameters go into the query, so that there is one string to sign and the body is
 * empty. `now` is the wall clock in milliseconds since the epoch.
 */
export function createBinanceSigner(deps: {
  readonly apiKey: string
  readonly secret: string
  readonly now: () => number
}): BinanceSigner {
  const key = createSecretKey(Buffer.from(deps.secret))
  return (parameters, receiveWindowMs) => {
    const query = encodeParameters({
      ...parameters,
      recvWindow: String(receiveWindowMs),
      timestamp: String(deps.now()),
    })
    return {
      query: `${query}&signature=${binanceSignature(key, query)}`,
      headers: { 'X-MBX-APIKEY': deps.apiKey },
    }
  }
}

/** The signature of a query string followed, with nothing between, by a body. */
export function binanceSignature(key: KeyObject, payload: string): string {
  return createHmac('sha256', key).update(payload).digest('hex')
}

/** Percent-encoded before signing, or Binance answers -1022; names of parameters are our own and need no encoding. */
export function encodeParameters(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
}

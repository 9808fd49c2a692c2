import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/** The headers of one request over exactly this body. */
export type PaySigner = (body: string) => Readonly<Record<string, string>>

/**
 * Signs as Binance Pay wants it (Binance Pay, Common Rules): HMAC-SHA512 in upper-case hex over time, nonce and body,
 * each on a line of its own. `now` is the wall clock in milliseconds since the epoch, `nonce` gives 32 letters and
 * digits, new ones each time.
 */
export function createPaySigner(deps: {
  readonly apiKey: string
  readonly secret: string
  readonly now: () => number
  readonly nonce: () => string
}): PaySigner {
  const key = createSecretKey(Buffer.from(deps.secret))
  return (body) => {
    const timestamp = String(Math.floor(deps.now()))
    const nonce = deps.nonce()
    return {
      'Content-Type': 'application/json',
      'BinancePay-Timestamp': timestamp,
      'BinancePay-Nonce': nonce,
      'BinancePay-Certificate-SN': deps.apiKey,
      'BinancePay-Signature': paySignature(key, signedText({ timestamp, nonce, body })),
    }
  }
}

/** What is signed, in requests and in notices alike: every part ends its line, the last one too. */
export function signedText(parts: {
  readonly timestamp: string
  readonly nonce: string
  readonly body: string
}): string {
  return `${parts.timestamp}\n${parts.nonce}\n${parts.body}\n`
}

/** The signature of a request's text. */
export function paySignature(key: KeyObject, text: string): string {
  return createHmac('sha512', key).update(text).digest('hex').toUpperCase()
}

import { createHash, sign } from 'node:crypto'
import type { NoticeDialect } from '../notices/courier.ts'
import type { SigningKeys } from '../notices/signing-keys.ts'
import { readExactly } from '../raw-json.ts'
import { signedText } from './gate.ts'
import { newNonce } from './notices.ts'

/** "Up to 6 times", the first one included; the intervals are not published. */
const RETRIES_MS = [15_000, 30_000, 60_000, 300_000, 900_000]

/** The certificate's serial number: "MD5 hash value of public key". */
export function certificateSerial(publicKeyPem: string): string {
  return createHash('md5').update(publicKeyPem).digest('hex')
}

/**
 * Binance Pay's notices: RSA (PKCS #1 v1.5) with SHA-256 over timestamp, nonce and raw body, in base64. Taken is what
 * is answered with 200 and returnCode SUCCESS.
 */
export function createBinancePayNotices(
  signingKeys: SigningKeys,
  now: () => number,
): NoticeDialect {
  return {
    retriesMs: RETRIES_MS,
    sign: async (body) => {
      const { privateKey, publicKeyPem } = await signingKeys('binance-pay')
      const timestamp = String(now())
      const nonce = newNonce()
      const payload = Buffer.from(signedText(timestamp, nonce, body))
      return {
        'binancepay-certificate-sn': certificateSerial(publicKeyPem),
        'binancepay-timestamp': timestamp,
        'binancepay-nonce': nonce,
        'binancepay-signature': sign('sha256', payload, privateKey).toString('base64'),
      }
    },
    // The signature of another nonce: well-formed, and by the right key.
    spoil: (headers) => ({ ...headers, 'binancepay-nonce': newNonce() }),
    isTaken: (status, body) => {
      const answer = readExactly(body)
      const isObject = typeof answer === 'object' && answer !== null
      return status === 200 && isObject && 'returnCode' in answer && answer.returnCode === 'SUCCESS'
    },
  }
}

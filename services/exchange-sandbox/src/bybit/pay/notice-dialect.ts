import { randomInt, sign } from 'node:crypto'
import type { NoticeDialect } from '../../notices/courier.ts'
import type { SigningKeys } from '../../notices/signing-keys.ts'

/** pay-docs, webhooks/overview: at most five repeats. */
const RETRIES_MS = [15_000, 30_000, 60_000, 300_000, 1_800_000]

/**
 * Bybit Pay's notices in the header form: SHA256withRSA over timestamp, nonce and raw body. The nonce and the signature
 * are new in each attempt. Taken is what is answered with 200 and the word success.
 */
export function createBybitNotices(signingKeys: SigningKeys, now: () => number): NoticeDialect {
  return {
    retriesMs: RETRIES_MS,
    sign: async (body) => {
      const { privateKey } = await signingKeys('bybit-pay')
      const timestamp = String(now())
      const nonce = String(randomInt(10_000, 100_000))
      const signature = sign('sha256', Buffer.from(`${timestamp}${nonce}${body}`), privateKey)
      return {
        'x-timestamp': timestamp,
        'x-nonce': nonce,
        'x-signature': signature.toString('base64'),
        'x-sign-type': 'RSA2',
      }
    },
    // The signature of other content: well-formed, and by the right key.
    spoil: (headers) => ({
      ...headers,
      'x-nonce': headers['x-nonce'] === '10000' ? '10001' : '10000',
    }),
    isTaken: (status, body) => status === 200 && body.trim().toLowerCase() === 'success',
  }
}

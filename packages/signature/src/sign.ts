import assert from 'node:assert/strict'
import { contentDigest } from './digest.ts'
import { createSignBytes, type SignatureAlgorithm } from './keys.ts'
import { buildSignatureBase, ownComponents } from './signature-base.ts'
import { isKeyId, isNonce, writeOwnParameters } from './signature-fields.ts'

/**
 * A key to sign with. `keyId` has 1 to 128 characters of `A-Z a-z 0-9 _ . ~ : @ / + = -`. `secret`
 * is, for `hmac-sha256`, canonical base64 of at least 32 bytes (hex would be read as base64 too: do
 * not use it); for `ed25519`, the private key as a PKCS #8 PEM or as canonical base64 of its 32 raw
 * bytes.
 */
export type SigningKey = {
  readonly keyId: string
  readonly algorithm: SignatureAlgorithm
  readonly secret: string
}

/**
 * A request about to be sent. A request without content has an empty `body`, and its digest is
 * signed as well.
 */
type RequestToSign = {
  readonly method: string
  /**
   * Absolute. Signed as a client puts it on the wire: normalized as by `new URL`, without its
   * fragment.
   */
  readonly url: string
  readonly body: Uint8Array
  /** Whole seconds since 1970. */
  readonly created: number
  /** 8 to 128 printable ASCII characters, never used twice with one key. */
  readonly nonce: string
}

/** The header fields to send with the request. */
type SignatureHeaders = {
  readonly 'content-digest': string
  readonly 'signature-input': string
  readonly signature: string
}

/** Signs requests with one key. */
export type Signer = {
  /**
   * Throws an assertion error when the request cannot be signed: a bug of the caller, never bad
   * luck.
   */
  sign(request: RequestToSign): SignatureHeaders
}

/**
 * Signs by RFC 9421, under the label `tolem`: covers `@method`, `@target-uri` and `content-digest`
 * (SHA-256), with `created`, `nonce`, `keyid` and `alg`.
 *
 * @throws when the key cannot be read; the message does not repeat the secret.
 */
export function createSigner(key: SigningKey): Signer {
  const { keyId, algorithm } = key
  assert(isKeyId(keyId), `key id ${JSON.stringify(keyId)} is not 1 to 128 plain characters`)
  const signBytes = createSignBytes(algorithm, key.secret)

  return {
    sign({ method, url, body, created, nonce }) {
      assert(Number.isSafeInteger(created) && created >= 0, 'created is whole seconds since 1970')
      assert(isNonce(nonce), 'a nonce has 8 to 128 printable ASCII characters')
      const headers = { 'content-digest': contentDigest(body) }
      const parameters = writeOwnParameters({ created, nonce, keyId, algorithm })
      const parts = { method, url: asSent(url), headers }
      const base = buildSignatureBase(parts, ownComponents, parameters)
      assert(base !== undefined, 'a method is printable ASCII')
      return {
        ...headers,
        'signature-input': `tolem=${parameters}`,
        signature: `tolem=:${signBytes(base).toString('base64')}:`,
      }
    },
  }
}

function asSent(url: string): string {
  const { href } = new URL(url)
  const fragment = href.indexOf('#')
  return fragment === -1 ? href : href.slice(0, fragment)
}

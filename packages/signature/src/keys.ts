import assert from 'node:assert/strict'
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'

/** The two algorithms of RFC 9421 section 3.3 that we accept, by their registered names. */
export type SignatureAlgorithm = 'hmac-sha256' | 'ed25519'

/** The raw signature of a signature base, by one key. */
export type SignBytes = (base: string | Uint8Array) => Buffer
/** Whether a raw signature is this key's over a signature base. */
export type VerifyBytes = (base: string | Uint8Array, signature: Uint8Array) => boolean

// RFC 2104 section 3: a key shorter than the hash's output weakens the function.
const hmacSecretBytesMin = 32

// The constant DER (RFC 8410) in front of a raw Ed25519 private seed and of a raw public key.
const ed25519PrivatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex')
const ed25519PublicPrefix = Buffer.from('302a300506032b6570032100', 'hex')

/** The signing function of a key. Throws when the secret cannot be read, without repeating it. */
export function createSignBytes(algorithm: SignatureAlgorithm, secret: string): SignBytes {
  if (algorithm === 'hmac-sha256') {
    const key = readHmacSecret(secret)
    return (base) => computeHmac(key, base)
  }
  const key = readEd25519Private(secret)
  return (base) => sign(null, toBytes(base), key)
}

/**
 * The verifying function of an HMAC secret. It compares in constant time and refuses truncated
 * codes.
 */
export function createHmacVerifyBytes(secret: string): VerifyBytes {
  const key = readHmacSecret(secret)
  return (base, signature) => {
    const expected = computeHmac(key, base)
    return signature.length === expected.length && timingSafeEqual(signature, expected)
  }
}

/** The verifying function of an Ed25519 public key. Takes about 70 us, most of it on the curve. */
export function createEd25519VerifyBytes(publicKey: string): VerifyBytes {
  const key = readEd25519Public(publicKey)
  return (base, signature) => verify(null, toBytes(base), key, signature)
}

function computeHmac(key: KeyObject, base: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(base).digest()
}

function readHmacSecret(secret: string): KeyObject {
  const bytes = readBase64(secret)
  assert(
    bytes !== undefined && bytes.length >= hmacSecretBytesMin,
    `an hmac-sha256 secret is base64 of at least ${hmacSecretBytesMin} bytes`,
  )
  return createSecretKey(bytes)
}

function readEd25519Private(secret: string): KeyObject {
  const key = secret.includes('-----BEGIN PRIVATE KEY-----')
    ? createPrivateKey(secret)
    : createPrivateKey({
        key: Buffer.concat([ed25519PrivatePrefix, readRawEd25519(secret)]),
        format: 'der',
        type: 'pkcs8',
      })
  assert.equal(key.asymmetricKeyType, 'ed25519', 'the PEM holds a key of another kind than Ed25519')
  return key
}

function readEd25519Public(publicKey: string): KeyObject {
  assert(!publicKey.includes('PRIVATE KEY'), 'a verifier wants the public key, not the private one')
  const key = publicKey.includes('-----BEGIN PUBLIC KEY-----')
    ? createPublicKey(publicKey)
    : createPublicKey({
        key: Buffer.concat([ed25519PublicPrefix, readRawEd25519(publicKey)]),
        format: 'der',
        type: 'spki',
      })
  assert.equal(key.asymmetricKeyType, 'ed25519', 'the PEM holds a key of another kind than Ed25519')
  return key
}

function readRawEd25519(text: string): Buffer {
  const bytes = readBase64(text)
  assert(
    bytes?.length === 32,
    'an ed25519 key is a PEM (PKCS #8, SPKI) or base64 of its 32 raw bytes',
  )
  return bytes
}

/** Strict where Buffer is not: text that is no base64 must not silently become a shorter key. */
function readBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

function toBytes(base: string | Uint8Array): Uint8Array {
  return typeof base === 'string' ? Buffer.from(base) : base
}

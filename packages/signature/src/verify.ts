import assert from 'node:assert/strict'
import { chooseSignature } from './choose-signature.ts'
import { findDigestFlaw } from './digest.ts'
import { createEd25519VerifyBytes, createHmacVerifyBytes, type VerifyBytes } from './keys.ts'
import { buildSignatureBase, type MessageParts, readField } from './signature-base.ts'
import { isKeyId, type StatedSignature } from './signature-fields.ts'

/**
 * Why a message is not accepted, in order of precedence: only the first that applies is returned.
 *
 * - `signature_missing`: no `Signature` or no `Signature-Input` field
 * - `signature_malformed`: no signature in them that we can read; component parameters (`bs`, `sf`,
 *   `key`, `req`, `tr`), key ids and nonces out of bounds, and fields over 4,096 characters count
 *   as unreadable
 * - `keyid_missing`: no readable signature names its key
 * - `key_unknown`: none names a key that we know
 * - `key_ambiguous`: keys of two owners are named
 * - `parameters_missing`: `created` or `nonce` is not there
 * - `components_missing`: what must be covered is not, or a covered header field is not in the
 *   message
 * - `algorithm_not_allowed`: the message states another algorithm than the key's own
 * - `created_in_past`, `created_in_future`: outside the window
 * - `expired`: the sender's own `expires` has passed
 * - `digest_missing`: no `Content-Digest`, or none by SHA-256 or SHA-512
 * - `digest_mismatch`: the body is not the one that was digested
 * - `signature_wrong`: the key did not sign this message
 */
export type SignatureFlaw =
  | 'signature_missing'
  | 'signature_malformed'
  | 'keyid_missing'
  | 'key_unknown'
  | 'key_ambiguous'
  | 'parameters_missing'
  | 'components_missing'
  | 'algorithm_not_allowed'
  | 'created_in_past'
  | 'created_in_future'
  | 'expired'
  | 'digest_missing'
  | 'digest_mismatch'
  | 'signature_wrong'

/**
 * A key as text, to verify with. An `hmac-sha256` secret is canonical base64 of at least 32 bytes.
 * An `ed25519` public key is an SPKI PEM or canonical base64 of its 32 raw bytes.
 */
export type VerifyingKeyText =
  | { readonly keyId: string; readonly algorithm: 'hmac-sha256'; readonly secret: string }
  | { readonly keyId: string; readonly algorithm: 'ed25519'; readonly publicKey: string }

/**
 * A key made ready once by `readVerifyingKey`. It holds the secret where neither logs nor JSON can
 * reach it.
 */
export type VerifyingKey = {
  readonly keyId: string
  readonly algorithm: VerifyingKeyText['algorithm']
  readonly verifyBytes: VerifyBytes
}

/**
 * A request as it came. `url` is absolute, as the client sent it; `body` is its content before any
 * decoding.
 */
type SignedRequest = MessageParts & { readonly body: Uint8Array }

/**
 * Who sent the request. The `nonce` is proved to be the sender's, not to be new: the caller
 * remembers those.
 */
type Sender<Owner> = {
  readonly owner: Owner
  readonly keyId: string
  readonly nonce: string
  /** Seconds since 1970, inside the window. */
  readonly created: number
}

type Verification<Owner> =
  | { readonly ok: true; readonly value: Sender<Owner> }
  | { readonly ok: false; readonly reason: SignatureFlaw }

type KnownKey<Owner> = { readonly key: VerifyingKey; readonly owner: Owner }

type VerifierDeps<Owner> = {
  /**
   * Called with 1 to 128 plain characters. Owners are compared by identity: give an id, not a fresh
   * object.
   */
  findKey(keyId: string): KnownKey<Owner> | undefined
  /** How far `created` may lie in the past or in the future: positive. */
  readonly windowSeconds: number
  /** Seconds since 1970. */
  now(): number
}

/** Knows keys and a clock, and remembers nothing: a request that is sent twice passes twice. */
export type Verifier<Owner> = {
  /**
   * Tells who sent the request, or the first flaw found. Never throws, whatever the request holds.
   */
  verify(request: SignedRequest): Verification<Owner>
}

/**
 * Makes a key ready for use, once for each key. Throws when it cannot be read, without repeating
 * its secret.
 */
export function readVerifyingKey(text: VerifyingKeyText): VerifyingKey {
  const { keyId, algorithm } = text
  assert(isKeyId(keyId), `key id ${JSON.stringify(keyId)} is not 1 to 128 plain characters`)
  const verifyBytes =
    text.algorithm === 'hmac-sha256'
      ? createHmacVerifyBytes(text.secret)
      : createEd25519VerifyBytes(text.publicKey)
  return { keyId, algorithm, verifyBytes }
}

/**
 * Verifies requests signed by RFC 9421 with keys that we know. Must be covered: `@method`,
 * `content-digest`, and `@target-uri` or both `@path` and `@query`. Must be stated: `created`,
 * `nonce`, `keyid`. The algorithm is the one on record for the key. Of several signatures the first
 * whose key we know counts.
 */
export function createVerifier<Owner>(deps: VerifierDeps<Owner>): Verifier<Owner> {
  assert(deps.windowSeconds > 0 && deps.windowSeconds < Infinity, 'the window is not positive')

  return {
    verify(request) {
      const chosen = chooseSignature<KnownKey<Owner>>(request.headers, (id) => deps.findKey(id))
      if (typeof chosen === 'string') return refuse(chosen)
      const { signature, known } = chosen
      const { key, owner } = known
      const { nonce, created } = signature
      if (nonce === undefined || created === undefined) return refuse('parameters_missing')
      const flaw =
        findCoverageFlaw(signature, request) ??
        findAlgorithmFlaw(signature, key) ??
        findClockFlaw({ created, expires: signature.expires }, deps) ??
        findDigestFlaw(readField(request.headers, 'content-digest'), request.body) ??
        findSignatureFlaw(signature, key, request)
      return flaw === undefined
        ? { ok: true, value: { owner, keyId: key.keyId, nonce, created } }
        : refuse(flaw)
    },
  }
}

function refuse(reason: SignatureFlaw): { readonly ok: false; readonly reason: SignatureFlaw } {
  return { ok: false, reason }
}

function findCoverageFlaw(
  { components }: StatedSignature,
  { headers }: SignedRequest,
): SignatureFlaw | undefined {
  const covers = (name: string) => components.includes(name)
  const target = covers('@target-uri') || (covers('@path') && covers('@query'))
  // An absent content-digest is not named here: it has a flaw of its own.
  const isPresent = (name: string) =>
    name.startsWith('@') || name === 'content-digest' || readField(headers, name) !== undefined
  const isEnough = covers('@method') && target && covers('content-digest')
  return isEnough && components.every(isPresent) ? undefined : 'components_missing'
}

/** What the message states never chooses the algorithm: it may only agree with the key's own. */
function findAlgorithmFlaw(stated: StatedSignature, key: VerifyingKey): SignatureFlaw | undefined {
  const agrees = stated.algorithm === undefined || stated.algorithm === key.algorithm
  return agrees ? undefined : 'algorithm_not_allowed'
}

function findClockFlaw(
  { created, expires }: { readonly created: number; readonly expires: number | undefined },
  deps: Pick<VerifierDeps<unknown>, 'now' | 'windowSeconds'>,
): SignatureFlaw | undefined {
  const now = deps.now()
  // Said in the positive, so that a clock that gives NaN lets nothing through.
  const isYoungEnough = created >= now - deps.windowSeconds
  const isOldEnough = created <= now + deps.windowSeconds
  const isAlive = expires === undefined || expires >= now
  if (!isYoungEnough) return 'created_in_past'
  if (!isOldEnough) return 'created_in_future'
  return isAlive ? undefined : 'expired'
}

/** A message from which no signature base can be made was not signed by anybody. */
function findSignatureFlaw(
  { components, parameters, signature }: StatedSignature,
  key: VerifyingKey,
  request: SignedRequest,
): SignatureFlaw | undefined {
  const base = buildSignatureBase(request, components, parameters)
  const isGenuine = base !== undefined && key.verifyBytes(base, signature)
  return isGenuine ? undefined : 'signature_wrong'
}

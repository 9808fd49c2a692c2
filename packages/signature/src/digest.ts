import { hash } from 'node:crypto'
import { readBytes, readDictionary } from './structured.ts'

const knownAlgorithms = { 'sha-256': 'sha256', 'sha-512': 'sha512' } as const

/**
 * Why a digest does not vouch for a body: nothing in it can be checked, or what can be checked
 * differs.
 */
type DigestFlaw = 'digest_missing' | 'digest_mismatch'

/**
 * The `Content-Digest` field (RFC 9530) of these bytes, by SHA-256: `sha-256=:base64:`. The bytes
 * are the content as it travels, after any content coding. Empty content has a digest too.
 */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${hash('sha256', body, 'base64')}:`
}

/**
 * Whether a `Content-Digest` field vouches for these bytes: it has sha-256 or sha-512, and each of
 * the two that it has is right. Other algorithms are ignored, as RFC 9530 section 2 allows. Never
 * throws.
 */
export function matchesDigest(header: string, body: Uint8Array): boolean {
  return findDigestFlaw(header, body) === undefined
}

/**
 * As `matchesDigest`, with the reason: `digest_missing` when the field is absent, malformed, or has
 * neither sha-256 nor sha-512; `digest_mismatch` when one of these is not the body's. Undefined
 * when the field vouches for the body.
 */
export function findDigestFlaw(
  header: string | undefined,
  body: Uint8Array,
): DigestFlaw | undefined {
  if (header === undefined) return 'digest_missing'
  if (header === contentDigest(body)) return undefined
  const members = readDictionary(header)
  const present = Object.entries(knownAlgorithms).filter(([name]) => members?.has(name))
  if (members === undefined || present.length === 0) return 'digest_missing'
  const allMatch = present.every(([name, algorithm]) => {
    // A digest is not a secret, so an ordinary comparison will do.
    return readBytes(members, name)?.toHex() === hash(algorithm, body)
  })
  return allMatch ? undefined : 'digest_mismatch'
}

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSigner, type Signer } from './sign.ts'
import { createVerifier, readVerifyingKey } from './verify.ts'

type RequestToSign = Parameters<Signer['sign']>[0]

const now = 1_764_000_000
const seed = Buffer.alloc(32, 9).toString('base64')
// The public key that belongs to the same 32 bytes taken as an Ed25519 seed.
const publicKey = '/RckOFqgx1tk+3jNYC+h2ZH96/drE8WO1wLqyDXp9hg='
const signers = {
  'hmac-sha256': createSigner({ keyId: 'hmac-sha256', algorithm: 'hmac-sha256', secret: seed }),
  ed25519: createSigner({ keyId: 'ed25519', algorithm: 'ed25519', secret: seed }),
}
const keys = new Map([
  [
    'hmac-sha256',
    readVerifyingKey({ keyId: 'hmac-sha256', algorithm: 'hmac-sha256', secret: seed }),
  ],
  ['ed25519', readVerifyingKey({ keyId: 'ed25519', algorithm: 'ed25519', publicKey })],
])
const verifier = createVerifier({
  findKey: (keyId) => {
    const key = keys.get(keyId)
    return key === undefined ? undefined : { key, owner: 'halyk' }
  },
  windowSeconds: 60,
  now: () => now,
})

const algorithm = fc.constantFrom('hmac-sha256' as const, 'ed25519' as const)
const request: fc.Arbitrary<RequestToSign> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'patch', 'M-SEARCH'),
  url: fc.webUrl({ withQueryParameters: true }).map((url) => new URL(url).href),
  body: fc.uint8Array({ maxLength: 700 }),
  created: fc.integer({ min: now - 60, max: now + 60 }),
  nonce: fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 128 }),
})

function sign(signer: keyof typeof signers, given: RequestToSign) {
  const { method, url, body } = given
  return { method, url, body, headers: signers[signer].sign(given) }
}

function flipText(text: string, bit: number): string {
  const bytes = Buffer.from(text, 'latin1')
  return flipBytes(bytes, bit).toString('latin1')
}

function flipBytes(bytes: Uint8Array, bit: number): Buffer {
  const flipped = Buffer.from(bytes)
  const index = (bit >> 3) % flipped.length
  flipped[index] = (flipped[index] ?? 0) ^ (1 << (bit & 7))
  return flipped
}

function flipHeader(message: ReturnType<typeof sign>, name: string, bit: number) {
  const headers: Record<string, string> = message.headers
  return { ...message, headers: { ...headers, [name]: flipText(headers[name] ?? '', bit) } }
}

test('what one side signs, the other side accepts', () => {
  fc.assert(
    fc.property(algorithm, request, (signer, given) => {
      expect(verifier.verify(sign(signer, given))).toEqual({
        ok: true,
        value: { owner: 'halyk', keyId: signer, nonce: given.nonce, created: given.created },
      })
    }),
  )
})

test('the general parser reads our own signatures as the short way does', () => {
  fc.assert(
    fc.property(algorithm, request, (signer, given) => {
      const message = sign(signer, given)
      const spaced = message.headers['signature-input'].replace('("', '( "')
      const headers = { ...message.headers, 'signature-input': spaced }
      expect(verifier.verify({ ...message, headers })).toEqual(verifier.verify(message))
    }),
  )
})

test.each(['content-digest', 'signature-input', 'signature'])(
  'one flipped bit of %s is refused',
  (name) => {
    fc.assert(
      fc.property(algorithm, request, fc.nat(), (signer, given, bit) => {
        expect(verifier.verify(flipHeader(sign(signer, given), name, bit)).ok).toBe(false)
      }),
      { numRuns: 300 },
    )
  },
)

test('one flipped bit of method, url or body is refused', () => {
  fc.assert(
    fc.property(algorithm, request, fc.nat(), (signer, given, bit) => {
      const message = sign(signer, given)
      const { method, url, body } = message
      expect(verifier.verify({ ...message, method: flipText(method, bit) }).ok).toBe(false)
      expect(verifier.verify({ ...message, url: flipText(url, bit) }).ok).toBe(false)
      if (body.length === 0) return
      const changed = { ...message, body: flipBytes(body, bit) }
      expect(verifier.verify(changed)).toEqual({ ok: false, reason: 'digest_mismatch' })
    }),
  )
})

test('every single bit of one message counts', () => {
  const given = { method: 'POST', url: 'https://api.tolem.kz/v1/echo?a=1', body: Buffer.from('{}') }
  const message = sign('hmac-sha256', { ...given, created: now, nonce: 'n-00000001' })
  for (const name of ['content-digest', 'signature-input', 'signature'] as const) {
    for (let bit = 0; bit < message.headers[name].length * 8; bit += 1) {
      expect(verifier.verify(flipHeader(message, name, bit)).ok, `${name} ${bit}`).toBe(false)
    }
  }
})

test('another nonce, time or key than the signed ones is refused', () => {
  fc.assert(
    fc.property(algorithm, request, request, (signer, given, other) => {
      const message = sign(signer, given)
      const input = sign(signer, { ...given, nonce: `${other.nonce.slice(0, 120)}-other` })
      const later = sign(signer, { ...given, created: given.created - 1 })
      const stranger = message.headers['signature-input'].replaceAll(signer, 'hmac-sha257')
      for (const stated of [
        input.headers['signature-input'],
        later.headers['signature-input'],
        stranger,
      ]) {
        const headers = { ...message.headers, 'signature-input': stated }
        expect(verifier.verify({ ...message, headers }).ok).toBe(false)
      }
    }),
  )
})

test('no rubbish in the header fields makes it throw or accept', () => {
  const component = /"@?[a-z-]{1,9}"(;[a-z]{2})? ?/
  const parameter = /;[a-z]{1,7}(=("[a-z]*"|-?\d{1,16}|:[A-Za-z+/=]*:|\?1|@1|%"a"))?/
  const text = fc.oneof(
    fc.array(fc.nat(0xffff), { maxLength: 200 }).map((units) => String.fromCharCode(...units)),
    fc.stringMatching(
      new RegExp(`^[a-z]=\\((${component.source}){0,4}\\)(${parameter.source}){0,5}$`),
    ),
    fc.constant(
      'a=("@method" "@target-uri" "content-digest");created=1;nonce="12345678";keyid="ed25519"',
    ),
    fc.constant('a=:AAAA:'),
  )
  const field = fc.oneof(text, fc.array(text, { maxLength: 3 }))
  const headers = fc.record(
    { 'signature-input': field, signature: field, 'content-digest': field },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(headers, text, (given, url) => {
      const result = verifier.verify({
        method: 'POST',
        url,
        body: new Uint8Array(),
        headers: given,
      })
      expect(result.ok).toBe(false)
    }),
    { numRuns: 500 },
  )
})

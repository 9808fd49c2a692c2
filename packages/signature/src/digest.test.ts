import { hash } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { contentDigest, findDigestFlaw, matchesDigest } from './digest.ts'
import samples from './samples/rfc-signatures.json' with { type: 'json' }

const body = Buffer.from('{"hello": "world"}')
const sha512 = `sha-512=:${hash('sha512', body, 'base64')}:`

test('accepts the sha-512 digest that RFC 9530 prints', () => {
  for (const sample of samples.rfc9530) {
    expect(matchesDigest(sample.content_digest, Buffer.from(sample.body))).toBe(true)
  }
})

test('writes the sha-256 digest that RFC 9530 prints for the same body', () => {
  expect(contentDigest(body)).toBe('sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:')
})

test('digests empty content', () => {
  const empty = new Uint8Array()
  expect(matchesDigest(contentDigest(empty), empty)).toBe(true)
})

test('accepts both algorithms together, and ignores those that it does not know', () => {
  expect(matchesDigest(`${sha512}, ${contentDigest(body)}`, body)).toBe(true)
  expect(matchesDigest(`md5=:AAAA:, unixsum=30, ${sha512}`, body)).toBe(true)
})

test('refuses when one known digest of two is wrong', () => {
  const wrong = contentDigest(Buffer.from('other'))
  expect(findDigestFlaw(`${sha512}, ${wrong}`, body)).toBe('digest_mismatch')
  expect(findDigestFlaw(`${wrong}, ${sha512}`, body)).toBe('digest_mismatch')
})

test.each(['sha-256=X48E', 'sha-256=("a" "b")', 'sha-256', 'sha-256=:X48E9qOokqo=:'])(
  'refuses %s, which is no sha-256 digest, as a mismatch',
  (header) => {
    expect(findDigestFlaw(header, body)).toBe('digest_mismatch')
  },
)

test.each([undefined, '', 'md5=:AAAA:', 'sha-256=:', '"', 'SHA-256=:AAAA:', 'a=1,'.repeat(2000)])(
  'finds no digest in %s',
  (header) => {
    expect(findDigestFlaw(header, body)).toBe('digest_missing')
  },
)

test('a digest matches its own body only, and any text is answered', () => {
  const bytes = fc.uint8Array({ maxLength: 300 })
  const anyText = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units))
  fc.assert(
    fc.property(bytes, bytes, anyText, (one, other, garbage) => {
      expect(matchesDigest(contentDigest(one), one)).toBe(true)
      expect(matchesDigest(contentDigest(one), other)).toBe(Buffer.compare(one, other) === 0)
      expect(matchesDigest(garbage, one)).toBe(false)
    }),
  )
})

import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { contentDigest } from './digest.ts'
import { createSigner, type SigningKey } from './sign.ts'
import { createVerifier, readVerifyingKey } from './verify.ts'

const key: SigningKey = {
  keyId: 'halyk-1',
  algorithm: 'hmac-sha256',
  secret: Buffer.alloc(32, 1).toString('base64'),
}
const request = {
  method: 'GET',
  url: 'https://api.tolem.kz/v1/echo',
  body: new Uint8Array(),
  created: 1_764_000_000,
  nonce: 'n-00000001',
}

test('states what it covers, when, once, and by which key', () => {
  const headers = createSigner(key).sign(request)
  expect(headers['signature-input']).toBe(
    'tolem=("@method" "@target-uri" "content-digest")' +
      ';created=1764000000;nonce="n-00000001";keyid="halyk-1";alg="hmac-sha256"',
  )
  expect(headers.signature).toMatch(/^tolem=:[A-Za-z0-9+/]{43}=:$/)
})

test('signs the digest of empty content when there is none', () => {
  const headers = createSigner(key).sign(request)
  expect(headers['content-digest']).toBe(contentDigest(new Uint8Array()))
})

test.each([
  ['https://API.tolem.kz:443/v1/./echo#top', 'https://api.tolem.kz/v1/echo'],
  ['https://api.tolem.kz', 'https://api.tolem.kz/'],
  ['https://api.tolem.kz/?q=a b#', 'https://api.tolem.kz/?q=a%20b'],
])('signs %s as a client sends it', (url, sent) => {
  const signer = createSigner(key)
  expect(signer.sign({ ...request, url })).toEqual(signer.sign({ ...request, url: sent }))
})

test('both texts of an ed25519 key are the same key', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const jwk = privateKey.export({ format: 'jwk' })
  const toBase64 = (text = '') => Buffer.from(text, 'base64url').toString('base64')
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' })
  const sign = (secret: string) =>
    createSigner({ keyId: 'k', algorithm: 'ed25519', secret }).sign(request)
  expect(sign(toBase64(jwk.d))).toEqual(sign(pem))

  const publicPem = publicKey.export({ format: 'pem', type: 'spki' })
  for (const text of [publicPem, toBase64(jwk.x)]) {
    const verifying = readVerifyingKey({ keyId: 'k', algorithm: 'ed25519', publicKey: text })
    const verifier = createVerifier({
      findKey: () => ({ key: verifying, owner: 'halyk' }),
      windowSeconds: 60,
      now: () => request.created,
    })
    expect(verifier.verify({ ...request, headers: sign(pem) }).ok).toBe(true)
  }
})

test.each([
  ['a short nonce', { nonce: '1234567' }, /nonce/],
  ['a long nonce', { nonce: 'x'.repeat(129) }, /nonce/],
  ['a nonce with a line break', { nonce: '12345678\n' }, /nonce/],
  ['a fraction of a second', { created: 1.5 }, /created/],
  ['a time before 1970', { created: -1 }, /created/],
  ['a relative url', { url: '/v1/echo' }, /URL/],
  ['a method with a line break', { method: 'GET\n' }, /method/],
])('refuses to sign %s', (_, change, why) => {
  expect(() => createSigner(key).sign({ ...request, ...change })).toThrow(why)
})

import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import ed25519 from './samples/wycheproof-ed25519.json' with { type: 'json' }
import hmac from './samples/wycheproof-hmac-sha256.json' with { type: 'json' }
import { createSigner } from './sign.ts'
import { readVerifyingKey } from './verify.ts'

const hex = (text: string) => Buffer.from(text, 'hex')
const base64 = (text: string) => hex(text).toString('base64')
const pair = generateKeyPairSync('ed25519')
const privatePem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' })
const publicPem = pair.publicKey.export({ format: 'pem', type: 'spki' })

test('judges every hmac-sha256 tag as Wycheproof does', () => {
  for (const sample of hmac.cases) {
    const secret = base64(sample.key)
    const key = readVerifyingKey({ keyId: 'wycheproof', algorithm: 'hmac-sha256', secret })
    const isValid = key.verifyBytes(hex(sample.msg), hex(sample.tag))
    expect(isValid, `case ${sample.tcId}, ${sample.comment}`).toBe(sample.result === 'valid')
  }
})

test('judges every ed25519 signature as Wycheproof does', () => {
  for (const sample of ed25519.cases) {
    const publicKey = base64(sample.publicKey)
    const key = readVerifyingKey({ keyId: 'wycheproof', algorithm: 'ed25519', publicKey })
    const isValid = key.verifyBytes(hex(sample.msg), hex(sample.sig))
    expect(isValid, `case ${sample.tcId}, ${sample.comment}`).toBe(sample.result === 'valid')
  }
})

test('refuses a truncated hmac, although its bytes are right', () => {
  const sample = hmac.cases.find(({ result }) => result === 'valid')
  const secret = base64(sample?.key ?? '')
  const key = readVerifyingKey({ keyId: 'wycheproof', algorithm: 'hmac-sha256', secret })
  const tag = hex(sample?.tag ?? '')
  expect(key.verifyBytes(hex(sample?.msg ?? ''), tag)).toBe(true)
  expect(key.verifyBytes(hex(sample?.msg ?? ''), tag.subarray(0, 16))).toBe(false)
})

test.each([
  ['hmac-sha256', 'correct horse battery staple, and then some more', /base64 of at least 32/],
  ['hmac-sha256', Buffer.alloc(31).toString('base64'), /base64 of at least 32/],
  ['hmac-sha256', '', /base64 of at least 32/],
  ['ed25519', Buffer.alloc(31).toString('base64'), /32 raw bytes/],
  ['ed25519', publicPem, /32 raw bytes/],
  ['ed25519', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', /PEM|DER|asn1/i],
] as const)('refuses to sign by %s with %j, and does not repeat it', (algorithm, secret, why) => {
  const sign = () => createSigner({ keyId: 'halyk-1', algorithm, secret })
  expect(sign).toThrow(why)
  if (secret !== '') expect(sign).not.toThrow(secret)
})

test.each([
  [Buffer.alloc(33).toString('base64'), /32 raw bytes/],
  ['x', /32 raw bytes/],
  [privatePem, /the public key, not the private one/],
  [rsaPublicPem(), /another kind than Ed25519/],
])('refuses to verify by ed25519 with %j', (publicKey, why) => {
  const read = () => readVerifyingKey({ keyId: 'halyk-1', algorithm: 'ed25519', publicKey })
  expect(read).toThrow(why)
})

test.each(['', 'a b', 'é', 'x'.repeat(129), 'a"b'])('refuses the key id %j', (keyId) => {
  const secret = Buffer.alloc(32).toString('base64')
  expect(() => createSigner({ keyId, algorithm: 'hmac-sha256', secret })).toThrow(/key id/)
  expect(() => readVerifyingKey({ keyId, algorithm: 'hmac-sha256', secret })).toThrow(/key id/)
})

test('a key shows its secret neither in JSON nor to a logger', () => {
  const secret = Buffer.alloc(32, 7).toString('base64')
  const key = readVerifyingKey({ keyId: 'halyk-1', algorithm: 'hmac-sha256', secret })
  expect(JSON.stringify(key)).toBe('{"keyId":"halyk-1","algorithm":"hmac-sha256"}')
})

function rsaPublicPem(): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return publicKey.export({ format: 'pem', type: 'spki' })
}

import { expect, test } from 'vitest'
import { createSignBytes } from './keys.ts'
import samples from './samples/rfc-signatures.json' with { type: 'json' }
import { buildSignatureBase, readField } from './signature-base.ts'
import { readSignatures } from './signature-fields.ts'
import { readVerifyingKey } from './verify.ts'

const [hmacSample, ed25519Sample] = samples.rfc9421

function derive(url: string, component: string): string | undefined {
  const base = buildSignatureBase({ method: 'GET', url, headers: {} }, [component], '')
  return base?.split('\n')[0]?.replace(`"${component}": `, '')
}

test('verifies the hmac-sha256 signature of RFC 9421 B.2.5', () => {
  const sample = hmacSample
  const headers = {
    ...sample?.headers,
    'signature-input': sample?.signature_input,
    signature: sample?.signature,
  }
  const [stated] = readSignatures(headers) ?? []
  expect(stated).toMatchObject({ keyId: 'test-shared-secret', created: 1618884473 })
  const parts = { method: 'POST', url: sample?.target ?? '', headers }
  const base = buildSignatureBase(parts, stated?.components ?? [], stated?.parameters ?? '')
  const secret = sample?.key_base64 ?? ''
  const key = readVerifyingKey({ keyId: 'test-shared-secret', algorithm: 'hmac-sha256', secret })
  expect(key.verifyBytes(base ?? '', stated?.signature ?? new Uint8Array())).toBe(true)
})

test('makes the ed25519 signature of RFC 9421 B.2.6', () => {
  const sample = ed25519Sample
  const components = sample?.components ?? []
  const list = components.map((name) => `"${name}"`).join(' ')
  const parameters = `(${list});created=1618884473;keyid="test-key-ed25519"`
  const parts = { method: 'POST', url: sample?.target ?? '', headers: sample?.headers ?? {} }
  const base = buildSignatureBase(parts, components, parameters)
  const pem = `-----BEGIN PRIVATE KEY-----\n${sample?.private_key_pkcs8_base64}\n-----END PRIVATE KEY-----\n`
  const signature = createSignBytes('ed25519', pem)(base ?? '').toString('base64')
  expect(`sig-b26=:${signature}:`).toBe(sample?.signature)
})

test('builds the text of RFC 9421 section 2.5 line by line', () => {
  const parts = {
    method: 'POST',
    url: 'https://example.com/foo?param=Value&Pet=dog',
    headers: { 'content-length': '18' },
  }
  expect(buildSignatureBase(parts, ['@method', 'content-length', '@path'], '("@method");a=1')).toBe(
    '"@method": POST\n"content-length": 18\n"@path": /foo\n"@signature-params": ("@method");a=1',
  )
})

test.each([
  ['@target-uri', 'https://Bank.kz:443/a/../b?x=%41', 'https://Bank.kz:443/a/../b?x=%41'],
  ['@authority', 'https://Bank.kz:443/a', 'bank.kz'],
  ['@authority', 'http://Bank.kz:443/a', 'bank.kz:443'],
  ['@authority', 'http://[::1]:80/a', '[::1]'],
  ['@scheme', 'HTTPS://bank.kz/a', 'https'],
  ['@path', 'https://bank.kz', '/'],
  ['@path', 'https://bank.kz/a%2Fb/?q', '/a%2Fb/'],
  ['@query', 'https://bank.kz/a', '?'],
  ['@query', 'https://bank.kz/a?', '?'],
  ['@query', 'https://bank.kz/a?b=1?c', '?b=1?c'],
  ['@request-target', 'https://bank.kz?b=1', '/?b=1'],
])('derives %s of %s as %s', (component, url, value) => {
  expect(derive(url, component)).toBe(value)
})

test('derives nothing from a url with a fragment, or from no url', () => {
  expect(derive('https://bank.kz/a?b#c', '@query')).toBeUndefined()
  expect(derive('/v1/echo', '@path')).toBeUndefined()
})

test.each([
  ['  two words \t', 'two words'],
  [['a', ' b ', ''], 'a, b, '],
  ['folded\r\n  twice\n\there', 'folded twice here'],
  ['', ''],
  ['broken\nline', undefined],
  [undefined, undefined],
])('combines the field %j to %j', (value, combined) => {
  expect(readField({ 'x-field': value }, 'x-field')).toBe(combined)
})

test('finds no field in what every object inherits', () => {
  expect(readField({}, 'constructor')).toBeUndefined()
  expect(readField({}, '__proto__')).toBeUndefined()
})

test.each(['café', 'a\u0000b', 'a\u00a0'])('builds no text from the value %j', (value) => {
  const parts = { method: 'GET', url: 'https://bank.kz/', headers: { 'x-field': value } }
  expect(buildSignatureBase(parts, ['x-field'], '()')).toBeUndefined()
})

test('a long run of blanks costs no more than its length', () => {
  // A quadratic reading of it would overrun the time that a test has.
  const blanks = `a${' '.repeat(200_000)}b`
  expect(readField({ 'x-field': `${blanks}\n ${blanks}` }, 'x-field')).toBe(`${blanks} ${blanks}`)
})

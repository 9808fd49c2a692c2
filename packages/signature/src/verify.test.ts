import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { contentDigest } from './digest.ts'
import { createSignBytes } from './keys.ts'
import samples from './samples/rfc-signatures.json' with { type: 'json' }
import { createSigner } from './sign.ts'
import { buildSignatureBase, type MessageHeaders } from './signature-base.ts'
import { createVerifier, readVerifyingKey } from './verify.ts'

const now = 1_764_000_000
const secret = Buffer.alloc(32, 1).toString('base64')
const url = 'https://api.tolem.kz/v1/authorizations?dry=1'
const body = Buffer.from('{"type":"purchase"}')
const allCovered = '("@method" "@target-uri" "content-digest")'
const allStated = `;created=${now};nonce="n-00000001";keyid="halyk-1"`

const pair = generateKeyPairSync('ed25519')
const hmac = (keyId: string) => readVerifyingKey({ keyId, algorithm: 'hmac-sha256', secret })
const keys = new Map([
  ['halyk-1', { key: hmac('halyk-1'), owner: 'halyk' }],
  ['halyk-2', { key: hmac('halyk-2'), owner: 'halyk' }],
  ['forte-1', { key: hmac('forte-1'), owner: 'forte' }],
  ['rbk-1', { key: ed25519Key(), owner: 'rbk' }],
])
const verifier = createVerifier({
  findKey: (keyId) => keys.get(keyId),
  windowSeconds: 60,
  now: () => now,
})

type Change = {
  readonly method?: string
  readonly url?: string
  readonly body?: Uint8Array
  readonly headers?: MessageHeaders
}

/**
 * Signed with halyk's secret over whatever the list and parameters say, so that nothing but these
 * can be wrong.
 */
function signWith(input: string, more: MessageHeaders = {}): MessageHeaders {
  const headers = { 'content-digest': contentDigest(body), ...more }
  const components = [...input.slice(0, input.indexOf(')')).matchAll(/"([^"]*)"/g)]
  const names = components.map(([, name]) => name ?? '')
  const base = buildSignatureBase({ method: 'POST', url, headers }, names, input) ?? ''
  const signature = createSignBytes('hmac-sha256', secret)(base).toString('base64')
  return { ...headers, 'signature-input': `s=${input}`, signature: `s=:${signature}:` }
}

function verify(change: Change) {
  const headers = signWith(allCovered + allStated)
  return verifier.verify({ method: 'POST', url, body, headers, ...change })
}

function reasonFor(change: Change): string | undefined {
  const result = verify(change)
  return result.ok ? undefined : result.reason
}

test('tells who sent a request, when, and with which nonce', () => {
  expect(verify({})).toEqual({
    ok: true,
    value: { owner: 'halyk', keyId: 'halyk-1', nonce: 'n-00000001', created: now },
  })
})

test('accepts what our own signer signs by ed25519, without content', () => {
  const signer = createSigner({
    keyId: 'rbk-1',
    algorithm: 'ed25519',
    secret: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }),
  })
  const request = { method: 'GET', url, body: new Uint8Array() }
  const headers = signer.sign({ ...request, created: now, nonce: 'n-00000002' })
  expect(verifier.verify({ ...request, headers })).toMatchObject({
    ok: true,
    value: { owner: 'rbk', keyId: 'rbk-1' },
  })
})

test.each([
  ['path and query for the target', '("@path" "@query" "@method" "content-digest")'],
  ['more than must be covered', '("date" "@method" "@authority" "@target-uri" "content-digest")'],
  ['no components in our order', '("content-digest" "@target-uri" "@method")'],
])('accepts %s', (_, covered) => {
  const headers = signWith(covered + allStated, { date: 'Tue, 20 Apr 2021 02:07:55 GMT' })
  expect(verify({ headers }).ok).toBe(true)
})

test('accepts parameters in any order, unknown ones, spaces, and escaped quotes', () => {
  const stated = `;keyid="halyk-1";tag="a\\"b";created=${now};x;nonce="with \\"quotes\\"";alg="hmac-sha256"`
  const headers = signWith(allCovered + stated)
  expect(verify({ headers })).toMatchObject({ ok: true, value: { nonce: 'with "quotes"' } })
  const spaced = String(headers['signature-input']).replace('("@method" ', '( "@method"  ')
  expect(verify({ headers: { ...headers, 'signature-input': spaced } }).ok).toBe(true)
})

test.each([
  ['Signature', 'signature', 'signature_missing'],
  ['Signature-Input', 'signature-input', 'signature_missing'],
  ['Content-Digest', 'content-digest', 'digest_missing'],
])('without %s the request is refused', (_, name, reason) => {
  const headers = signWith(allCovered + allStated)
  expect(reasonFor({ headers: { ...headers, [name]: undefined } })).toBe(reason)
})

test.each([
  ['a component parameter', `("@method";req "@target-uri" "content-digest")${allStated}`],
  ['a field as bytes', `("@method" "@target-uri" "content-digest";bs)${allStated}`],
  ['an unknown derived component', `("@status" "@method" "content-digest")${allStated}`],
  ['@signature-params', `("@signature-params" "@method" "content-digest")${allStated}`],
  ['a component twice', `("@method" "@method" "@target-uri" "content-digest")${allStated}`],
  ['a field name in capitals', `("@method" "@target-uri" "Content-Digest")${allStated}`],
  ['a component that is no string', `(method "@target-uri" "content-digest")${allStated}`],
  ['created as text', `${allCovered};created="${now}";nonce="n-00000001";keyid="halyk-1"`],
  ['created as a fraction', `${allCovered};created=1.5;nonce="n-00000001";keyid="halyk-1"`],
  ['a short nonce', `${allCovered};created=${now};nonce="1234567";keyid="halyk-1"`],
  ['a long nonce', `${allCovered};created=${now};nonce="${'x'.repeat(129)}";keyid="halyk-1"`],
  [
    'an unbounded key id',
    `${allCovered};created=${now};nonce="n-00000001";keyid="${'x'.repeat(129)}"`,
  ],
  ['a key id with a space', `${allCovered};created=${now};nonce="n-00000001";keyid="a b"`],
  ['expires as text', `${allCovered}${allStated};expires="never"`],
  ['a very long field', `${allCovered}${allStated};x="${'x'.repeat(4096)}"`],
  ['no list', 'halyk-1'],
  ['no structured field', '("'],
])('refuses %s as malformed', (_, input) => {
  expect(reasonFor({ headers: signWith(input) })).toBe('signature_malformed')
})

test('refuses labels that do not belong together, and base64 that is not canonical', () => {
  const headers = signWith(allCovered + allStated)
  const other = { ...headers, signature: String(headers['signature']).replace('s=', 't=') }
  expect(reasonFor({ headers: other })).toBe('signature_malformed')
  for (const label of ['s', 'tolem']) {
    const renamed = {
      ...headers,
      'signature-input': `${label}=${allCovered}${allStated};alg="hmac-sha256"`,
      signature: `${label}=:${Buffer.alloc(32).toString('base64').replace('A=', 'B=')}:`,
    }
    expect(reasonFor({ headers: renamed })).toBe('signature_malformed')
  }
})

test.each([
  ['keyid_missing', `${allCovered};created=${now};nonce="n-00000001"`],
  ['key_unknown', `${allCovered};created=${now};nonce="n-00000001";keyid="altyn-1"`],
  ['parameters_missing', `${allCovered};created=${now};keyid="halyk-1"`],
  ['parameters_missing', `${allCovered};nonce="n-00000001";keyid="halyk-1"`],
  ['components_missing', `("@target-uri" "content-digest")${allStated}`],
  ['components_missing', `("@method" "content-digest")${allStated}`],
  ['components_missing', `("@method" "@path" "content-digest")${allStated}`],
  ['components_missing', `("@method" "@query" "content-digest")${allStated}`],
  ['components_missing', `("@method" "@target-uri")${allStated}`],
  ['components_missing', `("@method" "@target-uri" "content-digest" "date")${allStated}`],
  ['components_missing', `()${allStated}`],
  ['algorithm_not_allowed', `${allCovered}${allStated};alg="ed25519"`],
  ['algorithm_not_allowed', `${allCovered}${allStated};alg="rsa-v1_5-sha256"`],
  ['expired', `${allCovered}${allStated};expires=${now - 1}`],
])('refuses with %s a signature over %s', (reason, input) => {
  expect(reasonFor({ headers: signWith(input) })).toBe(reason)
})

test.each([
  [now - 61, 'created_in_past'],
  [now - 60, undefined],
  [now + 60, undefined],
  [now + 61, 'created_in_future'],
  [0, 'created_in_past'],
  [999_999_999_999_999, 'created_in_future'],
])('a signature created at %d is answered with %s', (created, reason) => {
  const headers = signWith(`${allCovered};created=${created};nonce="n-00000001";keyid="halyk-1"`)
  expect(reasonFor({ headers })).toBe(reason)
})

test('lets nothing through when the clock is broken', () => {
  const broken = createVerifier({
    findKey: (id) => keys.get(id),
    windowSeconds: 60,
    now: () => NaN,
  })
  const headers = signWith(allCovered + allStated)
  expect(broken.verify({ method: 'POST', url, body, headers }).ok).toBe(false)
})

test.each([0, -1, NaN, Infinity])('takes no window of %d seconds', (windowSeconds) => {
  const create = () => createVerifier({ findKey: () => undefined, windowSeconds, now: () => 0 })
  expect(create).toThrow(/window/)
})

test.each([
  ['digest_mismatch', { body: Buffer.from('{"type":"Purchase"}') }],
  ['signature_wrong', { method: 'PUT' }],
  ['signature_wrong', { url: `${url}0` }],
  ['signature_wrong', { url: `${url}\n` }],
])('refuses with %s a request changed in %j', (reason, change) => {
  expect(reasonFor(change)).toBe(reason)
})

test('refuses a digest without a known algorithm, although it is signed', () => {
  const headers = signWith(allCovered + allStated, { 'content-digest': 'md5=:AAAA:' })
  expect(reasonFor({ headers })).toBe('digest_missing')
})

test('of several signatures counts the first whose key it knows', () => {
  const mine = signWith(allCovered + allStated)
  const proxy = '("@method";req);keyid="proxy"'
  const stranger = `("@authority");keyid="stranger"`
  const headers = {
    ...mine,
    'signature-input': [`a=${proxy}`, `b=${stranger}, ${String(mine['signature-input'])}`],
    signature: [`a=:AAAA:, b=:AAAA:`, String(mine['signature'])],
  }
  expect(verify({ headers })).toMatchObject({ ok: true, value: { keyId: 'halyk-1' } })
})

test.each([
  ['halyk-2', undefined],
  ['forte-1', 'key_ambiguous'],
])('a second signature by %s is answered with %s', (keyId, reason) => {
  const mine = signWith(allCovered + allStated)
  const headers = {
    ...mine,
    'signature-input': `${String(mine['signature-input'])}, second=("@method");keyid="${keyId}"`,
    signature: `${String(mine['signature'])}, second=:AAAA:`,
  }
  expect(reasonFor({ headers })).toBe(reason)
})

test('refuses an hmac made with the public key of an ed25519 key', () => {
  const publicKey = pair.publicKey.export({ format: 'jwk' }).x ?? ''
  const signer = createSigner({
    keyId: 'rbk-1',
    algorithm: 'hmac-sha256',
    secret: Buffer.from(publicKey, 'base64url').toString('base64'),
  })
  const headers = signer.sign({ method: 'POST', url, body, created: now, nonce: 'n-00000003' })
  expect(reasonFor({ headers })).toBe('algorithm_not_allowed')
  const unstated = headers['signature-input'].replace(';alg="hmac-sha256"', '')
  expect(reasonFor({ headers: { ...headers, 'signature-input': unstated } })).toBe(
    'signature_wrong',
  )
})

test('refuses the message of RFC 9421 B.2.5, which covers neither method nor content', () => {
  const sample = samples.rfc9421[0]
  const headers = {
    ...sample?.headers,
    'signature-input': sample?.signature_input?.concat(`;nonce="n-00000001"`),
    signature: sample?.signature,
  }
  const known = createVerifier({
    findKey: () => keys.get('halyk-1'),
    windowSeconds: 60,
    now: () => 1_618_884_473,
  })
  const result = known.verify({ method: 'POST', url: sample?.target ?? '', headers, body })
  expect(result).toEqual({ ok: false, reason: 'components_missing' })
})

function ed25519Key() {
  const publicKey = pair.publicKey.export({ format: 'pem', type: 'spki' })
  return readVerifyingKey({ keyId: 'rbk-1', algorithm: 'ed25519', publicKey })
}

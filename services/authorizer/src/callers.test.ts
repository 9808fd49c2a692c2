import { generateKeyPairSync } from 'node:crypto'
import { PILOT_PROGRAMME_FILE, readProgramme } from '@tolem/programme'
import { createSigner } from '@tolem/signature/sign'
import { NOON } from '@tolem/testing/builders'
import { expect, test } from 'vitest'
import { createCallers } from './callers.ts'
import type { Message } from './message.ts'

const programme = readProgramme(PILOT_PROGRAMME_FILE)
const HMAC_SECRET = Buffer.alloc(32, 7).toString('base64')
const pair = generateKeyPairSync('ed25519')
const PUBLIC_PEM = pair.publicKey.export({ format: 'pem', type: 'spki' })
const PRIVATE_PEM = pair.privateKey.export({ format: 'pem', type: 'pkcs8' })

const isHmac = (reference: string) => !/FREEDOM|ALTYN/.test(reference)

const halyk = createSigner({
  keyId: 'halyk-2026-11',
  algorithm: 'hmac-sha256',
  secret: HMAC_SECRET,
})
const freedom = createSigner({
  keyId: 'freedom-2026-11',
  algorithm: 'ed25519',
  secret: PRIVATE_PEM,
})

const PUBLIC_URLS = ['https://tolem.example', 'http://127.0.0.1:8080']

function openCallers(clock = { now: NOON }, admit: (bank: string) => boolean = () => true) {
  return createCallers({
    programme,
    readSecret: (reference) => (isHmac(reference) ? HMAC_SECRET : PUBLIC_PEM),
    publicUrls: () => PUBLIC_URLS,
    admit,
    now: () => clock.now,
    rememberedNonces: 1_000,
  })
}

let nonces = 0

type Change = {
  readonly url?: string
  readonly host?: string
  readonly created?: number
  readonly nonce?: string
  readonly headers?: Message['headers']
  readonly signer?: typeof halyk
  readonly body?: string
}

function aMessage(change: Change = {}): Message {
  nonces += 1
  const {
    url = PUBLIC_URLS[0],
    host = 'tolem.example',
    signer = halyk,
    nonce = `nonce-no-${nonces}`,
  } = change
  const path = '/v1/authorizations?x=1'
  const body = Buffer.from('{}')
  const created = change.created ?? NOON / 1_000
  const signed = signer.sign({ method: 'POST', url: url + path, body, created, nonce })
  return {
    method: 'POST',
    path,
    headers: { host, ...signed, ...change.headers },
    body: Buffer.from(change.body ?? '{}'),
    arrivedAt: 50_000,
    receivedAt: NOON,
  }
}

/** The bank that signed, or the name and detail of the problem. */
function verified(message: Message, callers = openCallers()): string {
  const found = callers.verify(message)
  if (found.ok) return found.caller.id
  const { type, detail } = JSON.parse(found.answer.body)
  expect(found.answer.status).toBe(401)
  return detail ? `${type} ${detail}` : type
}

test('a message is known by the key that signed it, of either algorithm', () => {
  expect(verified(aMessage())).toBe('halyk')
  expect(verified(aMessage({ signer: freedom }))).toBe('freedom')
})

test('what there is no room for leaves no trace: the same bytes are taken once there is', () => {
  const asked: string[] = []
  let hasRoom = false
  const callers = openCallers({ now: NOON }, (bank) => {
    asked.push(bank)
    return hasRoom
  })
  const message = aMessage()
  const refused = callers.verify(message)
  expect(refused.ok || JSON.parse(refused.answer.body)).toMatchObject({
    type: '/problems/overloaded',
  })
  hasRoom = true
  expect(verified(message, callers)).toBe('halyk')
  // A forger and a replay take no room from anybody.
  expect(verified(aMessage({ body: '{"forged":1}' }), callers)).toContain('signature_refused')
  expect(verified(message, callers)).toContain('nonce_reused')
  expect(asked).toEqual(['halyk', 'halyk'])
})

test('a message without signature is told how to sign', () => {
  const { headers: _, ...message } = aMessage()
  expect(verified({ ...message, headers: {} })).toBe('/problems/signature_missing')
})

test.each([
  [-60, 'halyk'],
  [60, 'halyk'],
  [-61, '/problems/signature_refused created_in_past'],
  [61, '/problems/signature_refused created_in_future'],
  [-600, '/problems/signature_refused created_in_past'],
  [600, '/problems/signature_refused created_in_future'],
])('a signature that is %i s from our clock: %s', (seconds, expected) => {
  expect(verified(aMessage({ created: NOON / 1_000 + seconds }))).toBe(expected)
})

test('a changed body is refused', () => {
  expect(verified(aMessage({ body: '{ }' }))).toBe('/problems/signature_refused digest_mismatch')
})

test('an unknown key is refused, and so is the right key id with another’s secret', () => {
  const secret = Buffer.alloc(32, 8).toString('base64')
  const algorithm = 'hmac-sha256'
  const stranger = createSigner({ keyId: 'stranger', algorithm, secret })
  const forger = createSigner({ keyId: 'halyk-2026-11', algorithm, secret })
  expect(verified(aMessage({ signer: stranger }))).toBe('/problems/signature_refused key_unknown')
  expect(verified(aMessage({ signer: forger }))).toBe('/problems/signature_refused signature_wrong')
})

test('a nonce is taken once for each key, and only by a message whose signature holds', () => {
  const callers = openCallers()
  const nonce = 'nonce-shared'
  expect(verified(aMessage({ nonce, body: '{ }' }), callers)).toContain('digest_mismatch')
  expect(verified(aMessage({ nonce }), callers)).toBe('halyk')
  expect(verified(aMessage({ nonce }), callers)).toBe('/problems/nonce_reused')
  expect(verified(aMessage({ nonce, signer: freedom }), callers)).toBe('freedom')
})

test('any of our addresses may be signed for, and the Host header chooses among them', () => {
  const second = 'http://127.0.0.1:8080'
  expect(verified(aMessage({ url: second, host: '127.0.0.1:8080' }))).toBe('halyk')
  expect(verified(aMessage({ url: second, host: 'tolem.example' }))).toContain('signature_wrong')
})

test('an unknown Host gains nothing: the signature must cover an address of ours', () => {
  const evil = 'https://evil.example'
  expect(verified(aMessage({ url: evil, host: 'evil.example' }))).toContain('signature_wrong')
  expect(verified(aMessage({ host: 'evil.example' }))).toBe('halyk')
  const { host: _, ...headers } = aMessage().headers
  expect(verified({ ...aMessage(), headers })).toBe('halyk')
})

test('another path, query or method than the signed one is refused', () => {
  for (const change of [
    { path: '/v1/authorizations' },
    { path: '/v1/reversals?x=1' },
    { method: 'PUT' },
  ])
    expect(verified({ ...aMessage(), ...change })).toContain('signature_wrong')
})

function budgetOf(header: string | undefined): number {
  const headers = header === undefined ? {} : { 'response-budget-ms': header }
  const found = openCallers().verify(aMessage({ headers }))
  if (!found.ok) return expect.unreachable()
  expect(found.deadline.windowEndsAt - NOON).toBe(found.deadline.at - 50_000)
  return found.deadline.at - 50_000
}

test.each([
  [undefined, 1_000],
  ['400', 400],
  ['150', 150],
  ['1000', 1_000],
  ['999999', 1_000],
  ['149', 1_000],
  ['0', 1_000],
  ['-5', 1_000],
  ['400.5', 1_000],
  ['soon', 1_000],
  ['', 1_000],
  ['Infinity', 1_000],
  ['400, 300', 1_000],
])('Response-Budget-Ms %s gives a budget of %i ms: shorter, never longer', (header, budget) => {
  expect(budgetOf(header)).toBe(budget)
})

test('each bank has its own response codes, and no other bank has any', () => {
  const callers = openCallers()
  expect(callers.codesOf('halyk' as never).wallet_not_linked).toBe('78')
  expect(callers.codesOf('forte' as never).wallet_not_linked).toBe('57')
  expect(() => callers.codesOf('stranger' as never)).toThrow('not in the programme')
})

test('a key that cannot be read stops the start and is not shown', () => {
  const secret = 'c2hvcnQ='
  const open = () =>
    createCallers({
      programme,
      readSecret: () => secret,
      publicUrls: () => PUBLIC_URLS,
      admit: () => true,
      now: () => NOON,
      rememberedNonces: 1_000,
    })
  expect(open).toThrow(/base64|bytes|secret|key/i)
  expect(open).not.toThrow(secret)
})

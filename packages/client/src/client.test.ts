import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { SigningKey } from '@tolem/signature/sign'
import { createVerifier, readVerifyingKey, type Verifier } from '@tolem/signature/verify'
import { problem } from '@tolem/wire/problem'
import type { AuthorizationBody } from '@tolem/wire/request'
import { expect, onTestFinished, test } from 'vitest'
import { type Client, createClient } from './client.ts'

/** Long enough for a busy machine; only silence waits for it to end. */
const PATIENCE_MS = 10_000
const CREATED_MS = 1_795_341_845_678
const key = {
  keyId: 'halyk-test',
  algorithm: 'hmac-sha256',
  secret: Buffer.alloc(32, 1).toString('base64'),
} as const satisfies SigningKey

const purchase: AuthorizationBody = {
  type: 'purchase',
  cardToken: 'card_rich',
  transactionAmount: { value: '12500.00', currency: 'KZT' },
  acquirerId: '400001',
  terminal: { id: 'T1', type: 'pos', entryMode: 'contactless' },
  merchant: { id: 'M1', name: 'Magnum', city: 'Almaty', country: 'KZ', categoryCode: '5411' },
  systemTraceAuditNumber: '000001',
  retrievalReferenceNumber: '632615000001',
  localDateTime: '2026-11-22T15:04:05',
  transmittedAt: '2026-11-22T10:04:05Z',
}

const messages = { kk: 'Мақұлданды.', ru: 'Одобрено.', en: 'Approved.' }
const approved = {
  authorizationId: 'aut_0199f2a0-0000-7000-8000-000000000001',
  decision: 'approved',
  responseCode: '00',
  approvalCode: '7K2M9Q',
  messages,
}
const declined = {
  authorizationId: 'aut_0199f2a0-0000-7000-8000-000000000002',
  decision: 'declined',
  responseCode: '51',
  reason: 'insufficient_funds',
  messages,
}

type Received = {
  readonly request: IncomingMessage
  readonly body: Buffer
  readonly verification: ReturnType<Verifier<string>['verify']>
}
type Answer = (received: Received, response: ServerResponse) => void

test('signs each request so that the server can tell who sent which bytes', async ({ expect }) => {
  const { client, received } = await joinedTo(answering(200, approved))
  await client.authorize(purchase)
  await client.findAuthorization('aut_a/b?c')
  await client.send({ method: 'GET', path: '/v1/authorizations?limit=2&from=a%20b' })
  expect(received.map(({ verification }) => verification)).toEqual(
    Array.from({ length: 3 }, () => ({
      ok: true,
      value: {
        owner: 'halyk',
        keyId: 'halyk-test',
        created: Math.floor(CREATED_MS / 1000),
        nonce: expect.any(String),
      },
    })),
  )
  expect(received[0]?.request.headers['content-type']).toBe('application/json')
  expect(JSON.parse(String(received[0]?.body))).toEqual(purchase)
  expect(received[1]?.request.url).toBe('/v1/authorizations/aut_a%2Fb%3Fc')
  const nonces = received.map((one) => one.verification.ok && one.verification.value.nonce)
  expect(new Set(nonces).size).toBe(3)
})

test('gives a decision, its exact text and the stages of its timing', async ({ expect }) => {
  const { client } = await joinedTo((_, response) => {
    response.setHeader('server-timing', 'accept;dur=1.9, debit;dur=20.5')
    answering(200, approved)(_, response)
  })
  expect(await client.authorize(purchase)).toEqual({
    kind: 'decided',
    answer: approved,
    body: JSON.stringify(approved),
    timing: [
      { name: 'accept', durationMs: 1.9 },
      { name: 'debit', durationMs: 20.5 },
    ],
  })
})

test('gives a decline as a decision', async () => {
  const { client } = await joinedTo(answering(200, declined))
  expect(await client.authorize(purchase)).toMatchObject({ kind: 'decided', answer: declined })
})

test('reads every documented answer by its schema', async () => {
  const answers: Record<string, object> = {
    'POST /v1/reversals': { reversalId: 'rev_1', responseCode: '00', outcome: 'reversed' },
    'PUT /v1/cards/card_rich': {
      cardToken: 'card_rich',
      version: 2,
      status: 'frozen',
      expiresOn: '2029-12',
      limits: {},
    },
    'GET /v1/authorizations/aut_1': {
      authorizationId: 'aut_1',
      type: 'purchase',
      cardToken: 'card_rich',
      state: 'accepted',
      receivedAt: '2026-11-22T10:04:05Z',
      movements: [],
      events: [],
    },
    'GET /v1/rates': { maximumAgeMs: 5000, rates: [] },
  }
  const { client } = await joinedTo((received, response) => {
    const { method, url } = received.request
    answering(200, answers[`${method} ${url}`] ?? {})(received, response)
  })
  const {
    cardToken: _,
    type: __,
    transactionAmount: ___,
    terminal,
    merchant: ____,
    ...networkKey
  } = purchase
  const results = [
    await client.reverse({
      ...networkKey,
      terminalId: terminal.id,
      original: { authorizationId: approved.authorizationId },
      reason: 'customer_cancellation',
    }),
    await client.putCard('card_rich', { status: 'frozen', expiresOn: '2029-12' }),
    await client.findAuthorization('aut_1'),
    await client.rates(),
  ]
  expect(results).toMatchObject(
    Object.values(answers).map((answer) => ({ kind: 'decided', answer })),
  )
})

test('tells a problem from an answer', async () => {
  const { status, contentType, body } = problem('fields_invalid', {
    errors: [{ pointer: '/terminal/id', detail: 'too long' }],
  })
  const { client } = await joinedTo((_, response) =>
    response.writeHead(status, { 'content-type': contentType }).end(body),
  )
  expect(await client.authorize(purchase)).toEqual({
    kind: 'problem',
    status: 422,
    problem: JSON.parse(body),
  })
})

test.for([
  ['garbage', (_, response) => response.end('<html>')],
  ['another shape', answering(200, { decision: 'perhaps' })],
  ['an error page of somebody in between', answering(502, { error: 'bad gateway' })],
  ['an endless body', (_, response) => response.end('x'.repeat(2 * 1024 * 1024))],
  ['a broken connection', (received) => received.request.socket.destroy()],
  ['a body that breaks off', (_, response) => tearDown(response)],
] satisfies [string, Answer][])(
  'takes %s for no answer, and sends nothing again',
  async ([, answer]) => {
    const { client, received } = await joinedTo(answer)
    const result = await client.authorize(purchase)
    expect(result).toEqual({ kind: 'unreachable', detail: expect.stringMatching(/./) })
    expect(received).toHaveLength(1)
  },
)

test('takes silence for no answer when the time is over', async () => {
  const { client } = await joinedTo(() => {}, 100)
  expect(await client.authorize(purchase)).toEqual({
    kind: 'unreachable',
    detail: 'no answer within 100 ms',
  })
})

test('says that nothing listens', async () => {
  const { client, stop } = await joinedTo(answering(200, approved))
  await stop()
  const result = await client.authorize(purchase)
  expect(result).toMatchObject({
    kind: 'unreachable',
    detail: expect.stringContaining('ECONNREFUSED'),
  })
  await expect(client.send({ method: 'GET', path: '/' })).rejects.toThrow('ECONNREFUSED')
})

test('sends headers over the signature when a caller wants to break it', async ({ expect }) => {
  const { client, received } = await joinedTo(answering(200, {}))
  await client.send({
    method: 'POST',
    path: '/v1/echo',
    body: Buffer.from('{}'),
    headers: { 'content-digest': 'sha-256=:AAAA:' },
  })
  expect(received[0]?.verification).toEqual({ ok: false, reason: 'digest_mismatch' })
})

function answering(status: number, body: object): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
}

function tearDown(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '100' }).write('{"dec', () => response.destroy())
}

/** A server that verifies what it gets, and a client of it. */
async function joinedTo(
  answer: Answer,
  timeoutMs = PATIENCE_MS,
): Promise<{ client: Client; received: Received[]; stop: () => Promise<void> }> {
  const received: Received[] = []
  const verifier = createVerifier({
    findKey: (keyId) =>
      keyId === key.keyId ? { key: readVerifyingKey(key), owner: 'halyk' } : undefined,
    windowSeconds: 1,
    now: () => CREATED_MS / 1000,
  })
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request)
    const { method = '', url, headers } = request
    const address = `http://${headers.host}${url}`
    const verification = verifier.verify({ method, url: address, headers, body })
    const one = { request, body, verification }
    received.push(one)
    answer(one, response)
  }
  const server = createServer((request, response) => void receive(request, response))
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await listening
  const { port } = server.address() as AddressInfo
  const client = createClient({
    url: `http://127.0.0.1:${port}`,
    key,
    timeoutMs,
    now: () => CREATED_MS,
  })
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
  onTestFinished(async () => {
    await stop()
    await client.close()
  })
  return { client, received, stop }
}

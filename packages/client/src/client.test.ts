import type { ServerResponse } from 'node:http'
import { problem } from '@tolem/wire/problem'
import { expect, onTestFinished, test } from 'vitest'
import { type Answer, answering, CREATED_MS, joinedTo, purchase } from './testing/joined.ts'

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

test('signs each request so that the server can tell who sent which bytes', async ({ expect }) => {
  const { client, received } = await joinedHere(answering(200, approved))
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
  const { client } = await joinedHere((_, response) => {
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
  const { client } = await joinedHere(answering(200, declined))
  expect(await client.authorize(purchase)).toMatchObject({ kind: 'decided', answer: declined })
})

test('tells a problem from an answer', async () => {
  const { status, contentType, body } = problem('fields_invalid', {
    errors: [{ pointer: '/terminal/id', detail: 'too long' }],
  })
  const { client } = await joinedHere((_, response) =>
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
    const { client, received } = await joinedHere(answer)
    const result = await client.authorize(purchase)
    expect(result).toEqual({ kind: 'unreachable', detail: expect.stringMatching(/./) })
    expect(received).toHaveLength(1)
  },
)

test('takes silence for no answer when the time is over', async () => {
  const { client } = await joinedHere(() => {}, 100)
  expect(await client.authorize(purchase)).toEqual({
    kind: 'unreachable',
    detail: 'no answer within 100 ms',
  })
})

test('says that nothing listens', async () => {
  const { client, stop } = await joinedHere(answering(200, approved))
  await stop()
  const result = await client.authorize(purchase)
  expect(result).toMatchObject({
    kind: 'unreachable',
    detail: expect.stringContaining('ECONNREFUSED'),
  })
  await expect(client.send({ method: 'GET', path: '/' })).rejects.toThrow('ECONNREFUSED')
})

test('sends headers over the signature when a caller wants to break it', async ({ expect }) => {
  const { client, received } = await joinedHere(answering(200, {}))
  await client.send({
    method: 'POST',
    path: '/v1/echo',
    body: Buffer.from('{}'),
    headers: { 'content-digest': 'sha-256=:AAAA:' },
  })
  expect(received[0]?.verification).toEqual({ ok: false, reason: 'digest_mismatch' })
})

function tearDown(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '100' }).write('{"dec', () => response.destroy())
}

function joinedHere(answer: Answer, timeoutMs?: number): ReturnType<typeof joinedTo> {
  return joinedTo({ answer, ...(timeoutMs && { timeoutMs }), atEnd: onTestFinished })
}

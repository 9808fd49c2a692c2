import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BankId } from '@tolem/domain/ids'
import { expect, onTestFinished, test } from 'vitest'
import { type Admission, createAdmission } from './admission.ts'
import { turnAway } from './turn-away.ts'

const [NOISY, QUIET] = ['noisy', 'quiet'] as BankId[] as [BankId, BankId]
const KEYS = new Map([
  ['noisy-1', NOISY],
  ['quiet-1', QUIET],
])
const SEATS = 4

const clock = { now: 0 }

function emptyAdmission({ ceiling = SEATS, floor = SEATS } = {}): Admission {
  const admission = createAdmission({
    ceiling,
    floor,
    longestBudgetMs: 1_000,
    bankOfKey: (keyId) => KEYS.get(keyId),
    waitedMs: () => 0,
    monotonicNow: () => clock.now,
  })
  onTestFinished(admission.close)
  return admission
}

/** Where not more than a few fit, and the noisy bank has them all. */
function fullAdmission(): Admission {
  const admission = emptyAdmission()
  for (let seat = 0; seat < SEATS; seat += 1) admission.take(NOISY, 'request')
  return admission
}

type Sent = { readonly path?: string; readonly keyId?: string; readonly name?: string }

/** What a server that turns away by the head alone answers: over the wire, as the head is what Node makes of it. */
async function heardBy(admission: Admission, { path = '/v1/authorizations', ...sent }: Sent) {
  const server = createServer((message, response) => {
    const why = admission.turnsAway(message, 0)
    if (why === undefined) response.end('taken on')
    else turnAway(response, why)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { name = 'Signature-Input', keyId } = sent
  const headers = keyId === undefined ? {} : { [name]: `sig1=("@method");keyid="${keyId}";alg="x"` }
  const sending = request({ port, path, method: 'POST', headers, agent: false }).end('{}')
  const [answer] = (await once(sending, 'response')) as [IncomingMessage]
  const body = Buffer.concat(await answer.toArray()).toString()
  return { status: answer.statusCode, headers: answer.headers, body }
}

test('turns the bank away that has every seat, with a whole problem that says when to come again', async () => {
  const { status, headers, body } = await heardBy(fullAdmission(), { keyId: 'noisy-1' })
  expect(status).toBe(503)
  expect(headers).toMatchObject({
    'retry-after': '1',
    'content-type': 'application/problem+json',
    'content-length': String(body.length),
  })
  expect(JSON.parse(body)).toMatchObject({ type: '/problems/overloaded', responseCode: '91' })
})

test.each([['Signature-Input'], ['signature-input'], ['SIGNATURE-INPUT']])(
  'lets the message of a quiet bank through, whose key stands in %s',
  async (name) =>
    expect(await heardBy(fullAdmission(), { keyId: 'quiet-1', name })).toMatchObject({
      body: 'taken on',
    }),
)

test.each([
  ['no signature', {}],
  ['an unknown key', { keyId: 'nobody' }],
  ['no key', { keyId: '' }],
])('turns away a message with %s', async (_what, sent) =>
  expect(await heardBy(fullAdmission(), sent)).toMatchObject({ status: 503 }),
)

test('takes on a notice of the noisy bank, and what is no call of a bank', async () => {
  const admission = fullAdmission()
  const notice = { path: '/v1/reversals', keyId: 'noisy-1' }
  expect(await heardBy(admission, notice)).toMatchObject({ body: 'taken on' })
  expect(await heardBy(admission, { path: '/readyz' })).toMatchObject({ body: 'taken on' })
  expect(admission.figures()).toMatchObject({ taken: SEATS, away: 0 })
})

test('takes nothing on once it is shut, and lets the connection end', async () => {
  const admission = fullAdmission()
  admission.shut()
  const { status, headers, body } = await heardBy(admission, { keyId: 'quiet-1' })
  expect({ status, connection: headers.connection }).toEqual({ status: 503, connection: 'close' })
  expect(JSON.parse(body)).toMatchObject({ type: '/problems/unavailable' })
})

test('turns away what may have lain in its socket for longer than any bank waits, but no notice', () => {
  const admission = emptyAdmission()
  const askedFor = (url: string, arrivedAt: number) =>
    admission.turnsAway({ url, rawHeaders: [] }, arrivedAt)
  clock.now = 5_000
  onTestFinished(() => void (clock.now = 0))
  expect(askedFor('/v1/authorizations', 3_999)).toBe('overloaded')
  expect(askedFor('/v1/authorizations', 4_001)).toBeUndefined()
  expect(askedFor('/v1/reversals', 3_999)).toBeUndefined()
})

test('what comes first on a connection may have arrived when the connection was taken', () => {
  const admission = emptyAdmission()
  const [connection, other] = [{}, {}]
  // Between two ticks of the loop's watch.
  clock.now = 10
  onTestFinished(() => void (clock.now = 0))
  admission.opened(connection)
  clock.now = 25
  expect(admission.arrivedAt(connection)).toBe(10)
  expect(admission.arrivedAt(connection)).toBe(25)
  expect(admission.arrivedAt(other)).toBe(25)
})

test('a turn of the loop that lasts takes on no more than a batch and what quiet banks send', async () => {
  const admission = emptyAdmission({ ceiling: 100 })
  for (let seat = 0; seat < SEATS; seat += 1) admission.take(NOISY, 'request')
  const askedBy = (keyId: string, url = '/v1/authorizations') =>
    admission.turnsAway({ url, rawHeaders: ['Signature-Input', `keyid="${keyId}"`] }, clock.now)
  expect(askedBy('noisy-1')).toBeUndefined()
  clock.now = 20
  onTestFinished(() => void (clock.now = 0))
  for (let more = SEATS; more < 80; more += 1) admission.take(NOISY, 'request')
  expect(askedBy('noisy-1')).toBe('overloaded')
  expect(askedBy('noisy-1', '/v1/reversals')).toBeUndefined()
  expect(askedBy('quiet-1')).toBeUndefined()
  await new Promise(setImmediate)
  expect(askedBy('noisy-1')).toBeUndefined()
})

test('a turn of the loop that lasts takes on no more than a short one where answers come too late', async () => {
  const admission = emptyAdmission({ ceiling: 200, floor: 100 })
  onTestFinished(() => void (clock.now = 0))
  const ask = () =>
    admission.turnsAway({ url: '/v1/authorizations', rawHeaders: [] }, clock.now) ?? 'taken on'
  admission.take(NOISY, 'request')
  admission.leave(NOISY, true)
  clock.now += 200
  await expect.poll(() => admission.figures().limit).toBe(16)
  for (let seat = 0; seat < 16; seat += 1) admission.take(NOISY, 'request')
  const inShortTurn = ask()
  clock.now += 20
  expect([inShortTurn, ask()]).toEqual(['overloaded', 'overloaded'])
})

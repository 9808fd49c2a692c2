import { connect } from 'node:net'
import { createPostgres } from '@tolem/postgres/pool'
import { createTestDatabase } from '@tolem/testing/backends'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { createMandateWorld } from '../testing/mandate-world.ts'
import { openPostgres } from '../testing/world.ts'
import { createNoticeServer } from './server.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let postgres: ReturnType<typeof openPostgres>
beforeAll(async () => {
  database = await createTestDatabase()
  postgres = openPostgres(database.url)
})
afterAll(async () => {
  await postgres.close()
  await database.drop()
})

const FAR_MS = 3_600_000

/** A settlement that looks at offered mandates once in an hour: whatever happens sooner a notice brought about. */
async function open(on = postgres) {
  const world = createMandateWorld(on)
  const room = world.instance({ MANDATE_OFFERED_POLL_MS: FAR_MS })
  const server = createNoticeServer(room.takeNotice)
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await server.close()
    await room.close(5_000)
  })
  const send = (body: string, path = '/notices/bybit/bybit-pay', init: RequestInit = {}) =>
    fetch(`${url}${path}`, { method: 'POST', body, ...init })
  const outcomes = async () => {
    const { text } = await room.metrics.expose()
    const lines = [
      ...text.matchAll(/^tolem_settlement_notices_total\{.*outcome="(\w+)".*\} (\d+)$/gm),
    ]
    return Object.fromEntries(lines.map(([, outcome, count]) => [outcome, Number(count)]))
  }
  return { world, room, send, outcomes, url }
}

let sequence = 0
function aNotice(reference: string, change: object = {}) {
  sequence += 1
  const about = { kind: 'mandate', reference }
  return JSON.stringify({ id: `n-${sequence}`, about, signature: 'good', ...change })
}

async function offered({ world, room }: Pick<Awaited<ReturnType<typeof open>>, 'world' | 'room'>) {
  await room.start()
  const mandate = await world.requested()
  await vi.waitFor(
    async () => expect(await world.read(mandate)).toMatchObject({ status: 'offered' }),
    10_000,
  )
  return mandate
}

test('a notice has its mandate looked up at once, and nothing in it is believed', async () => {
  const opened = await open()
  const { world, send } = opened
  const mandate = await offered(opened)
  const before = world.exchange.calls.length
  // It says that it was signed, which it was not.
  expect(await send(aNotice(mandate.reference, { status: 'SIGNED' }))).toMatchObject({
    status: 200,
  })
  await vi.waitFor(() => expect(world.exchange.calls.length).toBeGreaterThan(before), 10_000)
  expect(await world.read(mandate)).toMatchObject({ status: 'offered' })
  world.exchange.sign(mandate.reference)
  await send(aNotice(mandate.reference))
  await vi.waitFor(
    async () => expect(await world.read(mandate)).toMatchObject({ status: 'signed' }),
    10_000,
  )
})

test('a replay is answered with success and has no effect, also in another instance', async () => {
  const opened = await open()
  const { world, send, outcomes } = opened
  const mandate = await offered(opened)
  const notice = aNotice(mandate.reference)
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(notice)))
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  expect(await answers[0]?.text()).toBe('success')
  expect(await outcomes()).toEqual({ taken: 1, repeated: 19 })
  const finds = () => world.exchange.calls.filter(({ call }) => call === 'find').length
  await vi.waitFor(() => expect(finds()).toBeGreaterThan(0), 10_000)
  const other = await open()
  await other.send(notice)
  expect(await other.outcomes()).toEqual({ repeated: 1 })
})

test.each([
  ['forged', 401, { signature: 'bad_signature' }],
  ['late', 401, { signature: 'stale' }],
  ['that cannot be checked now', 500, { signature: 'unavailable' }],
])('a notice %s is answered %d and has no effect', async (_, status, change) => {
  const { world, send } = await open()
  const mandate = await world.requested()
  const due = await world.mandates.claim([LANE], FAR_MS)
  expect(due.length).toBeGreaterThan(0)
  expect((await send(aNotice(mandate.reference, change))).status).toBe(status)
  expect(await world.mandates.claim([LANE], FAR_MS)).toEqual([])
})

const LANE = { exchange: 'bybit', rail: 'bybit-pay', freeSlots: 100 } as Parameters<
  ReturnType<typeof createMandateWorld>['mandates']['claim']
>[0][number]

test('what is no notice gets a status and not a word', async () => {
  const { send, url } = await open()
  const answers = [
    [await send('not a notice'), 400],
    [await send(''), 400],
    [await send('{}', '/notices/bybit/binance-pay'), 404],
    [await send('{}', '/notices/nobody/bybit-pay'), 404],
    [await send('{}', '/notices/bybit/bybit-subaccount'), 404],
    [await send('{}', '/'), 404],
    [await fetch(`${url}/notices/bybit/bybit-pay`), 404],
    [await send('x'.repeat(40_000)), 413],
    [await send('{}', '/notices/bybit/bybit-pay', { headers: { big: 'x'.repeat(9_000) } }), 431],
  ] as const
  for (const [answer, status] of answers) {
    expect(answer.status).toBe(status)
    if (status !== 431) expect(await answer.text()).toBe('')
  }
})

test('a sender that never comes to its end is cut off', async () => {
  const { url } = await open()
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write('POST /notices/bybit/bybit-pay HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{')
  const ended = Promise.withResolvers<string>()
  socket.on('close', () => ended.resolve('cut off'))
  socket.on('error', () => ended.resolve('cut off'))
  socket.resume()
  expect(await ended.promise).toBe('cut off')
}, 60_000)

test('a sender that goes on a byte at a time is cut off like one that hangs', async () => {
  const { url } = await open()
  const { port } = new URL(url)
  const start = 'POST /notices/bybit/bybit-pay HTTP/1.1\r\nhost: x\r\n'
  const closed = [`${start}a: b\r\n`, `${start}content-length: 9999\r\n\r\n`].map(async (text) => {
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(text)
    const next = setInterval(() => socket.write(text.includes('9999') ? '{' : 'a: b\r\n'), 500)
    const ended = Promise.withResolvers<void>()
    socket.on('close', ended.resolve)
    socket.on('error', () => {
      // What it still writes after it was cut off.
    })
    socket.resume()
    onTestFinished(() => {
      clearInterval(next)
      socket.destroy()
    })
    await ended.promise
  })
  expect(await Promise.all(closed)).toHaveLength(2)
}, 25_000)

test('notices about movements hasten them, and an unknown subject is taken', async () => {
  const { world, send, outcomes } = await open()
  for (const kind of ['debit', 'credit'])
    await send(aNotice('', { about: { kind, reference: `tm-${kind}` } }))
  await send(aNotice('', { about: { kind: 'other' } }))
  expect(world.hastened).toEqual(['tm-debit', 'tm-credit'])
  expect(await outcomes()).toEqual({ taken: 3 })
})

test('a notice about a mandate that is not ours is taken, so that it does not come again', async () => {
  const { send } = await open()
  expect(await send(aNotice('tm-nobody'))).toMatchObject({ status: 200 })
})

test('while PostgreSQL is away nothing is taken, and the same notice counts afterwards', async () => {
  const away = createPostgres({
    url: 'postgres://tolem@127.0.0.1:1/tolem',
    poolSize: 2,
    acquireTimeoutMs: 200,
    statementTimeoutMs: 200,
    lockTimeoutMs: 200,
    applicationName: 'away',
    onFault: () => {},
  })
  onTestFinished(() => away.close())
  const notice = aNotice('tm-somebody')
  const without = await open(away)
  const refused = await without.send(notice)
  expect([refused.status, await refused.text()]).toEqual([500, 'fail'])
  expect(await without.outcomes()).toEqual({ not_taken: 1 })
  const { send, outcomes } = await open()
  expect((await send(notice)).status).toBe(200)
  expect(await outcomes()).toEqual({ taken: 1 })
})

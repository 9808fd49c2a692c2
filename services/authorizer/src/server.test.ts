import { once } from 'node:events'
import { connect } from 'node:net'
import type { BankId } from '@tolem/domain/ids'
import type { WireAnswer } from '@tolem/wire/problem'
import { expect, onTestFinished, test } from 'vitest'
import type { Caller } from './callers.ts'
import type { Route } from './route.ts'
import { createServer } from './server.ts'

/** A server whose only route does as told; `left` is how many milliseconds of its budget a message has. */
function serve(answer: Route['answer'], left = 90, method: Route['method'] = 'POST') {
  const mistakes: unknown[] = []
  const caller = { id: 'halyk' as BankId } as Caller
  const server = createServer({
    // No authorization is sent here.
    authorize: {} as never,
    increment: {} as never,
    routes: [{ method, url: '/v1/tried', name: 'echo', answer }],
    verify: () => ({ ok: true, caller, deadline: { at: left, windowEndsAt: left } }),
    now: () => 0,
    monotonicNow: () => 0,
    admission: {
      turnsAway: () => undefined,
      leave: () => {},
      opened: () => {},
      arrivedAt: () => 0,
    },
    mostConnections: 10,
    isDraining: () => false,
    readiness: () => ({ ready: true, reasons: [] }),
    onAuthorization: () => {},
    onCall: () => {},
    onMistake: (error) => void mistakes.push(error),
  })
  onTestFinished(() => server.close())
  const send = () =>
    server.inject({
      method,
      url: '/v1/tried',
      ...(method !== 'GET' && { headers: { 'content-type': 'application/json' }, payload: '{}' }),
    })
  return { send, mistakes, server }
}

test.each(['GET', 'POST', 'PUT'] as const)(
  'a %s that hangs is a problem inside the deadline',
  async (method) => {
    const reply = await serve(() => new Promise(() => {}), 90, method).send()
    expect(reply.statusCode).toBe(503)
    expect(reply.json()).toMatchObject({ type: '/problems/no_answer_in_time' })
  },
)

test('what fails after its deadline is still told to us', async () => {
  const failing = Promise.withResolvers<never>()
  const { send, mistakes } = serve(() => failing.promise)
  expect((await send()).statusCode).toBe(503)
  failing.reject(new Error('too late'))
  await expect.poll(() => mistakes).toEqual([new Error('too late')])
})

test('a route that throws at once is a problem, and told to us', async () => {
  const { send, mistakes } = serve(() => {
    throw new Error('broken')
  })
  expect((await send()).json()).toMatchObject({ type: '/problems/malfunction' })
  expect(mistakes).toHaveLength(1)
})

test.each(['text/plain', 'application/xml', 'application/jsonp', 'application/json+x', 'x'])(
  'a body of %s reaches no route',
  async (contentType) => {
    const { server } = serve(() => expect.unreachable('it is not JSON'))
    const reply = await server.inject({
      method: 'POST',
      url: '/v1/tried',
      headers: { 'content-type': contentType },
      payload: '{}',
    })
    expect(reply.statusCode).toBe(415)
    expect(reply.json()).toMatchObject({ type: '/problems/content_type_not_supported' })
  },
)

test.each([
  ['GET', '/v1/tried', 'DELETE', 'GET, HEAD'],
  ['PUT', '/v1/tried', 'GET', 'PUT'],
  ['GET', '/v1/authorizations', 'PUT', 'POST'],
] as const)('beside a %s of %s an address refuses a %s', async (taken, url, method, allowed) => {
  const { server } = serve(() => expect.unreachable('it does not take this'), 90, taken)
  const reply = await server.inject({ method, url })
  expect([reply.statusCode, reply.headers['allow']]).toEqual([405, allowed])
  expect(reply.json()).toMatchObject({ type: '/problems/method_not_allowed' })
})

test.each([
  ['cannot be decoded', '/problems/4242424242424242%zz'],
  ['has a part that is too long', `/problems/${'4242'.repeat(40)}`],
])('a path that %s is at no address, and is not repeated', async (_name, path) => {
  const { server } = serve(() => expect.unreachable('no route has this path'))
  const { port } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }))
  const reply = await fetch(`http://127.0.0.1:${port}${path}`)
  const body = await reply.text()
  expect(reply.status).toBe(404)
  expect(reply.headers.get('content-type')).toContain('application/problem+json')
  expect(JSON.parse(body)).toMatchObject({ type: '/problems/not_found' })
  expect(body).not.toContain('4242')
})

test('a sender that hangs up in the middle of a body is no mistake of ours', async () => {
  const { server, mistakes } = serve(() => expect.unreachable('it never arrives'))
  const began = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  server.addHook('onRequest', async () => began.resolve())
  server.addHook('onSend', async () => ended.resolve())
  const { port } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), '127.0.0.1')
  socket.write('POST /v1/tried HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n')
  socket.write('content-length: 9999\r\n\r\n{')
  await began.promise
  socket.destroy()
  await ended.promise
  expect(mistakes).toEqual([])
})

test('a sender that goes on a byte at a time is cut off', async () => {
  const { server } = serve(() => expect.unreachable('it never arrives'))
  const { port } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8')
  let told = ''
  socket.on('data', (text: string) => {
    told += text
  })
  socket.write('POST /v1/tried HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n')
  socket.write('content-length: 9999\r\n\r\n')
  const next = setInterval(() => socket.write('{'), 500)
  onTestFinished(() => {
    clearInterval(next)
    socket.destroy()
  })
  // What it still writes after it was cut off is an error or not, as it happens.
  await Promise.race([once(socket, 'close'), once(socket, 'error')])
  expect(socket.readyState).not.toBe('open')
  expect(told).toContain('HTTP/1.1 408 ')
  expect(told).toContain('/problems/request_too_slow')
}, 25_000)

test('of requests that do not wait for each other the first is answered, and the connection ends', async () => {
  let asked = 0
  const answer = async () => {
    asked += 1
    await new Promise(setImmediate)
    return { status: 200, contentType: 'application/json', body: '{}' } as const
  }
  const { server } = serve(answer, 90, 'GET')
  const { port } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8')
  onTestFinished(() => void socket.destroy())
  socket.write('GET /v1/tried HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(1_000))
  const told = (await socket.toArray()).join('')
  expect(told.match(/HTTP\/1\.1 200 /g)).toHaveLength(1)
  expect(told.toLowerCase()).toContain('connection: close')
  expect(asked).toBe(1)
})

test('what is being decided is answered, whatever comes behind it on its connection', async () => {
  const [asked, decided] = [Promise.withResolvers<void>(), Promise.withResolvers<WireAnswer>()]
  const { server } = serve(() => {
    asked.resolve()
    return decided.promise
  })
  const { port } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8')
  onTestFinished(() => void socket.destroy())
  const head = 'host: x\r\ncontent-type: application/json\r\ncontent-length: 2'
  socket.write(`POST /v1/tried HTTP/1.1\r\n${head}\r\n\r\n{}`)
  await asked.promise
  const unreadable = once(server.server, 'clientError')
  socket.write('\0')
  await unreadable
  decided.resolve({ status: 200, contentType: 'application/json', body: '{"decision":"approved"}' })
  const told = (await socket.toArray()).join('')
  expect(told).toMatch(/^HTTP\/1\.1 200 /)
  expect(told.toLowerCase()).toContain('connection: close')
  expect(told.endsWith('\r\n\r\n{"decision":"approved"}')).toBe(true)
})

test.each([
  ['no HTTP', 'hello\r\n\r\n', 400, 'malformed_http'],
  ['a head without an end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}`, 431, 'head_too_large'],
])('%s is a problem, and ends its connection', async (_name, sent, status, name) => {
  const { server } = serve(() => expect.unreachable('it is no request'))
  const { port } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8')
  onTestFinished(() => void socket.destroy())
  socket.write(sent)
  const told = (await socket.toArray()).join('')
  const [head = '', body = ''] = told.split('\r\n\r\n')
  expect(head).toContain(`HTTP/1.1 ${status} `)
  expect(head).toContain('content-type: application/problem+json')
  expect(JSON.parse(body)).toMatchObject({ type: `/problems/${name}`, status })
})

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Fault, startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** Answers each piece with `ok ` and the piece, in capitals. */
let heard: readonly string[] = []
const undo: (() => void)[] = []
let proxy: TcpProxy

beforeEach(async () => {
  const pieces: string[] = []
  heard = pieces
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (piece) => {
      pieces.push(String(piece))
      socket.write(`ok ${String(piece).toUpperCase()}`)
    })
    socket.on('end', () => {
      pieces.push('(end)')
      socket.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy = await startTcpProxy({ port: (server.address() as AddressInfo).port, random: () => 0.5 })
  undo.push(() => server.close(), proxy.close)
})

afterEach(() => {
  for (const step of undo.splice(0).toReversed()) step()
})

/** Without the ends of connections, which come when they come. */
function words(): readonly string[] {
  return heard.filter((piece) => piece !== '(end)')
}

type Caller = {
  readonly socket: Socket
  readonly said: () => string
  /** How the connection ended: `end`, or the error's code. */
  readonly ended: Promise<string>
}

function call(): Caller {
  let text = ''
  const socket = connect({ port: proxy.port, host: proxy.host, allowHalfOpen: true })
  socket.on('data', (piece) => {
    text += String(piece)
  })
  undo.push(() => socket.destroy())
  const ended = new Promise<string>((resolve) => {
    socket.once('end', () => resolve('end'))
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message))
  })
  return { socket, said: () => text, ended }
}

async function asked(question: string): Promise<Caller> {
  const caller = call()
  caller.socket.write(question)
  await expect.poll(caller.said).toBe(`ok ${question.toUpperCase()}`)
  return caller
}

test('passes both ways, ends included, and leads any URL through itself', async () => {
  const caller = await asked('a')
  caller.socket.end('b')
  expect(await caller.ended).toBe('end')
  expect(caller.said()).toBe('ok Aok B')
  expect(heard).toEqual(['a', 'b', '(end)'])
  expect(proxy.counts).toMatchObject({ connections: 1, cut: 0, requestBytes: 2, replyBytes: 8 })
  expect(proxy.through('redis://user:word@somewhere:1/0')).toBe(
    `redis://user:word@127.0.0.1:${proxy.port}/0`,
  )
})

test('is slow in either direction, and keeps the order', async () => {
  await proxy.set({ kind: 'slow', requestsMs: 20, repliesMs: 20, jitterMs: 20 })
  const startedAt = performance.now()
  const caller = call()
  for (const word of ['a', 'b', 'c']) {
    caller.socket.write(word)
    await new Promise(setImmediate)
  }
  await expect.poll(() => caller.said().replaceAll('ok ', '')).toBe('ABC')
  // Twenty each way, and half of the jitter each way. A timer may be a millisecond early.
  expect(performance.now() - startedAt).toBeGreaterThan(55)
})

test('cuts what stands, and takes new connections afterwards', async () => {
  const caller = await asked('a')
  proxy.cut()
  expect(await caller.ended).toBe('ECONNRESET')
  await asked('b')
  expect(proxy.counts.cut).toBe(1)
})

test('refuses new connections while the old ones go on, until told otherwise', async () => {
  const old = await asked('a')
  await proxy.set({ kind: 'refuse' })
  expect(await call().ended).toBe('ECONNREFUSED')
  old.socket.write('b')
  await expect.poll(old.said).toBe('ok Aok B')
  await proxy.set({ kind: 'pass' })
  await asked('c')
})

test('stalls without a word, and what was sent arrives when that is over', async () => {
  const caller = await asked('a')
  await proxy.set({ kind: 'stall' })
  caller.socket.write('b')
  const other = call()
  other.socket.write('c')
  await expect.poll(() => proxy.counts.connections).toBe(2)
  expect(words()).toEqual(['a'])
  await proxy.set({ kind: 'pass' })
  await expect.poll(other.said).toBe('ok C')
  await expect.poll(caller.said).toBe('ok Aok B')
})

test('swallows replies, and that connection never answers again', async () => {
  const caller = await asked('a')
  await proxy.set({ kind: 'swallow' })
  caller.socket.write('b')
  await expect.poll(() => proxy.counts.swallowed).toBe(1)
  await proxy.set({ kind: 'pass' })
  caller.socket.write('c')
  await expect.poll(words).toEqual(['a', 'b', 'c'])
  await expect.poll(() => proxy.counts.swallowed).toBe(2)
  expect(caller.said()).toBe('ok A')
  await asked('d')
})

test('resets a connection after so many bytes', async () => {
  const fault: Fault = { kind: 'truncate', afterBytes: 5 }
  await proxy.set(fault)
  const caller = call()
  caller.socket.write('abcdef')
  expect(await caller.ended).toBe('ECONNRESET')
  expect(proxy.counts).toMatchObject({ cut: 1, replyBytes: 5 })
})

test('ends one direction and leaves the other', async () => {
  const caller = await asked('a')
  proxy.halfClose('client')
  expect(await caller.ended).toBe('end')
  caller.socket.write('b')
  await expect.poll(words).toEqual(['a', 'b'])
  const other = await asked('c')
  proxy.halfClose('server')
  expect(await other.ended).toBe('end')
  expect(heard.at(-1)).toBe('(end)')
})

test('a trap lets the request arrive, and its reply never comes', async () => {
  const { sprung } = proxy.lay({
    marker: 'COMMIT',
    request: 'all',
    reply: 'none',
    ending: 'reset',
    times: 1,
  })
  const caller = await asked('BEGIN')
  caller.socket.write('COMMIT')
  expect(await caller.ended).toBe('ECONNRESET')
  expect(heard).toEqual(['BEGIN', 'COMMIT'])
  expect(caller.said()).toBe('ok BEGIN')
  expect(sprung.map(String)).toEqual(['ok COMMIT'])
  await asked('COMMIT')
})

test('a trap stops a request before it arrives, or after half of it', async () => {
  const none = proxy.lay({ marker: 'PAY', request: 'none', reply: 'none', ending: 'reset' })
  const caller = call()
  caller.socket.write('PAY ME')
  expect(await caller.ended).toBe('ECONNRESET')
  none.remove()
  proxy.lay({ marker: 'PAY', request: 'half', reply: 'none', ending: 'end' })
  const other = call()
  other.socket.write('PAY ME')
  expect(await other.ended).toBe('end')
  await expect.poll(words).toEqual(['PAY'])
  expect(none.sprung).toHaveLength(1)
})

test('a trap gives half of a reply, or leaves the asker in silence', async () => {
  const half = proxy.lay({ marker: 'x', request: 'all', reply: 'half', ending: 'end' })
  const caller = call()
  caller.socket.write('xyz')
  expect(await caller.ended).toBe('end')
  expect(caller.said()).toBe('ok ')
  half.remove()
  const { sprung } = proxy.lay({ marker: 'x', request: 'all', reply: 'none', ending: 'silence' })
  const other = call()
  other.socket.write('x')
  await expect.poll(() => sprung.length).toBe(1)
  other.socket.write('more')
  await expect.poll(words).toEqual(['xyz', 'x', 'more'])
  expect(other.said()).toBe('')
})

test('where nothing listens the caller is reset, and that is counted', async () => {
  const nowhere = await startTcpProxy({ port: 1 })
  undo.push(nowhere.close)
  const socket = connect({ port: nowhere.port, host: nowhere.host })
  const [error] = await once(socket, 'error')
  expect(error.code).toBe('ECONNRESET')
  expect(nowhere.counts.untaken).toBe(1)
})

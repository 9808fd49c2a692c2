import { connect, type Socket } from 'node:net'

/** One whole HTTP answer. */
export type HttpAnswer = { readonly status: number; readonly body: string }

/** A connection that has one request under way at a time. */
export type Connection = {
  /** Rejects when the connection ends before the answer is whole. */
  exchange(request: Buffer): Promise<HttpAnswer>
  close(): void
}

/**
 * HTTP/1.1 on a bare socket: what is measured is the other side, and a client library would take a quarter of a core
 * from it. Understands answers with a `content-length`, which is all that this service sends.
 */
export async function openConnection(url: string): Promise<Connection> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return joinSocket(socket)
}

function joinSocket(socket: Socket): Connection {
  let received: Buffer = Buffer.alloc(0)
  let waiting: PromiseWithResolvers<HttpAnswer> | undefined

  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const answer = readAnswer(received)
    if (!answer) return
    received = Buffer.alloc(0)
    waiting?.resolve(answer)
    waiting = undefined
  })
  const fail = (error: Error) => {
    waiting?.reject(error)
    waiting = undefined
  }
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the connection was closed')))

  return {
    exchange(request) {
      if (socket.destroyed) return Promise.reject(new Error('the connection is closed'))
      waiting = Promise.withResolvers()
      socket.write(request)
      return waiting.promise
    },
    close: () => void socket.destroy(),
  }
}

const HEAD_END = Buffer.from('\r\n\r\n')

function readAnswer(bytes: Buffer): HttpAnswer | undefined {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd < 0) return undefined
  const head = bytes.toString('latin1', 0, headEnd)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`an answer without a length: ${head}`)
  const bodyStart = headEnd + HEAD_END.length
  const bodyEnd = bodyStart + Number(length)
  if (bytes.length < bodyEnd) return undefined
  return { status: Number(head.slice(9, 12)), body: bytes.toString('utf8', bodyStart, bodyEnd) }
}

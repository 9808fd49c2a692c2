import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it came over the wire, byte for byte. */
export type SeenRequest = {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** What to answer: an HTTP answer, nothing at all, or a connection reset after so much of an answer. */
export type Reply =
  | {
      readonly status: number
      readonly body: string | Uint8Array
      readonly headers?: Readonly<Record<string, string>>
    }
  | 'silence'
  | { readonly resetAfter: string }

/** An exchange that says what it is told to say and remembers what it was asked. */
export type ScriptedExchange = {
  readonly host: string
  readonly seen: readonly SeenRequest[]
  /** From now on each request gets this answer, or the one that it is given. */
  play(reply: Reply | ((request: SeenRequest) => Reply)): void
  close(): Promise<void>
}

export async function startScriptedExchange(): Promise<ScriptedExchange> {
  const seen: SeenRequest[] = []
  let script: Reply | ((request: SeenRequest) => Reply) = 'silence'
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const request = toSeen(incoming, Buffer.concat(chunks).toString())
      seen.push(request)
      answer(response, typeof script === 'function' ? script(request) : script)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    host: `http://127.0.0.1:${port}`,
    seen,
    play(next) {
      script = next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function toSeen(incoming: IncomingMessage, body: string): SeenRequest {
  const [path = '', query = ''] = (incoming.url ?? '').split('?')
  return { method: incoming.method ?? '', path, query, headers: incoming.headers, body }
}

function answer(response: ServerResponse, reply: Reply): void {
  if (reply === 'silence') return
  if ('resetAfter' in reply) {
    response.socket?.write(reply.resetAfter, () => response.socket?.resetAndDestroy())
    return
  }
  response.writeHead(reply.status, reply.headers)
  response.end(reply.body)
}

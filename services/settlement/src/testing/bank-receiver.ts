import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

/** What the receiver does with an event: takes it, or one of the ways in which a bank does not. */
export type Behaviour =
  | 'take'
  | 'refuse'
  | 'gone'
  | 'trouble'
  | 'redirect'
  | 'hang'
  | 'close'
  | 'take_and_close'
  | 'take_late'
  | 'flood'

/** One event as it came in, if it was verified. */
export type Received = {
  readonly id: string
  readonly type: string
  readonly authorizationId: string
  readonly sequence: number
  readonly bytes: string
}

/** A bank's webhook on loopback, which verifies every signature by the public library. */
export type BankReceiver = {
  readonly url: string
  /** Everything whose signature was right, in the order in which it came, also what was then not answered well. */
  readonly received: readonly Received[]
  /** Requests whose signature was wrong. */
  readonly forged: () => number
  /** The most requests that were under way at once. */
  readonly mostAtOnce: () => number
  readonly close: () => Promise<void>
}

const LATE_MS = 150

/** `behave` says what becomes of each event. */
export async function openBankReceiver(
  secret: string,
  behave: (event: Received) => Behaviour,
): Promise<BankReceiver> {
  const webhook = new Webhook(secret)
  const received: Received[] = []
  let forged = 0
  let underWay = 0
  let most = 0

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    underWay += 1
    most = Math.max(most, underWay)
    response.once('close', () => {
      underWay -= 1
    })
    const bytes = Buffer.concat(await Array.fromAsync(request)).toString()
    const event = verify(webhook, request, bytes)
    if (!event) {
      forged += 1
      response.writeHead(401).end()
      return
    }
    received.push(event)
    answer(response, behave(event))
  }

  const server = createServer((request, response) => {
    // A sender that was killed in the middle of a request has told nothing.
    take(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/events?from=tolem`,
    received,
    forged: () => forged,
    mostAtOnce: () => most,
    close: () => closeServer(server),
  }
}

function verify(
  webhook: Webhook,
  { headers }: IncomingMessage,
  bytes: string,
): Received | undefined {
  try {
    const given = headers as Record<string, string>
    const event = webhook.verify(bytes, given) as Omit<Received, 'bytes'>
    return headers['webhook-id'] === event.id ? { ...event, bytes } : undefined
  } catch {
    // Not signed by whom we know.
    return undefined
  }
}

function answer(response: ServerResponse, behaviour: Behaviour): void {
  switch (behaviour) {
    case 'take':
      return void response.writeHead(204).end()
    case 'refuse':
      return void response.writeHead(400).end('no')
    case 'gone':
      return void response.writeHead(410).end()
    case 'trouble':
      return void response.writeHead(500).end('oops')
    case 'redirect':
      return void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()
    case 'hang':
      return
    case 'close':
      return void response.destroy()
    case 'take_and_close':
      response.writeHead(200, { 'content-length': '10' }).flushHeaders()
      return void setTimeout(() => response.destroy(), 5)
    case 'take_late':
      return void setTimeout(() => response.writeHead(200).end(), LATE_MS)
    case 'flood': {
      response.writeHead(200)
      const pour = (): void => {
        while (!response.destroyed) if (!response.write('x'.repeat(65_536))) break
      }
      response.on('drain', pour)
      return pour()
    }
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { SigningKey } from '@tolem/signature/sign'
import { createVerifier, readVerifyingKey, type Verifier } from '@tolem/signature/verify'
import type { AuthorizationBody } from '@tolem/wire/request'
import { type Client, createClient } from '../client.ts'

/** Long enough for a busy machine; only silence waits for it to end. */
const PATIENCE_MS = 10_000
/** The moment that all signatures are dated with. */
export const CREATED_MS = 1_795_341_845_678
const key = {
  keyId: 'halyk-test',
  algorithm: 'hmac-sha256',
  secret: Buffer.alloc(32, 1).toString('base64'),
} as const satisfies SigningKey

/** A purchase as a bank sends it. */
export const purchase: AuthorizationBody = {
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

/** The purchase's key and transmission, as the messages after it carry theirs. */
export const numbers = {
  acquirerId: purchase.acquirerId,
  terminalId: purchase.terminal.id,
  systemTraceAuditNumber: purchase.systemTraceAuditNumber,
  retrievalReferenceNumber: purchase.retrievalReferenceNumber,
  localDateTime: purchase.localDateTime,
  transmittedAt: purchase.transmittedAt,
} as const

/** A request as it came, and what its signature says. */
export type Received = {
  readonly request: IncomingMessage
  readonly body: Buffer
  readonly verification: ReturnType<Verifier<string>['verify']>
}
/** What the server does with a request. */
export type Answer = (received: Received, response: ServerResponse) => void

/** Answers with a status and JSON. */
export function answering(status: number, body: object): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
}

/** What a test says of the server that it talks to. */
type Setting = {
  readonly answer: Answer
  readonly timeoutMs?: number
  /** Takes what must be closed when the test is over. */
  readonly atEnd: (close: () => Promise<void>) => void
}

/** A server that verifies what it gets, and a client of it. */
export async function joinedTo({
  answer,
  timeoutMs = PATIENCE_MS,
  atEnd,
}: Setting): Promise<{ client: Client; received: Received[]; stop: () => Promise<void> }> {
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
  atEnd(async () => {
    await stop()
    await client.close()
  })
  return { client, received, stop }
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { makeFirstPurchases } from './first-purchases.ts'
import { type BankClient, openClients } from './provision.ts'

type Answer = readonly [status: number, body: object]

const LATER: Answer = [
  503,
  { type: '/problems/unavailable', title: 'later', status: 503, responseCode: '91' },
]
const DECLINED: Answer = [
  200,
  {
    authorizationId: 'aut_1',
    decision: 'declined',
    responseCode: '51',
    reason: 'insufficient_funds',
    messages: { kk: '', ru: '', en: '' },
  },
]

/** A bank of a bank API that gives these answers in turn, the last of them again and again. */
async function openBank(...answers: readonly [Answer, ...Answer[]]) {
  const heard: Record<string, unknown>[] = []
  const server = createServer((request, response) => void receive(request, response))
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    heard.push((await json(request)) as Record<string, unknown>)
    const [status, body] = answers[heard.length - 1] ?? answers.at(-1) ?? LATER
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await listening
  const { port } = server.address() as AddressInfo
  const key = Buffer.alloc(32, 1).toString('base64')
  const cards = [{ token: 'card_rich', description: 'pays' }]
  const bank = { id: 'halyk', name: 'Halyk Bank', keyId: 'k', algorithm: 'hmac-sha256', key, cards }
  const clients = openClients({
    url: `http://127.0.0.1:${port}`,
    sandboxUrl: 'http://127.0.0.1:8083',
    banks: [bank as BankClient['bank']],
  })
  onTestFinished(async () => {
    await Promise.all(clients.map(({ client }) => client.close()))
    server.close()
  })
  return { clients, heard }
}

const deps = { now: Date.now, random: () => 0.5, wait: async () => undefined }

test('what could not be decided in time is repeated under the same key until it is', async () => {
  const { clients, heard } = await openBank(LATER, LATER, DECLINED)
  const [made] = await makeFirstPurchases(clients, deps)
  expect(made?.answer.reason).toBe('insufficient_funds')
  const [first, ...repeats] = heard
  expect(repeats).toEqual([
    { ...first, repeat: true },
    { ...first, repeat: true },
  ])
})

test('a bank that gets no decision at all is named after a bounded number of repeats', async () => {
  const { clients, heard } = await openBank(LATER)
  await expect(makeFirstPurchases(clients, deps)).rejects.toThrow('Halyk Bank got no decision')
  expect(heard).toHaveLength(21)
})

test('what is refused is not repeated', async () => {
  const { clients, heard } = await openBank([422, { ...LATER[1], status: 422 }])
  await expect(makeFirstPurchases(clients, deps)).rejects.toThrow('got no decision')
  expect(heard).toHaveLength(1)
})

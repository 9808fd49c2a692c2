import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { refuseUnreadable } from './unreadable.ts'

/** What a sender hears whose request is not whole after a while, from a process that is behind by so much. */
async function heardWhenLate(behindMs: number): Promise<string> {
  const server = createServer({ requestTimeout: 50, connectionsCheckingInterval: 10 })
  server.on('clientError', (error, socket) =>
    refuseUnreadable(error, socket as Parameters<typeof refuseUnreadable>[1], behindMs),
  )
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8')
  socket.write('POST / HTTP/1.1\r\nhost: x\r\n')
  return (await socket.toArray()).join('')
}

test('a sender that is too slow is told so', async () => {
  expect(await heardWhenLate(20)).toContain('/problems/request_too_slow')
})

test('a sender that only seems slow, as this process stood still, is told to come again', async () => {
  const told = await heardWhenLate(3_000)
  expect(told).toContain('HTTP/1.1 503 ')
  expect(told).toContain('/problems/unavailable')
})

import { buildConnector, Pool } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { json } from '../testing/dialect.ts'
import { startScriptedExchange } from '../testing/scripted-exchange.ts'
import { sendOnce } from './send.ts'

const REQUEST = { method: 'POST', path: '/', headers: {}, body: '{}' } as const

test('a call that was given up while connecting is never sent, and leaves the next a connection', async () => {
  const exchange = await startScriptedExchange()
  onTestFinished(() => exchange.close())
  exchange.play(json({ answer: 1 }))
  const held = Promise.withResolvers<void>()
  const connectNow = buildConnector({})
  let connections = 0
  const pool = new Pool(exchange.host, {
    connections: 1,
    connect: (options, callback) => {
      connections += 1
      void held.promise.then(() => connectNow(options, callback))
    },
  })
  onTestFinished(() => pool.destroy())

  expect(await sendOnce(pool, REQUEST, 20)).toMatchObject({ kind: 'not_sent' })
  held.resolve()
  const next = await sendOnce(pool, REQUEST, 2_000)
  expect(next).toMatchObject({ kind: 'answered', status: 200, body: '{"answer":1}' })
  expect([exchange.seen.length, connections]).toEqual([1, 1])
})

test('what no request can hold is not sent, and leaves the next its connection', async () => {
  const exchange = await startScriptedExchange()
  onTestFinished(() => exchange.close())
  exchange.play(json({ answer: 1 }))
  const pool = new Pool(exchange.host, { connections: 1 })
  onTestFinished(() => pool.destroy())
  const unsendable = [
    { ...REQUEST, headers: { 'X-BAPI-API-KEY': 'key\nof two lines' } },
    { ...REQUEST, headers: { 'X-BAPI-API-KEY': 'key\u0000' } },
    ...['/a b', '/a\nb', '/\u0001', '/\u{1f4a5}', 'no-path'].map((path) => ({ ...REQUEST, path })),
  ]
  for (const request of unsendable)
    expect(await sendOnce(pool, request, 2_000)).toMatchObject({ kind: 'not_sent' })
  expect(await sendOnce(pool, REQUEST, 2_000)).toMatchObject({ kind: 'answered', status: 200 })
})

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

test('a header that cannot be sent is not sent', async () => {
  const pool = new Pool('http://127.0.0.1:1')
  onTestFinished(() => pool.destroy())
  const headers = { 'X-BAPI-API-KEY': 'key\nof two lines' }
  expect(await sendOnce(pool, { ...REQUEST, headers }, 2_000)).toEqual({
    kind: 'not_sent',
    detail: 'UND_ERR_INVALID_ARG',
  })
})

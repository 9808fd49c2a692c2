import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConversionOrder } from '@tolem/domain/conversion'
import { expect, onTestFinished, test } from 'vitest'
import { coins, openConversion, SELL } from '../testing/binance-conversion.ts'
import { json } from '../testing/dialect.ts'
import { NOW } from '../testing/opened-rail.ts'
import type { Reply } from '../testing/scripted-exchange.ts'

const LIMIT = { timeoutMs: 1_000 }
const SPAN = { sentAfter: NOW - 1_000, sentBefore: NOW }
const TICKET = { text: '12415572564', expiresAt: NOW + 10_000 }
const BTC: ConversionOrder = { ...SELL, asset: 'BTC', money: 'USDT', amount: coins('BTC', '0.1') }

const sample = (name: string) =>
  readFileSync(join(import.meta.dirname, `../samples/${name}.json`), 'utf8')
async function open() {
  const unpublishedCodes = { orderNotFound: ['345999'] }
  const conversion = await openConversion({ via: 'convert', unpublishedCodes })
  onTestFinished(conversion.close)
  return conversion
}
const fails = (code: number, msg = 'message', status = 400) => json({ code, msg }, status)

test('the recorded quote becomes a ticket that expires with it', async () => {
  const { exchange, conversion, asked } = await open()
  exchange.play(json(sample('binance-convert-quote')))
  expect(await conversion.prepare(BTC, LIMIT)).toEqual({
    ok: true,
    value: { text: '12415572564', expiresAt: 1_623_319_461_670 },
  })
  expect(asked()).toEqual([
    [
      'POST /sapi/v1/convert/getQuote',
      { fromAsset: 'BTC', toAsset: 'USDT', fromAmount: '0.10000000', validTime: '10s' },
    ],
  ])
  expect(conversion.capabilities.reference).toEqual({ kind: 'undocumented' })
})

test('what is bought is asked for by what shall come out', async () => {
  const { exchange, conversion, asked } = await open()
  exchange.play(json({ quoteId: 'q-1', validTimestamp: NOW, fromAmount: '4741.2', toAmount: '10' }))
  const buy: ConversionOrder = { ...SELL, side: 'buy' }
  expect(await conversion.prepare(buy, LIMIT)).toMatchObject({ ok: true, value: { text: 'q-1' } })
  const parameters = { fromAsset: 'KZT', toAsset: 'USDT', toAmount: '10.00000000' }
  expect(asked()[0]?.[1]).toEqual({ ...parameters, validTime: '10s' })
})

const quote = (change: object) =>
  json({ quoteId: 'q-1', validTimestamp: NOW, fromAmount: '0.1', toAmount: '3816.37', ...change })

test.each<[string, Reply, string]>([
  [
    'no id, which is how want of funds is told',
    quote({ quoteId: undefined }),
    'insufficient_funds',
  ],
  ['another amount', quote({ fromAmount: '0.2' }), 'exchange_unavailable'],
  ['no amount', quote({ fromAmount: undefined }), 'exchange_unavailable'],
  ['no end', quote({ validTimestamp: undefined }), 'exchange_unavailable'],
  ['a key that Convert does not know', fails(-1002), 'exchange_unavailable'],
  ['an unknown code', fails(-9_999), 'exchange_unavailable'],
  ['HTTP 503', json('', 503), 'exchange_unavailable'],
  ['no JSON', json('<html>'), 'exchange_unavailable'],
])('a quote with %s gives no ticket', async (_what, reply, reason) => {
  const { exchange, conversion } = await open()
  exchange.play(reply)
  expect(await conversion.prepare(BTC, LIMIT)).toEqual({ ok: false, reason })
})

const accepted = (orderStatus: string) =>
  json({ orderId: '933256278426274426', createTime: NOW, orderStatus })

test.each<[string, Reply, object]>([
  ['the recorded answer', json(sample('binance-convert-accept')), { kind: 'open' }],
  ['ACCEPT_SUCCESS', accepted('ACCEPT_SUCCESS'), { kind: 'open' }],
  ['SUCCESS, whose amounts are not told', accepted('SUCCESS'), { kind: 'open' }],
  ['FAIL', accepted('FAIL'), { kind: 'rejected', reason: 'exchange_refused' }],
  ['a status of tomorrow', accepted('PARKED'), { kind: 'in_doubt' }],
  ['a quote that is over', fails(345231), { kind: 'rejected', reason: 'ticket_expired' }],
  ['a clock that is off', fails(-1021), { kind: 'rejected', reason: 'exchange_unavailable' }],
  ['an unknown code', fails(345_999), { kind: 'in_doubt' }],
  ['-1002', fails(-1002), { kind: 'in_doubt' }],
  ['HTTP 503', json('', 503), { kind: 'in_doubt' }],
  ['no JSON', json('<html>'), { kind: 'in_doubt' }],
  ['an order without a name', json({ orderStatus: 'PROCESS' }), { kind: 'in_doubt' }],
])('an acceptance after %s', async (_what, reply, result) => {
  const { exchange, conversion, asked } = await open()
  exchange.play(reply)
  expect(await conversion.execute(BTC, TICKET, LIMIT)).toMatchObject(result)
  expect(asked()).toEqual([['POST /sapi/v1/convert/acceptQuote', { quoteId: '12415572564' }]])
})

test('a quote whose time is over is not accepted any more', async () => {
  const { exchange, conversion } = await open()
  const late = { ...TICKET, expiresAt: NOW }
  expect(await conversion.execute(BTC, late, LIMIT)).toMatchObject({
    kind: 'rejected',
    reason: 'ticket_expired',
  })
  expect(exchange.seen).toEqual([])
})

const order = (change: object = {}) =>
  json({ ...JSON.parse(sample('binance-convert-order-status')), ...change })
const RECORDED: ConversionOrder = { ...BTC, amount: coins('BTC', '0.00054414') }

test('the recorded order is done, and its name keeps all digits beyond 2^53', async () => {
  const { exchange, conversion, asked } = await open()
  exchange.play(json(sample('binance-convert-order-status')))
  expect(await conversion.lookUp(RECORDED, TICKET, SPAN)).toEqual({
    kind: 'filled',
    fill: {
      exchangeReference: '933256278426274426',
      amount: coins('BTC', '0.00054414'),
      worth: coins('USDT', '20'),
      fees: [],
    },
  })
  expect(asked()).toEqual([['GET /sapi/v1/convert/orderStatus', { quoteId: '12415572564' }]])
})

test.each<[string, Reply, object]>([
  ['PROCESS', order({ orderStatus: 'PROCESS' }), { kind: 'open' }],
  ['ACCEPT_SUCCESS', order({ orderStatus: 'ACCEPT_SUCCESS' }), { kind: 'open' }],
  ['FAIL', order({ orderStatus: 'FAIL' }), { kind: 'rejected' }],
  ['a status of tomorrow', order({ orderStatus: 'PARKED' }), { kind: 'in_doubt' }],
  ['another asset', order({ fromAsset: 'ETH' }), { kind: 'contradicted' }],
  ['another amount', order({ fromAmount: '0.00054415' }), { kind: 'contradicted' }],
  ['the other direction', order({ fromAsset: 'USDT', toAsset: 'BTC' }), { kind: 'contradicted' }],
  ['a worth that is none', order({ toAmount: '-1' }), { kind: 'in_doubt' }],
  ['the programme’s word for a missing order', fails(345_999), { kind: 'not_found' }],
  ['an unknown code', fails(-9_999), { kind: 'in_doubt' }],
  ['an empty object', json({}), { kind: 'in_doubt' }],
  ['HTTP 503', json('', 503), { kind: 'in_doubt' }],
])('a look-up after %s', async (_what, reply, result) => {
  const { exchange, conversion } = await open()
  exchange.play(reply)
  expect(await conversion.lookUp(RECORDED, TICKET, SPAN)).toMatchObject(result)
})

test('a ticket of the other way of converting is not looked for here, where nobody heard of it', async () => {
  const { exchange, conversion } = await open()
  const ticket = { text: SELL.reference }
  expect(await conversion.lookUp(SELL, ticket, SPAN)).toMatchObject({ kind: 'contradicted' })
  expect(exchange.seen).toEqual([])
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { amountOf } from '@tolem/money/amount'
import { expect, onTestFinished, test } from 'vitest'
import { openBybitConversion, saleOfEther } from '../testing/bybit-conversion.ts'
import { bybitSubaccountDialect } from '../testing/bybit-subaccount-dialect.ts'
import { json } from '../testing/dialect.ts'
import { NOW } from '../testing/opened-rail.ts'
import type { Reply } from '../testing/scripted-exchange.ts'

const LIMIT = { timeoutMs: 1_000 }
const SPAN = { sentAfter: NOW - 1_500, sentBefore: NOW }
const sale = { ...saleOfEther, amount: amountOf('ETH', 100_000_000_000_000_000n) }
const purchase = { ...sale, side: 'buy' as const }
const QUOTE = '10100108106409343501030232064'
const TICKET = { text: QUOTE, expiresAt: NOW + 1 }

async function opened(accountType: 'FUND' | 'UNIFIED' = 'FUND') {
  const { exchange, port, close } = await openBybitConversion('convert', { accountType })
  onTestFinished(close)
  return { exchange, port }
}

const sample = (name: string) =>
  readFileSync(join(import.meta.dirname, `../samples/${name}.json`), 'utf8')
const succeeds = (result: unknown) => json({ retCode: 0, retMsg: 'ok', result, time: 1 })
const fails = (retCode: number) => json({ retCode, retMsg: 'message', result: {}, time: 1 })

/** The recorded answers, about dollars where they are about bitcoin. */
const inDollars = (name: string, difference: object = {}) => {
  const { result } = JSON.parse(sample(name).replaceAll('"BTC"', '"USDT"')) as { result: object }
  if (!('result' in result)) return succeeds({ ...result, ...difference })
  return succeeds({ result: { ...(result.result as object), ...difference } })
}
const quote = (difference?: object) => inDollars('bybit-convert-quote', difference)
const status = (difference?: object) => inDollars('bybit-convert-status', difference)

test('a quote is asked for what is sold, and its id is the ticket until it expires', async () => {
  const { exchange, port } = await opened()
  exchange.play(quote())
  expect(await port.prepare(sale, LIMIT)).toEqual({
    ok: true,
    value: { text: '10100108106409340067234418688', expiresAt: 1_720_071_092_225 },
  })
  const [request] = exchange.seen
  expect([request?.method, request?.path]).toEqual(['POST', '/v5/asset/exchange/quote-apply'])
  expect(JSON.parse(request?.body ?? '')).toEqual({
    accountType: 'eb_convert_funding',
    fromCoin: 'ETH',
    toCoin: 'USDT',
    requestCoin: 'ETH',
    requestAmount: '0.1',
    requestId: sale.reference,
  })
  expect(request && bybitSubaccountDialect.isSigned(request)).toBe(true)
})

test('a repeat is safe as long as the quote holds, and no longer promised', async () => {
  const { port } = await opened()
  expect(port.capabilities).toEqual({
    reference: { kind: 'for_window', windowMs: 15_000 },
    notFoundIsFinalAfterMs: 30_000,
  })
})

test('where sub-accounts pay into the unified account, Convert takes from it', async () => {
  const { exchange, port } = await opened('UNIFIED')
  exchange.play(quote())
  await port.prepare(sale, LIMIT)
  await port.lookUp(sale, TICKET, SPAN)
  expect(JSON.parse(exchange.seen[0]?.body ?? '')).toMatchObject({ accountType: 'eb_convert_uta' })
  expect(exchange.seen[1]?.query).toBe(`quoteTxId=${QUOTE}&accountType=eb_convert_uta`)
})

test('to buy, the money to give is reckoned from the spot price less the allowed slippage', async () => {
  const { exchange, port } = await opened()
  const ticker = { symbol: 'ETHUSDT', bid1Price: '1999', ask1Price: '2000' }
  exchange.play(succeeds({ category: 'spot', list: [ticker] }))
  const prepared = port.prepare(purchase, LIMIT)
  while (exchange.seen.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const bought = { fromCoin: 'USDT', toCoin: 'ETH', fromAmount: '199', toAmount: '0.0994' }
  exchange.play(quote(bought))
  expect(await prepared).toMatchObject({ ok: true })
  const [asked, quoted] = exchange.seen
  expect([asked?.path, asked?.query]).toEqual([
    '/v5/market/tickers',
    'category=spot&symbol=ETHUSDT',
  ])
  expect(JSON.parse(quoted?.body ?? '')).toMatchObject({
    fromCoin: 'USDT',
    toCoin: 'ETH',
    requestCoin: 'USDT',
    requestAmount: '199',
  })
})

test('what is bought with tenge is priced through dollars', async () => {
  const { exchange, port } = await opened()
  const list = [
    { symbol: 'ETHUSDT', ask1Price: '2000' },
    { symbol: 'USDTKZT', ask1Price: '500' },
  ]
  const bought = { fromCoin: 'KZT', toCoin: 'ETH', fromAmount: '99500', toAmount: '0.0994' }
  exchange.play(succeeds({ list, quoteTxId: '1', expiredTime: '1720071092225', ...bought }))
  const order = { ...purchase, money: 'KZT' as const }
  expect(await port.prepare(order, LIMIT)).toMatchObject({ ok: true })
  expect(exchange.seen.map(({ query }) => query)).toEqual([
    'category=spot&symbol=ETHUSDT',
    'category=spot&symbol=USDTKZT',
    '',
  ])
  expect(JSON.parse(exchange.seen[2]?.body ?? '')).toMatchObject({ requestAmount: '99500' })
})

test('without a price nothing is bought, and never more than was ordered', async () => {
  const { exchange, port } = await opened()
  const unavailable = { ok: false, reason: 'exchange_unavailable' }
  for (const list of [
    [],
    [{ symbol: 'BTCUSDT', ask1Price: '1' }],
    [{ symbol: 'ETHUSDT', ask1Price: '' }],
  ]) {
    exchange.play(succeeds({ category: 'spot', list }))
    expect(await port.prepare(purchase, LIMIT)).toEqual(unavailable)
  }
  const both = {
    list: [{ symbol: 'ETHUSDT', ask1Price: '2000' }],
    quoteTxId: '1',
    fromCoin: 'USDT',
    toCoin: 'ETH',
    fromAmount: '199',
    expiredTime: '1720071092225',
  }
  exchange.play(succeeds({ ...both, toAmount: '0.1000000000000000001' }))
  expect(await port.prepare(purchase, LIMIT)).toMatchObject({ ok: true })
  exchange.play(succeeds({ ...both, toAmount: '0.100000000000000001' }))
  expect(await port.prepare(purchase, LIMIT)).toEqual(unavailable)
})

test.each<[string, Reply]>([
  ['of another coin', quote({ fromCoin: 'SOL' })],
  ['for another coin', quote({ toCoin: 'BTC' })],
  ['of another amount', quote({ fromAmount: '0.2' })],
  ['that gives nothing', quote({ toAmount: '0.000000001' })],
  ['without an end', quote({ expiredTime: '' })],
  ['without an id', quote({ quoteTxId: '' })],
  ['in HTML', json('<html>')],
  ['with HTTP 500', json('', 500)],
])('a quote %s is none', async (_, reply) => {
  const { exchange, port } = await opened()
  exchange.play(reply)
  expect(await port.prepare(sale, LIMIT)).toEqual({ ok: false, reason: 'exchange_unavailable' })
})

test('the recorded confirmation opens an order, and any status of it is looked up', async () => {
  const { exchange, port } = await opened()
  exchange.play(json(sample('bybit-convert-confirm')))
  expect(await port.execute(sale, TICKET, LIMIT)).toEqual({ kind: 'open' })
  const [request] = exchange.seen
  expect([request?.method, request?.path]).toEqual(['POST', '/v5/asset/exchange/convert-execute'])
  expect(request?.body).toBe(`{"quoteTxId":"${QUOTE}"}`)
  for (const [exchangeStatus, kind] of [
    ['init', 'open'],
    ['success', 'open'],
    ['failure', 'rejected'],
    ['parked', 'in_doubt'],
  ]) {
    exchange.play(succeeds({ quoteTxId: QUOTE, exchangeStatus }))
    expect(await port.execute(sale, TICKET, LIMIT)).toMatchObject({ kind })
  }
})

test.each<[string, Reply]>([
  ['another quote', succeeds({ quoteTxId: '1', exchangeStatus: 'processing' })],
  ['no order', succeeds({})],
  ['HTTP 500', json('', 500)],
  ['HTML', json('<html>')],
  ['a reset', { resetAfter: 'HTTP/1.1 2' }],
])('after %s an execution is in doubt', async (_, reply) => {
  const { exchange, port } = await opened()
  exchange.play(reply)
  expect(await port.execute(sale, TICKET, LIMIT)).toMatchObject({ kind: 'in_doubt' })
  expect(exchange.seen).toHaveLength(1)
})

test('an expired quote is not sent', async () => {
  const { exchange, port } = await opened()
  const expired = { text: QUOTE, expiresAt: NOW }
  expect(await port.execute(sale, expired, LIMIT)).toMatchObject({
    kind: 'rejected',
    reason: 'ticket_expired',
  })
  expect(exchange.seen).toEqual([])
})

test('the recorded result is read: what was executed counts, not what was quoted', async () => {
  const { exchange, port } = await opened()
  exchange.play(status({ toAmount: '348.827239912' }))
  expect(await port.lookUp(sale, TICKET, SPAN)).toEqual({
    kind: 'filled',
    fill: {
      exchangeReference: QUOTE,
      amount: sale.amount,
      worth: amountOf('USDT', 34_882_723_991n),
      fees: [],
    },
  })
  const [request] = exchange.seen
  expect([request?.path, request?.query]).toEqual([
    '/v5/asset/exchange/convert-result-query',
    `quoteTxId=${QUOTE}&accountType=eb_convert_funding`,
  ])
  exchange.play(json(sample('bybit-convert-status')))
  expect(await port.lookUp(sale, TICKET, SPAN)).toMatchObject({ kind: 'contradicted' })
})

test('a purchase tells what it brought and what it cost at most', async () => {
  const { exchange, port } = await opened()
  const bought = {
    fromCoin: 'USDT',
    toCoin: 'ETH',
    fromAmount: '199.000000001',
    toAmount: '0.0994',
  }
  exchange.play(status(bought))
  expect(await port.lookUp(purchase, TICKET, SPAN)).toMatchObject({
    kind: 'filled',
    fill: {
      amount: amountOf('ETH', 99_400_000_000_000_000n),
      worth: amountOf('USDT', 19_900_000_001n),
    },
  })
})

test.each<[string, Reply, string]>([
  ['failure', status({ exchangeStatus: 'failure' }), 'rejected'],
  ['processing', status({ exchangeStatus: 'processing' }), 'open'],
  ['init', status({ exchangeStatus: 'init' }), 'open'],
  ['a status of tomorrow', status({ exchangeStatus: 'parked' }), 'in_doubt'],
  ['success without amounts', status({ toAmount: '' }), 'in_doubt'],
  ['another quote', status({ exchangeTxId: '1' }), 'contradicted'],
  ['another account', status({ accountType: 'eb_convert_uta' }), 'contradicted'],
  ['other coins', status({ fromCoin: 'SOL' }), 'contradicted'],
  ['another amount', status({ fromAmount: '0.2' }), 'contradicted'],
  ['no record', succeeds({ result: null }), 'in_doubt'],
  ['700004', fails(700004), 'not_found'],
  ['700008', fails(700008), 'in_doubt'],
  ['790000', fails(790000), 'in_doubt'],
  ['700004 with a 5xx', json({ retCode: 700004, retMsg: '' }, 500), 'in_doubt'],
  ['HTML', json('<html>'), 'in_doubt'],
])('a look-up reads %s', async (_, reply, kind) => {
  const { exchange, port } = await opened()
  exchange.play(reply)
  expect(await port.lookUp(sale, TICKET, SPAN)).toMatchObject({ kind })
})

test('a quote that expired before it was executed is not found', async () => {
  const { exchange, port } = await opened()
  exchange.play(status({ exchangeStatus: 'init' }))
  const expired = { text: QUOTE, expiresAt: NOW }
  expect(await port.lookUp(sale, expired, SPAN)).toEqual({ kind: 'not_found' })
})

/** Bybit V5, Convert Guideline and Error Codes: what each code says about a quote and about its execution. */
const CODES: readonly (readonly [code: number, quoted: string, executed: string])[] = [
  [32024, 'exchange_unavailable', 'ticket_expired'],
  [700000, 'exchange_unavailable', 'exchange_unavailable'],
  [700001, 'exchange_unavailable', 'in_doubt'],
  [700002, 'exchange_refused', 'in_doubt'],
  [700003, 'exchange_unavailable', 'in_doubt'],
  [700004, 'exchange_unavailable', 'in_doubt'],
  [700005, 'insufficient_funds', 'insufficient_funds'],
  [700006, 'below_minimum', 'below_minimum'],
  [700007, 'exchange_refused', 'exchange_refused'],
  [700008, 'exchange_unavailable', 'in_doubt'],
  [700009, 'exchange_unavailable', 'in_doubt'],
  [700010, 'exchange_refused', 'exchange_refused'],
  [700011, 'exchange_unavailable', 'exchange_refused'],
  [700012, 'exchange_unavailable', 'exchange_unavailable'],
  [700013, 'exchange_refused', 'exchange_refused'],
  [700016, 'exchange_unavailable', 'ticket_expired'],
  [700021, 'exchange_unavailable', 'in_doubt'],
  [700022, 'exchange_refused', 'exchange_refused'],
  [790000, 'exchange_unavailable', 'in_doubt'],
  [790001, 'exchange_unavailable', 'exchange_unavailable'],
  [10000, 'exchange_unavailable', 'in_doubt'],
  [10002, 'exchange_unavailable', 'exchange_unavailable'],
  [10006, 'exchange_unavailable', 'exchange_unavailable'],
  [10016, 'exchange_unavailable', 'in_doubt'],
  [10024, 'exchange_refused', 'exchange_refused'],
  [709999, 'exchange_unavailable', 'in_doubt'],
]

test.each(CODES)(
  'code %d refuses a quote as %s and says %s about its execution',
  async (...row) => {
    const [code, quoted, executed] = row
    const { exchange, port } = await opened()
    exchange.play(fails(code))
    expect(await port.prepare(sale, LIMIT)).toEqual({ ok: false, reason: quoted })
    const said = await port.execute(sale, TICKET, LIMIT)
    expect(said.kind === 'rejected' ? said.reason : said.kind).toBe(executed)
  },
)

/** Bybit V5, Get Convert Coin List. */
const coin = {
  coin: 'BTC',
  fullName: 'BTC',
  accuracyLength: 8,
  coinType: 'crypto',
  singleFromMinLimit: '0.001',
  singleFromMaxLimit: '1',
  disableFrom: false,
  disableTo: false,
}

test('markets join the coins that are converted both ways', async () => {
  const { exchange, port } = await opened()
  const coins = [
    coin,
    {
      ...coin,
      coin: 'USDT',
      accuracyLength: 4,
      singleFromMinLimit: '0.01',
      singleFromMaxLimit: '400000',
    },
    { ...coin, coin: 'SOL', disableTo: true },
    { ...coin, coin: 'ADA' },
    'no coin',
  ]
  exchange.play(succeeds({ coins }))
  expect(await port.markets(LIMIT)).toEqual({
    ok: true,
    value: [
      {
        asset: 'BTC',
        money: 'USDT',
        step: 1n,
        smallest: 100_000n,
        largest: 100_000_000n,
        smallestWorth: 1_000_000n,
      },
    ],
  })
  const [request] = exchange.seen
  expect([request?.path, request?.query]).toEqual([
    '/v5/asset/exchange/query-coin-list',
    'side=0&accountType=eb_convert_funding',
  ])
  for (const reply of [fails(10006), json('<html>'), succeeds({ coins: null })]) {
    exchange.play(reply)
    expect(await port.markets(LIMIT)).toEqual({ ok: false, reason: 'unavailable' })
  }
})

test('a ticket of the other way of converting is not looked for here, where nobody heard of it', async () => {
  const { exchange, port } = await opened()
  const ticket = { text: sale.reference }
  expect(await port.lookUp(sale, ticket, SPAN)).toMatchObject({ kind: 'contradicted' })
  expect(exchange.seen).toEqual([])
})

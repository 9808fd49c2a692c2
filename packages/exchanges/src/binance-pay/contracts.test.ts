import type { MandateOrder, MandateReference } from '@tolem/domain/mandate'
import { amountOf } from '@tolem/money/amount'
import { expect, onTestFinished, test } from 'vitest'
import { createRails } from '../compose.ts'
import type { KnownMandate } from '../mandate-port.ts'
import { binancePayDialect } from '../testing/binance-pay-dialect.ts'
import { json } from '../testing/dialect.ts'
import { NOW } from '../testing/opened-rail.ts'
import { type Reply, startScriptedExchange } from '../testing/scripted-exchange.ts'

const LIMIT = { timeoutMs: 1_000 }
const REFERENCE = 'tm0000000000000000000000007' as MandateReference
const CONTRACT_ID = '205638372306477057'
const SIGNED: KnownMandate = { reference: REFERENCE, walletId: CONTRACT_ID }

async function opened() {
  const exchange = await startScriptedExchange()
  const settings = binancePayDialect.settings(exchange.host)
  const rails = createRails([settings], { readSecret: (text) => text, now: () => NOW })
  onTestFinished(async () => {
    await rails.close()
    await exchange.close()
  })
  const mandates = rails.mandatesFor(settings.id, 'binance-pay')
  if (!mandates) throw new Error('the mandates are missing')
  const asked = () => exchange.seen.map(({ path, body }) => [path, body])
  return { exchange, mandates, asked }
}

function order(change: Partial<MandateOrder> = {}): MandateOrder {
  return {
    reference: REFERENCE,
    exchange: binancePayDialect.debitOrder.wallet.exchange,
    rail: 'binance-pay',
    assets: ['USDC'],
    singleLimit: amountOf('USDC', 25_050_000_000n),
    cardholder: 'ch_1',
    ...change,
  }
}

const success = (data: unknown) =>
  json({ status: 'SUCCESS', code: '000000', data, errorMessage: '' })
const fails = (code: string, status = 400) => json({ status: 'FAIL', code }, status)

const OFFER = {
  merchantId: 98765987,
  preContractId: '205611460060250000',
  contractEndTime: NOW + 1_095 * 86_400_000,
  requestExpireTime: NOW + 3_600_000,
  qrContent: 'https://app.binance.com/qr/dplk123',
  qrcodeLink: 'https://public.bnbstatic.com/qr.png',
  deeplink: 'bnc://app.binance.com/payment/directdebit?id=1',
}

test('a contract is offered in one asset, not periodic, with the limit as a bare number', async () => {
  const { exchange, mandates, asked } = await opened()
  exchange.play(success(OFFER))
  expect(await mandates.offer(order(), LIMIT)).toEqual({
    kind: 'offered',
    offer: {
      exchangeReference: '205611460060250000',
      link: OFFER.deeplink,
      qrCode: OFFER.qrContent,
      expiresAt: NOW + 3_600_000,
    },
  })
  const { singleLimit: _, ...unlimited } = order({ assets: ['USDT'] })
  await mandates.offer(unlimited, LIMIT)
  const path = '/binancepay/openapi/direct-debit/contract'
  const bodyWith = (limit: string, currency: string) =>
    `{"merchantContractCode":"${REFERENCE}","serviceName":"Tolem card","scenarioCode":"Others",` +
    `"singleUpperLimit":${limit},"currency":"${currency}","periodic":false,"merchantAccountNo":"ch_1"}`
  expect(asked()).toEqual([
    [path, bodyWith('250.5', 'USDC')],
    [path, bodyWith('50', 'USDT')],
  ])
  expect(exchange.seen.every((request) => binancePayDialect.isSigned(request))).toBe(true)
})

test('a contract in two assets or in one that Binance Pay does not take is never asked for', async () => {
  const { exchange, mandates } = await opened()
  expect(mandates.mostAssets).toBe(1)
  for (const assets of [['USDT', 'USDC'], ['BTC']] as const)
    expect(await mandates.offer(order({ assets }), LIMIT)).toMatchObject({ kind: 'rejected' })
  const none = { singleLimit: amountOf('USDC', 0n) }
  expect(await mandates.offer(order(none), LIMIT)).toMatchObject({ kind: 'rejected' })
  expect(exchange.seen).toEqual([])
})

test.each<[string, Reply, string]>([
  ['a wrong parameter', fails('400001'), 'rejected'],
  ['a wrong signature', fails('400002', 406), 'rejected'],
  ['an account that may not', fails('400203', 403), 'rejected'],
  ['HTTP 429', json('', 429), 'in_doubt'],
  ['a time that is not ours', fails('400003'), 'in_doubt'],
  ['a code that may mean a repeated one', fails('400201'), 'in_doubt'],
  ['an unknown code', fails('499999'), 'in_doubt'],
  ['an error of its own', fails('400000', 500), 'in_doubt'],
  ['success without a link', success({ ...OFFER, deeplink: '' }), 'in_doubt'],
  ['success without data', success(null), 'in_doubt'],
  ['no JSON', json('<html>'), 'in_doubt'],
])('an offer after %s', async (_what, reply, kind) => {
  const { exchange, mandates } = await opened()
  exchange.play(reply)
  expect(await mandates.offer(order(), LIMIT)).toMatchObject({ kind })
})

const contract = (change: object) =>
  success({
    bizStatus: 'CONTRACT_SIGNED',
    merchantContractCode: REFERENCE,
    contractId: CONTRACT_ID,
    serviceName: 'Tolem card',
    openUserId: '04fdfaf5c88d746168e3cc0a582b65d4',
    singleUpperLimit: '50.00000000',
    currency: 'USDT',
    ...change,
  })

test.each<[string, Reply, object]>([
  ['INITIAL', contract({ bizStatus: 'INITIAL', contractId: null }), { kind: 'unsigned' }],
  [
    'CONTRACT_SIGNED',
    contract({}),
    { kind: 'signed', walletId: CONTRACT_ID, userId: '04fdfaf5c88d746168e3cc0a582b65d4' },
  ],
  [
    'an id that is a bare number beyond 2^53',
    json(
      `{"status":"SUCCESS","code":"000000","data":{"bizStatus":"CONTRACT_SIGNED",` +
        `"merchantContractCode":"${REFERENCE}","contractId":${CONTRACT_ID}}}`,
    ),
    { kind: 'signed', walletId: CONTRACT_ID },
  ],
  [
    'CONTRACT_TERMINATED',
    contract({ bizStatus: 'CONTRACT_TERMINATED' }),
    { kind: 'ended', detail: 'CONTRACT_TERMINATED' },
  ],
  [
    'CONTRACT_EXPIRED',
    contract({ bizStatus: 'CONTRACT_EXPIRED' }),
    { kind: 'ended', detail: 'CONTRACT_EXPIRED' },
  ],
  ['CONTRACT_NOT_FOUND', fails('406207', 404), { kind: 'not_found' }],
])('a contract found with %s', async (_what, reply, state) => {
  const { exchange, mandates } = await opened()
  exchange.play(reply)
  expect(await mandates.find({ reference: REFERENCE }, LIMIT)).toEqual(state)
})

test.each<[string, Reply]>([
  ['a status of tomorrow', contract({ bizStatus: 'CONTRACT_PARKED' })],
  ['signed without an id', contract({ contractId: null })],
  ['another contract', contract({ merchantContractCode: 'another' })],
  ['NOT_SIGNED', fails('406212')],
  ['not found with a 5xx', fails('406207', 500)],
  ['success without data', success(null)],
  ['silence of the gateway', json('', 502)],
])('a contract stays unknown after %s', async (_what, reply) => {
  const { exchange, mandates } = await opened()
  exchange.play(reply)
  expect(await mandates.find(SIGNED, LIMIT)).toMatchObject({ kind: 'unknown' })
})

test.each<[string, Reply, string]>([
  ['true', success(true), 'ended'],
  ['false', success(false), 'in_doubt'],
  ['CONTRACT_NOT_FOUND', fails('406207', 404), 'rejected'],
  ['NOT_SIGNED, perhaps because it is ended', fails('406212', 409), 'in_doubt'],
  ['an unknown code', fails('499999'), 'in_doubt'],
  ['an error of its own', fails('400000', 500), 'in_doubt'],
])('a termination after %s', async (_what, reply, kind) => {
  const { exchange, mandates, asked } = await opened()
  exchange.play(reply)
  expect(await mandates.end(SIGNED, LIMIT)).toMatchObject({ kind })
  expect(asked()).toEqual([
    [
      '/binancepay/openapi/direct-debit/contract/termination',
      `{"contractId":"${CONTRACT_ID}","terminationNotes":"Ended at the request of the bank or the cardholder"}`,
    ],
  ])
})

test('what is turned away or not even sent refuses no contract, and no end of one', async () => {
  const { exchange, mandates } = await opened()
  exchange.play(json('', 429))
  for (const _ of ['turned away', 'not sent: the rail is to wait'])
    expect(await mandates.offer(order(), LIMIT)).toMatchObject({ kind: 'in_doubt' })
  expect(await mandates.end(SIGNED, LIMIT)).toMatchObject({ kind: 'in_doubt' })
  expect(exchange.seen).toHaveLength(1)
})

test('an unsigned contract is named by our reference, a signed one by its id as a text', async () => {
  const { exchange, mandates, asked } = await opened()
  exchange.play(contract({}))
  await mandates.find({ reference: REFERENCE }, LIMIT)
  await mandates.find(SIGNED, LIMIT)
  const path = '/binancepay/openapi/direct-debit/contract/query'
  expect(asked()).toEqual([
    [path, `{"merchantContractCode":"${REFERENCE}"}`],
    [path, `{"contractId":"${CONTRACT_ID}"}`],
  ])
})

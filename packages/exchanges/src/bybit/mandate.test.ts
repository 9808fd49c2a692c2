import type { ExchangeId } from '@tolem/domain/ids'
import type { MandateOrder, MandateReference } from '@tolem/domain/mandate'
import { amountOf } from '@tolem/money/amount'
import { expect, onTestFinished, test } from 'vitest'
import type { BybitPaySettings, ExchangeSettings } from '../settings.ts'
import { bybitDialect } from '../testing/bybit-dialect.ts'
import { json } from '../testing/dialect.ts'
import { openRails } from '../testing/opened-rails.ts'

const BYBIT = 'bybit' as ExchangeId
const LIMIT = { timeoutMs: 1_000 }
const REFERENCE = 'tm0123456789abcdefghijklmno' as MandateReference

const order: MandateOrder = {
  reference: REFERENCE,
  exchange: BYBIT,
  rail: 'bybit-pay',
  assets: ['USDT'],
  cardholder: 'holder-1',
}
const known = { reference: REFERENCE, walletId: 'AGR202601070001', userId: 'U_123456789' }

async function opened(more: Partial<BybitPaySettings> = {}) {
  const settingsAt = (host: string): ExchangeSettings => {
    const { rails, ...settings } = bybitDialect.settings(host)
    return { ...settings, rails: rails.map((rail) => ({ ...rail, ...more }) as typeof rail) }
  }
  const { exchange, rails, close } = await openRails(settingsAt)
  onTestFinished(close)
  const mandates = rails.mandatesFor(BYBIT, 'bybit-pay')
  if (!mandates) throw new Error('no mandates')
  return { exchange, mandates, rails }
}

/** pay-docs, sign, query-agreement and unsign, with our reference in them. */
const succeeds = (result: unknown) => json({ retCode: 20000, retMsg: 'Success', result })
const fails = (retCode: number, retMsg = 'Error description') =>
  json({ retCode, retMsg, result: null })
const offer = {
  sign_order_id: 'AGR202601070001',
  sign_url: 'https://pay.bybit.com/sign?token=xxx',
  qr_code: 'https://pay.bybit.com/sign?token=yyy',
  qr_code_url: 'https://pay.bybit.com/qr/AGR202601070001.png',
  expire_time: '2026-01-07T11:30:00Z',
}
const limit = { currency: 'USDT', currency_type: 'CRYPTO', chain: 'TRC20' }
const agreement = {
  agreement_no: 'AGR202601070001',
  external_agreement_no: REFERENCE as string,
  user_id: 'U_123456789',
  merchant_user_id: 'holder-1',
  status: 'SIGNED',
  sign_time: '2026-01-07T10:30:00Z',
  valid_time: '2027-01-07T10:30:00Z',
  single_limit: { amount: '100000', ...limit },
  period_limits: [{ period_type: 'DAY', amount: '500000', ...limit }],
  used_quota: { day_used: '50000', month_used: '150000', currency: 'USDT' },
}
const ended = {
  agreement_no: 'AGR202601070001',
  status: 'UNSIGNED',
  unsign_time: '2026-01-07T15:30:00Z',
}

test('an offer asks for a mandate under our reference and gives the link, the code and its end', async () => {
  const { exchange, mandates } = await opened()
  exchange.play(succeeds(offer))
  expect(await mandates.offer(order, LIMIT)).toEqual({
    kind: 'offered',
    offer: {
      exchangeReference: 'AGR202601070001',
      link: 'https://pay.bybit.com/sign?token=xxx',
      qrCode: 'https://pay.bybit.com/sign?token=yyy',
      expiresAt: Date.UTC(2026, 0, 7, 11, 30),
    },
  })
  const [request] = exchange.seen
  expect(request && bybitDialect.isSigned(request)).toBe(true)
  expect([request?.method, request?.path]).toEqual(['POST', '/v5/bybitpay/agreement/sign'])
  expect(JSON.parse(request?.body ?? '')).toEqual({
    merchant_id: 'M123456789',
    agreement_type: 'NON_CYCLE',
    scene_code: 'OTHERS',
    external_agreement_no: REFERENCE,
    merchant_user_id: 'holder-1',
    notify_url: 'https://no-webhook.invalid/',
  })
})

test('an offer names the product, the single limit and where notices go, where they are known', async () => {
  const noticeUrl = 'https://tolem.example/notices/bybit'
  const { exchange, mandates } = await opened({ productCode: 'PROD_001', noticeUrl })
  exchange.play(succeeds(offer))
  const singleLimit = amountOf('USDT', 10_000_000n)
  await mandates.offer({ ...order, singleLimit }, LIMIT)
  expect(JSON.parse(exchange.seen[0]?.body ?? '')).toMatchObject({
    product_code: 'PROD_001',
    notify_url: noticeUrl,
    single_limit: { amount: '100000', ...limit },
  })
})

test('debits and credits tell the same address for notices', async () => {
  const noticeUrl = 'https://tolem.example/notices/bybit'
  const { exchange, rails } = await opened({ noticeUrl })
  const rail = rails.railFor(BYBIT, 'bybit-pay')
  exchange.play(bybitDialect.debited())
  await rail?.debit(bybitDialect.debitOrder, LIMIT)
  await rail?.credit(bybitDialect.creditOrder, LIMIT)
  const told = exchange.seen.map(
    ({ body }) => (JSON.parse(body) as Record<string, unknown>)['notify_url'],
  )
  expect(told).toEqual([noticeUrl, noticeUrl])
})

test('an offer that Bybit Pay cannot express never leaves', async () => {
  const { exchange, mandates } = await opened()
  expect(mandates.mostAssets).toBe(1)
  const offers = [
    { ...order, assets: ['BTC'] as const },
    { ...order, cardholder: '' },
    { ...order, cardholder: 'x'.repeat(65) },
    { ...order, singleLimit: amountOf('USDT', 99n) },
  ]
  for (const one of offers)
    expect(await mandates.offer(one, LIMIT)).toMatchObject({ kind: 'rejected' })
  expect(await mandates.end({ reference: REFERENCE }, LIMIT)).toMatchObject({ kind: 'rejected' })
  expect(exchange.seen).toEqual([])
})

test.each([
  ['INIT', 'unsigned'],
  ['PENDING', 'unsigned'],
  ['SIGNED', 'signed'],
  ['SUSPENDED', 'unknown'],
  ['UNSIGNED', 'ended'],
  ['EXPIRED', 'ended'],
  ['FAILED', 'ended'],
  ['TIMEOUT', 'ended'],
  ['PARKED', 'unknown'],
])('an agreement in %s is %s', async (status, kind) => {
  const { exchange, mandates } = await opened()
  exchange.play(succeeds({ ...agreement, status }))
  expect(await mandates.find(known, LIMIT)).toMatchObject({ kind })
})

test('a signed mandate tells by whom, under which number and until when', async () => {
  const { exchange, mandates } = await opened()
  exchange.play(succeeds(agreement))
  const signed = { kind: 'signed', walletId: 'AGR202601070001', userId: 'U_123456789' }
  const endsAt = Date.UTC(2027, 0, 7, 10, 30)
  expect(await mandates.find(known, LIMIT)).toEqual({ ...signed, endsAt })
  const { valid_time: _, ...endless } = agreement
  exchange.play(succeeds(endless))
  expect(await mandates.find(known, LIMIT)).toEqual(signed)
  const [request] = exchange.seen
  expect([request?.method, request?.path, request?.query]).toEqual([
    'GET',
    '/v5/bybitpay/agreement/query',
    `merchant_id=M123456789&external_agreement_no=${REFERENCE}`,
  ])
  expect(request && bybitDialect.isSigned(request)).toBe(true)
})

test.each([
  ['about another mandate', { ...agreement, external_agreement_no: 'another' }],
  ['without a number', { ...agreement, agreement_no: null }],
  ['without a user', { ...agreement, user_id: '' }],
  ['without a status', { ...agreement, status: undefined }],
])('a signed agreement %s is unknown', async (_, result) => {
  const { exchange, mandates } = await opened()
  exchange.play(succeeds(result))
  expect(await mandates.find(known, LIMIT)).toMatchObject({ kind: 'unknown' })
})

test('a mandate is ended in our name, and one that ended before is ended too', async () => {
  const { exchange, mandates } = await opened()
  const answers = [
    succeeds(ended),
    fails(40004, 'Agreement already unsigned, no need to repeat'),
    fails(139001003),
    fails(139001002),
  ]
  for (const answer of answers) {
    exchange.play(answer)
    expect(await mandates.end(known, LIMIT)).toEqual({ kind: 'ended' })
  }
  const [request] = exchange.seen
  expect([request?.method, request?.path]).toEqual(['POST', '/v5/bybitpay/agreement/unsign'])
  expect(JSON.parse(request?.body ?? '')).toEqual({
    merchant_id: 'M123456789',
    user_id: 'U_123456789',
    agreement_type: 'NON_CYCLE',
    agreement_no: 'AGR202601070001',
    unsign_type: 'MERCHANT',
  })
})

test('a mandate whose number is not known is ended by our reference', async () => {
  const { exchange, mandates } = await opened()
  exchange.play(succeeds(ended))
  expect(await mandates.end({ reference: REFERENCE, userId: 'U1' }, LIMIT)).toEqual({
    kind: 'ended',
  })
  expect(JSON.parse(exchange.seen[0]?.body ?? '')).toMatchObject({
    user_id: 'U1',
    external_agreement_no: REFERENCE,
  })
})

/** pay-docs, error-codes and samples: what each code says of an offer, of the mandate, of its end. */
const REJECTED = [
  40000, 40002, 139001006, 139001008, 139001009, 139001010, 139001011, 139001013, 139004001,
  139004002, 139004004, 139004005, 139004006, 139004007, 139004008, 139005001, 139005002, 139005004,
  139006001, 139006002, 139006004, 10001, 10003, 10004, 10005, 10010,
]
const UNCLEAR = [
  42900, 139005003, 10002, 10006, 40004, 50000, 50001, 50002, 139001004, 139001005, 139001012,
  139002004, 10000, 10014, 10016, 139009999, 0,
]
const CODES: readonly (readonly [
  code: number,
  words: string,
  sign: string,
  find: string,
  end: string,
])[] = [
  ...REJECTED.map((code) => [code, 'x', 'rejected', 'unknown', 'rejected'] as const),
  ...UNCLEAR.map((code) => [code, 'x', 'in_doubt', 'unknown', 'in_doubt'] as const),
  [40001, 'Unauthorized', 'rejected', 'unknown', 'rejected'],
  [
    40001,
    'Parameter error: external_agreement_no already exists',
    'in_doubt',
    'unknown',
    'in_doubt',
  ],
  [40003, 'path not found', 'rejected', 'unknown', 'rejected'],
  [40003, 'Agreement does not exist', 'rejected', 'not_found', 'rejected'],
  [139001001, 'x', 'in_doubt', 'not_found', 'rejected'],
  [139001007, 'x', 'in_doubt', 'unknown', 'rejected'],
  [139001002, 'x', 'in_doubt', 'unknown', 'ended'],
]

test.each(CODES)('code %d (%s): an offer is %s, the mandate %s, its end %s', async (...row) => {
  const [code, words, sign, find, end] = row
  const { exchange, mandates } = await opened()
  exchange.play(fails(code, words))
  expect((await mandates.offer(order, LIMIT)).kind).toBe(sign)
  expect((await mandates.find(known, LIMIT)).kind).toBe(find)
  expect((await mandates.end(known, LIMIT)).kind).toBe(end)
})

test('what is turned away or not even sent refuses no mandate, and no end of one', async () => {
  const { exchange, mandates } = await opened()
  exchange.play(json('', 429))
  for (const _ of ['turned away', 'not sent: the rail is to wait'])
    expect(await mandates.offer(order, LIMIT)).toMatchObject({ kind: 'in_doubt' })
  expect(await mandates.end(known, LIMIT)).toMatchObject({ kind: 'in_doubt' })
  expect(exchange.seen).toHaveLength(1)
})

test.each([
  ['HTTP 500', json('', 500)],
  ['HTML', json('<html>Hello</html>')],
  ['an empty result', succeeds(null)],
  ['a link that is none', succeeds({ ...offer, sign_url: 'javascript:alert(1)' })],
  ['a silent number', succeeds({ ...ended, agreement_no: 'AGR9', status: 'UNSIGNED' })],
  ['another status', succeeds({ ...ended, status: 'SIGNED' })],
  ['a reset', { resetAfter: 'HTTP/1.1 2' }],
])('after %s nothing is known', async (_, reply) => {
  const { exchange, mandates } = await opened()
  exchange.play(reply)
  expect(await mandates.offer(order, LIMIT)).toMatchObject({ kind: 'in_doubt' })
  expect(await mandates.find(known, LIMIT)).toMatchObject({ kind: 'unknown' })
  expect(await mandates.end(known, LIMIT)).toMatchObject({ kind: 'in_doubt' })
})

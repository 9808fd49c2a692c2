import { generateKeyPairSync, sign } from 'node:crypto'
import type { ExchangeId } from '@tolem/domain/ids'
import { expect, test } from 'vitest'
import type { ReceivedNotice } from '../mandate-port.ts'
import { NOW } from '../testing/opened-rail.ts'
import { createBybitNotices } from './notice.ts'

const ours = generateKeyPairSync('rsa', { modulusLength: 2048 })
const theirs = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicKey = ours.publicKey.export({ type: 'spki', format: 'pem' })

const DEBIT = 'tmd010000000000000000000000001'
const CREDIT = 'tmc010000000000000000000000001'
const MANDATE = 'tm0123456789abcdefghijklmno'

function noticesWith(noticeSignature?: 'header' | 'body') {
  return createBybitNotices({
    exchange: 'bybit' as ExchangeId,
    settings: { merchantId: 'M123456789', noticeSignature },
    publicKey,
    now: () => NOW,
  })
}

/** As Bybit Pay signs one (pay-docs, webhooks overview). */
function signedNotice(body: string, { at = NOW, key = ours.privateKey } = {}): ReceivedNotice {
  const signature = sign('sha256', Buffer.from(`${at}54321${body}`), key).toString('base64')
  return {
    headers: {
      'x-timestamp': String(at),
      'x-nonce': '54321',
      'x-signature': signature,
      'x-sign-type': 'RSA2',
      'content-type': 'application/json',
    },
    body: Buffer.from(body),
  }
}

/** pay-docs, webhooks, with the comma behind `data` that its samples have. */
const envelope = (data: object) =>
  `{"notifyId":"NOTIFY202601070004","notifyType":"TRANSACTION_RESULT",` +
  `"notifyTime":"2026-01-07T10:30:05+08:00","merchantId":"M123456789","data":${JSON.stringify(data)},\n}`

const failedPay = {
  orderNo: 'ORD202601070002',
  tradeNo: 'PAY202601070002',
  outTradeNo: DEBIT,
  agreementNo: 'AGR202601070001',
  eventType: 'PAY',
  orderType: 'PAY',
  status: 'FAILED',
  amount: { total: '5000', currency: 'USDT', currency_type: 'CRYPTO' },
  failureCode: '139002003',
  failureReason: 'Insufficient balance (downstream code=120100006, msg=",] a comma in a text")',
}
const refund = {
  ...failedPay,
  refundNo: 'RF202601070001',
  outRefundNo: CREDIT,
  eventType: 'REFUND',
  status: 'SUCCESS',
  refund_amount: { total: '2350', currency: 'USDT', currency_type: 'CRYPTO' },
}
const agreement = {
  agreementNo: 'AGR202601070001',
  externalAgreementNo: MANDATE,
  eventType: 'SIGNED',
  status: 'SIGNED',
}

test.each([
  ['a payment', failedPay, { kind: 'debit', reference: DEBIT }],
  ['a refund, which names its payment too', refund, { kind: 'credit', reference: CREDIT }],
  ['a mandate', agreement, { kind: 'mandate', reference: MANDATE }],
  ['a payment in snake_case', { out_trade_no: DEBIT }, { kind: 'debit', reference: DEBIT }],
  [
    'a mandate in snake_case',
    { external_agreement_no: MANDATE },
    { kind: 'mandate', reference: MANDATE },
  ],
  [
    'an agreement of the quick start',
    { agreementNo: 'A1', status: 'SIGNED', userId: 'U' },
    { kind: 'other' },
  ],
  ['somebody else’s payment', { outTradeNo: 'ORDER20260107002' }, { kind: 'other' }],
  ['somebody else’s refund of ours', { outTradeNo: DEBIT, outRefundNo: 'R1' }, { kind: 'other' }],
])('an authentic notice is about %s', async (_, data, about) => {
  const read = await noticesWith().read(signedNotice(envelope(data)))
  expect(read).toEqual({ ok: true, value: { id: 'NOTIFY202601070004', about } })
})

test('a notice is read five minutes before and after our clock, and not a moment longer', async () => {
  const notices = noticesWith()
  const body = envelope(failedPay)
  for (const at of [NOW - 300_000, NOW + 300_000])
    expect(await notices.read(signedNotice(body, { at }))).toMatchObject({ ok: true })
  for (const at of [NOW - 300_001, NOW + 300_001])
    expect(await notices.read(signedNotice(body, { at }))).toEqual({ ok: false, reason: 'stale' })
})

test('what is signed by another key, or changed after it was signed, is nobody’s notice', async () => {
  const notices = noticesWith()
  const good = signedNotice(envelope(failedPay))
  const bad = [
    signedNotice(envelope(failedPay), { key: theirs.privateKey }),
    { ...good, body: Buffer.from(envelope(refund)) },
    { ...good, headers: { ...good.headers, 'x-nonce': '54322' } },
    { ...good, headers: { ...good.headers, 'x-timestamp': String(NOW + 1) } },
    { ...good, headers: { ...good.headers, 'x-signature': 'AAAA' } },
    { ...good, headers: { ...good.headers, 'x-signature': undefined } },
    { ...good, headers: { ...good.headers, 'x-nonce': undefined } },
  ]
  for (const received of bad)
    expect(await notices.read(received)).toEqual({ ok: false, reason: 'bad_signature' })
})

test('what is no notice is malformed, and nothing throws', async () => {
  const notices = noticesWith()
  const good = signedNotice(envelope(failedPay))
  const headers = (more: ReceivedNotice['headers']) => ({
    ...good,
    headers: { ...good.headers, ...more },
  })
  const bodies = ['', 'null', '[]', '{', '{"notifyId":1}', envelope({}).replace('M1', 'M2')]
  const malformed = [
    headers({ 'x-timestamp': undefined }),
    headers({ 'x-timestamp': 'now' }),
    headers({ 'x-timestamp': [String(NOW), String(NOW)] }),
    headers({ 'x-sign-type': 'HMAC' }),
    ...bodies.map((body) => signedNotice(body)),
  ]
  for (const received of malformed)
    expect(await notices.read(received)).toEqual({ ok: false, reason: 'malformed' })
})

test('a signature in the body is taken only where the programme says so', async () => {
  const content = { merchantId: 'M123456789', notifyId: 'N1', data: { outTradeNo: DEBIT, n: 1.5 } }
  const signature = sign('sha256', Buffer.from(JSON.stringify(content)), ours.privateKey)
  const received = (more: object = {}) => ({
    headers: { 'x-timestamp': String(NOW) },
    body: Buffer.from(
      JSON.stringify({ ...content, sign: signature.toString('base64'), signType: 'RSA2', ...more }),
    ),
  })
  expect(await noticesWith('header').read(received())).toEqual({
    ok: false,
    reason: 'bad_signature',
  })
  expect(await noticesWith('body').read(received())).toEqual({
    ok: true,
    value: { id: 'N1', about: { kind: 'debit', reference: DEBIT } },
  })
  for (const more of [{ notifyId: 'N2' }, { sign: 'AAAA' }, { signType: 'MD5' }, { sign: 1 }])
    expect(await noticesWith('body').read(received(more))).toEqual({
      ok: false,
      reason: 'bad_signature',
    })
  const sorted = { data: content.data, merchantId: content.merchantId, notifyId: content.notifyId }
  const other = sign('sha256', Buffer.from(JSON.stringify(sorted)), ours.privateKey)
  const bySorted = received({ sign: other.toString('base64') })
  expect(await noticesWith('body').read(bySorted)).toMatchObject({ ok: true })
  expect(await noticesWith('body').read(signedNotice(envelope(failedPay)))).toMatchObject({
    ok: false,
  })
})

test.each(['header', 'body'] as const)(
  'a body that is nested too deeply is refused, its signature in the %s',
  async (where) => {
    const deep = `${'['.repeat(15_000)}${']'.repeat(15_000)}`
    const body = `{"merchantId":"M123456789","notifyId":"N1","sign":"AAAA","signType":"RSA2","data":${deep}}`
    expect(await noticesWith(where).read(signedNotice(body))).toMatchObject({ ok: false })
  },
)

test('a notice that was taken is answered with success, and one that was not is not', () => {
  const notices = noticesWith()
  expect(notices.answer(true)).toEqual({ status: 200, contentType: 'text/plain', body: 'success' })
  expect(notices.answer(false)).toMatchObject({ status: 400 })
  expect(notices.answer(false).body).not.toMatch(/success/i)
})

test('a key that is none, or of another kind, stops the start', () => {
  const deps = { exchange: 'bybit' as ExchangeId, settings: { merchantId: 'M' }, now: () => NOW }
  expect(() => createBybitNotices({ ...deps, publicKey: 'no key' })).toThrow(/key|PEM|DECODER/i)
  const { publicKey: curve } = generateKeyPairSync('ed25519')
  const pem = curve.export({ type: 'spki', format: 'pem' })
  expect(() => createBybitNotices({ ...deps, publicKey: pem })).toThrow(/not RSA/)
})

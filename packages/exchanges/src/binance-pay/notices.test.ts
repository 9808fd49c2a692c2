import { generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { createRails } from '../compose.ts'
import { binancePayDialect } from '../testing/binance-pay-dialect.ts'
import { json } from '../testing/dialect.ts'
import { NOW } from '../testing/opened-rail.ts'
import { startScriptedExchange } from '../testing/scripted-exchange.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const PEM = publicKey.export({ type: 'spki', format: 'pem' })
const other = generateKeyPairSync('rsa', { modulusLength: 2_048 })

/** As the documents print it (Direct Debit Contract Notification): bare numbers beyond 2^53 on both levels. */
const CONTRACT_SIGNED = readFileSync(
  join(import.meta.dirname, '../samples/binance-pay-contract-notice.json'),
  'utf8',
)

type Parts = { at?: number; nonce?: string; serial?: string; key?: typeof privateKey }

function received(body: string, { at = NOW, key = privateKey, ...parts }: Parts = {}) {
  const { nonce = 'n'.repeat(32), serial = 'serial-1' } = parts
  const signature = sign('sha256', Buffer.from(`${at}\n${nonce}\n${body}\n`), key)
  return {
    headers: {
      'binancepay-certificate-sn': serial,
      'binancepay-nonce': nonce,
      'binancepay-timestamp': String(at),
      'binancepay-signature': signature.toString('base64'),
    },
    body: Buffer.from(body),
  }
}

async function opened(noticeKey?: string) {
  const exchange = await startScriptedExchange()
  const clock = { now: NOW }
  const settings = binancePayDialect.settings(exchange.host)
  const own = settings.rails.map((rail) => ({ ...rail, noticeKey }))
  const deps = { readSecret: (reference: string) => reference, now: () => clock.now }
  const rails = createRails([{ ...settings, rails: own }], deps)
  onTestFinished(async () => {
    await rails.close()
    await exchange.close()
  })
  const notices = rails.noticesFor(settings.id, 'binance-pay')
  if (!notices) throw new Error('the notices are missing')
  return { exchange, clock, notices }
}

const body = (bizType: string, data: object, more: object = {}) =>
  JSON.stringify({
    bizType,
    bizIdStr: '29383937493038367',
    bizId: 1,
    bizStatus: 'PAY_SUCCESS',
    data: JSON.stringify(data),
    ...more,
  })

test('the documents’ own contract notice is about that contract, its id kept to the last digit', async () => {
  const { notices } = await opened(PEM)
  expect(await notices.read(received(CONTRACT_SIGNED))).toEqual({
    ok: true,
    value: {
      id: 'DIRECT_DEBIT_CT/205638372306477056/CONTRACT_SIGNED',
      about: { kind: 'mandate', reference: 'a9d1deffaecba9f592aa682b5c997042' },
    },
  })
})

test.each([
  [
    'an order',
    body('PAY', { merchantTradeNo: 'tmd01x', totalFee: 0.88 }),
    'PAY/29383937493038367/PAY_SUCCESS',
    { kind: 'debit', reference: 'tmd01x' },
  ],
  [
    'a refund',
    body('PAY_REFUND', { merchantTradeNo: 'tmd01x', refundInfo: { refundRequestId: 'tmc01x' } }),
    'PAY_REFUND/29383937493038367/PAY_SUCCESS/tmc01x',
    { kind: 'credit', reference: 'tmc01x' },
  ],
  [
    'a refund told as a text',
    body('PAY_REFUND', { refundInfo: '{"refundRequestId":"tmc01x"}' }),
    'PAY_REFUND/29383937493038367/PAY_SUCCESS/tmc01x',
    { kind: 'credit', reference: 'tmc01x' },
  ],
  [
    'a refund without its name',
    body('PAY_REFUND', { merchantTradeNo: 'tmd01x' }),
    'PAY_REFUND/29383937493038367/PAY_SUCCESS',
    { kind: 'other' },
  ],
  [
    'something else',
    body('SHARE_ACCOUNT_ID', { requestId: '1' }),
    'SHARE_ACCOUNT_ID/29383937493038367/PAY_SUCCESS',
    { kind: 'other' },
  ],
  [
    'a reference that is none of ours',
    body('PAY', { merchantTradeNo: '../tmd01x' }),
    'PAY/29383937493038367/PAY_SUCCESS',
    { kind: 'other' },
  ],
  [
    'no id as a text',
    body('PAY', { merchantTradeNo: 'tmd01x' }, { bizIdStr: undefined }),
    'PAY/1/PAY_SUCCESS',
    { kind: 'debit', reference: 'tmd01x' },
  ],
])('a notice about %s', async (_what, text, id, about) => {
  const { notices } = await opened(PEM)
  expect(await notices.read(received(text))).toEqual({ ok: true, value: { id, about } })
})

test('whatever was changed after the signing is not believed', async () => {
  const { notices } = await opened(PEM)
  const good = received(CONTRACT_SIGNED)
  const changed = [
    { ...good, body: Buffer.from(CONTRACT_SIGNED.replace('SIGNED', 'ENDED')) },
    { ...good, headers: { ...good.headers, 'binancepay-nonce': 'm'.repeat(32) } },
    { ...good, headers: { ...good.headers, 'binancepay-timestamp': String(NOW + 1) } },
    received(CONTRACT_SIGNED, { key: other.privateKey }),
  ]
  for (const one of changed)
    expect(await notices.read(one)).toEqual({ ok: false, reason: 'bad_signature' })
})

test('a notice is stale five minutes from our time, on either side', async () => {
  const { notices } = await opened(PEM)
  for (const [ms, isOk] of [
    [300_000, true],
    [300_001, false],
    [-300_000, true],
    [-300_001, false],
  ] as const) {
    const result = await notices.read(received(CONTRACT_SIGNED, { at: NOW + ms }))
    expect(result).toMatchObject(isOk ? { ok: true } : { ok: false, reason: 'stale' })
  }
})

test('what is no notice is malformed, signed or not', async () => {
  const { notices } = await opened(PEM)
  const good = received(CONTRACT_SIGNED)
  const { 'binancepay-signature': _, ...unsigned } = good.headers
  const wrong = [
    { ...good, headers: {} },
    { ...good, headers: unsigned },
    { ...good, headers: { ...good.headers, 'binancepay-signature': 'no base64!' } },
    { ...good, headers: { ...good.headers, 'binancepay-nonce': ['a', 'b'] } },
    { ...good, body: Uint8Array.of(0xff, 0xfe) },
    received('not JSON'),
    received('{}'),
    received(JSON.stringify({ bizType: 'PAY', bizStatus: 'X', data: {} })),
  ]
  for (const one of wrong)
    expect(await notices.read(one)).toEqual({ ok: false, reason: 'malformed' })
})

test('no bytes that others sign make a notice, and none make reading throw', async () => {
  const { notices } = await opened(PEM)
  const good = received(CONTRACT_SIGNED).headers
  const field = fc.constantFrom(...Object.keys(good))
  const value = fc.oneof(fc.string(), fc.array(fc.string()), fc.constant(undefined))
  const bodies = fc.oneof(
    fc.uint8Array(),
    fc.json().map((text) => Buffer.from(text)),
  )
  await fc.assert(
    fc.asyncProperty(field, value, bodies, async (name, given, bytes) => {
      const { ok } = await notices.read({ headers: { ...good, [name]: given }, body: bytes })
      expect(ok).toBe(false)
    }),
  )
  await fc.assert(
    fc.asyncProperty(fc.json(), async (text) => {
      expect(await notices.read(received(text))).toMatchObject({ ok: false, reason: 'malformed' })
    }),
  )
})

test('the exchange hears that a notice was taken in its own words', async () => {
  const { notices } = await opened(PEM)
  expect(notices.answer(true)).toEqual({
    status: 200,
    contentType: 'application/json',
    body: '{"returnCode":"SUCCESS","returnMessage":null}',
  })
  expect(notices.answer(false).status).toBe(500)
  expect(JSON.parse(notices.answer(false).body)).toMatchObject({ returnCode: 'FAIL' })
})

const certificates = (...serials: readonly string[]) =>
  json({
    status: 'SUCCESS',
    code: '000000',
    data: serials.map((certSerial) => ({ certSerial, certPublic: PEM })),
  })

test('keys are read from the exchange once, and again at most once a minute for a new serial', async () => {
  const { exchange, clock, notices } = await opened()
  const read = async (serial: string) =>
    notices.read(received(CONTRACT_SIGNED, { serial, at: clock.now }))
  exchange.play(certificates('serial-1'))
  const both = await Promise.all([read('serial-1'), read('serial-1')])
  expect(both).toMatchObject([{ ok: true }, { ok: true }])
  expect(exchange.seen.map(({ path, body: text }) => [path, text])).toEqual([
    ['/binancepay/openapi/certificates', '{}'],
  ])
  expect(await read('serial-2')).toEqual({ ok: false, reason: 'bad_signature' })
  expect(exchange.seen).toHaveLength(1)
  clock.now += 60_000
  exchange.play(certificates('serial-1', 'serial-2'))
  expect(await read('serial-2')).toMatchObject({ ok: true })
  expect(exchange.seen).toHaveLength(2)
})

test('a notice is left for later while the exchange does not tell its keys', async () => {
  const { exchange, clock, notices } = await opened()
  const read = async () => notices.read(received(CONTRACT_SIGNED, { at: clock.now }))
  exchange.play(json('', 502))
  expect(await read()).toEqual({ ok: false, reason: 'unavailable' })
  expect(await read()).toEqual({ ok: false, reason: 'unavailable' })
  expect(exchange.seen).toHaveLength(1)
  clock.now += 5_000
  exchange.play(json({ status: 'SUCCESS', code: '000000', data: [{ certSerial: 'serial-1' }] }))
  expect(await read()).toEqual({ ok: false, reason: 'unavailable' })
  clock.now += 5_000
  const text = PEM.replaceAll(/-----.*-----|\s/g, '')
  const data = [{ certSerial: 'serial-1', certPublic: text }]
  exchange.play(json({ status: 'SUCCESS', code: '000000', data }))
  expect(await read()).toMatchObject({ ok: true })
})

test('a pinned key that is none stops the start', () => {
  const settings = binancePayDialect.settings('https://bpay.binanceapi.com')
  const rails = settings.rails.map((rail) => ({ ...rail, noticeKey: 'nonsense' }))
  const deps = { readSecret: (reference: string) => reference, now: () => NOW }
  expect(() => createRails([{ ...settings, rails }], deps)).toThrow(/nonsense is no RSA public key/)
})

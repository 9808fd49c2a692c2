import type { BankId, CardToken, ExchangeId } from '@tolem/domain/ids'
import type { Mandate, MandateId } from '@tolem/domain/mandate'
import { amountOf } from '@tolem/money/amount'
import { expect, test } from 'vitest'
import { mandateAnswer, parseMandate, renderMandate } from './mandate.ts'

const BANK = 'halyk' as BankId
const TOKEN = 'ct_halyk_0001' as CardToken
const BODY = {
  mandateRequestId: 'link-000017',
  exchange: 'bybit',
  rail: 'bybit-pay',
  assets: ['USDT', 'BTC'],
  singleLimit: { value: '500', asset: 'USDT' },
}

const parse = (body: object, token = TOKEN) =>
  parseMandate(BANK, token, Buffer.from(JSON.stringify(body)))

function understood(body: object, token = TOKEN) {
  const parsed = parse(body, token)
  return parsed.ok ? parsed.value : expect.unreachable(parsed.answer.body)
}

function pointers(body: object): readonly string[] {
  const parsed = parse(body)
  if (parsed.ok) return []
  const { errors } = JSON.parse(parsed.answer.body)
  return errors.map(({ pointer }: { readonly pointer: string }) => pointer)
}

test('a request is read with its limit in minor units', () => {
  expect(understood(BODY)).toMatchObject({
    bank: BANK,
    cardToken: TOKEN,
    requestId: 'link-000017',
    exchange: 'bybit',
    rail: 'bybit-pay',
    assets: ['USDT', 'BTC'],
    singleLimit: 50_000_000_000n,
  })
  const { singleLimit: _, ...unlimited } = BODY
  expect(understood(unlimited)).not.toHaveProperty('singleLimit')
})

test.each([
  ['/mandateRequestId', { mandateRequestId: 'short' }],
  ['/mandateRequestId', { mandateRequestId: undefined }],
  ['/exchange', { exchange: 'By bit' }],
  ['/rail', { rail: 'bybit-subaccount' }],
  ['/assets', { assets: [] }],
  ['/assets', { assets: ['USDT', 'USDT'] }],
  ['/assets/0', { assets: ['KZT'] }],
  ['/singleLimit/asset', { singleLimit: { value: '1', asset: 'BTC' } }],
  ['/singleLimit/value', { singleLimit: { value: '0.00', asset: 'USDT' } }],
  ['/singleLimit/value', { singleLimit: { value: '-1', asset: 'USDT' } }],
  ['/singleLimit/value', { singleLimit: { value: '0.000000001', asset: 'USDT' } }],
  ['/walletId', { walletId: 'AGR1' }],
])('what is wrong is told at %s: %j', (pointer, change) => {
  expect(pointers({ ...BODY, ...change })).toContain(pointer)
})

test('a card number is refused wherever it stands', () => {
  const parsed = parse({ ...BODY, mandateRequestId: ['4242', '4242', '4242', '4242'].join('') })
  expect(parsed.ok || JSON.parse(parsed.answer.body).type).toBe('/problems/card_number_refused')
})

test('the fingerprint is of what is asked for, however its limit is written', () => {
  const digest = (change: object, token = TOKEN) =>
    understood({ ...BODY, ...change }, token).fingerprint.toString('hex')
  const written = digest({})
  expect(digest({ singleLimit: { asset: 'USDT', value: '500.00' } })).toBe(written)
  const others = [
    digest({ assets: ['USDT'] }),
    digest({ singleLimit: { asset: 'USDT', value: '501' } }),
    digest({ singleLimit: undefined }),
    digest({ exchange: 'binance', rail: 'binance-pay' }),
    digest({}, 'ct_halyk_0002' as CardToken),
  ]
  expect(new Set([written, ...others]).size).toBe(6)
})

const AT = Date.UTC(2026, 10, 22, 10)
const OFFERED: Mandate = {
  id: 'mdt_019a1b2c-3d4e-7f50-8a6b-000000000008' as MandateId,
  bank: BANK,
  cardToken: TOKEN,
  requestId: 'link-000017',
  exchange: 'bybit' as ExchangeId,
  rail: 'bybit-pay',
  assets: ['USDT'],
  singleLimit: amountOf('USDT', 50_000_000_000n),
  status: 'offered',
  offer: { link: 'https://pay.example/a', qrCode: 'code', expiresAt: AT + 60_000 },
  createdAt: AT,
}

test('a mandate is shown whole, and its link only as long as it can be signed by', () => {
  expect(mandateAnswer.parse(JSON.parse(renderMandate(OFFERED)))).toEqual({
    mandateId: OFFERED.id,
    mandateRequestId: 'link-000017',
    cardToken: TOKEN,
    exchange: 'bybit',
    rail: 'bybit-pay',
    assets: ['USDT'],
    singleLimit: { value: '500.00000000', asset: 'USDT' },
    status: 'offered',
    link: 'https://pay.example/a',
    qrCode: 'code',
    expiresAt: '2026-11-22T10:01:00.000Z',
    createdAt: '2026-11-22T10:00:00.000Z',
  })
  const signed = {
    ...OFFERED,
    status: 'signed',
    signed: { walletId: 'AGR1' },
    signedAt: AT,
  } as const
  const shown = mandateAnswer.parse(JSON.parse(renderMandate(signed)))
  expect(shown).toMatchObject({ status: 'signed', walletId: 'AGR1' })
  expect(shown).not.toHaveProperty('link')
  expect(shown).not.toHaveProperty('qrCode')
})

import type { BankId, CardToken } from '@tolem/domain/ids'
import { CRYPTO_ASSETS } from '@tolem/money/asset'
import { aCard, aCardBody } from '@tolem/testing/builders'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cardAnswer, parseCard, renderCard } from './card.ts'

const HALYK = 'halyk' as BankId
const TOKEN = 'ct_halyk_0001' as CardToken

function parse(body: Readonly<Record<string, unknown>>) {
  return parseCard(HALYK, TOKEN, Buffer.from(JSON.stringify(body)))
}

const amounts = fc
  .tuple(fc.nat(), fc.integer({ min: 0, max: 99 }))
  .map(([whole, part]) => `${whole}.${String(part).padStart(2, '0')}`)
  .map((value) => ({ value, currency: 'KZT' }))

const bodies = fc.record(
  {
    status: fc.constantFrom('not_activated', 'active', 'frozen', 'lost', 'stolen', 'closed'),
    expiresOn: fc.constantFrom('2026-11', '2028-12', '2099-01'),
    lastFour: fc.stringMatching(/^[0-9]{4}$/),
    limits: fc.record(
      {
        perTransaction: amounts,
        dailyAmount: amounts,
        dailyCount: fc.integer({ min: 0, max: 100_000 }),
        monthlyAmount: amounts,
      },
      { requiredKeys: [] },
    ),
    walletLink: fc.record(
      {
        exchange: fc.constantFrom('bybit', 'binance'),
        rail: fc.constantFrom('bybit-pay', 'binance-subaccount'),
        walletId: fc.constantFrom('AGR1', 'customer+1@tolem.example'),
        userId: fc.constantFrom('U1', 'u.2_3-4'),
        assets: fc.shuffledSubarray(CRYPTO_ASSETS, { minLength: 1 }),
      },
      { requiredKeys: ['exchange', 'rail', 'walletId', 'assets'] },
    ),
  },
  { requiredKeys: ['status', 'expiresOn', 'limits'] },
)

test('what is answered of a card says exactly what was put', () => {
  fc.assert(
    fc.property(bodies, (body) => {
      const parsed = parse(body)
      if (!parsed.ok) return expect.unreachable(parsed.answer.body)
      const answer = JSON.parse(renderCard({ ...parsed.value, version: 7 }))
      expect(cardAnswer.parse(answer)).toEqual({ ...body, cardToken: TOKEN, version: 7 })
    }),
  )
})

test('a card without limits and wallet renders to the schema', () => {
  const { walletLink: _, lastFour: __, ...bare } = aCard()
  expect(cardAnswer.parse(JSON.parse(renderCard(bare)))).toMatchObject({ limits: {} })
})

const wallet = aCardBody().walletLink

test.each([
  ['an unknown status', { status: 'blocked' }, '/status'],
  ['a thirteenth month', { expiresOn: '2028-13' }, '/expiresOn'],
  ['five last digits', { lastFour: '00001' }, '/lastFour'],
  [
    'a limit in dollars',
    { limits: { dailyAmount: { value: '1', currency: 'USD' } } },
    '/limits/dailyAmount/currency',
  ],
  ['a limit as a number', { limits: { monthlyAmount: 5 } }, '/limits/monthlyAmount'],
  ['a negative count', { limits: { dailyCount: -1 } }, '/limits/dailyCount'],
  ['half a count', { limits: { dailyCount: 1.5 } }, '/limits/dailyCount'],
  ['no asset', { walletLink: { ...wallet, assets: [] } }, '/walletLink/assets'],
  ['an asset twice', { walletLink: { ...wallet, assets: ['BTC', 'BTC'] } }, '/walletLink/assets'],
  ['tenge as an asset', { walletLink: { ...wallet, assets: ['KZT'] } }, '/walletLink/assets/0'],
  ['an unknown rail', { walletLink: { ...wallet, rail: 'swift' } }, '/walletLink/rail'],
  ['a wallet with a space', { walletLink: { ...wallet, walletId: 'a b' } }, '/walletLink/walletId'],
])('refuses %s and points at it', (_name, change, pointer) => {
  const parsed = parse(aCardBody(change))
  if (parsed.ok) return expect.unreachable('should have been refused')
  expect(JSON.parse(parsed.answer.body)).toMatchObject({
    type: '/problems/fields_invalid',
    errors: [{ pointer }],
  })
})

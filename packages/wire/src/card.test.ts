import { AUTHORIZATION_TYPES, TERMINAL_TYPES } from '@tolem/domain/authorization'
import type { BankId, CardToken } from '@tolem/domain/ids'
import { CRYPTO_ASSETS } from '@tolem/money/asset'
import { aCardBody } from '@tolem/testing/bodies'
import { aCard } from '@tolem/testing/builders'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  cardAnswer,
  parseCard,
  parseCardControls,
  parseCardStatus,
  parseCardWalletLink,
  renderCard,
  statusRefused,
} from './card.ts'

const HALYK = 'halyk' as BankId
const TOKEN = 'ct_halyk_0001' as CardToken

function parse(body: Readonly<Record<string, unknown>>) {
  return parseCard(HALYK, TOKEN, Buffer.from(JSON.stringify(body)))
}

const amounts = fc
  .tuple(fc.nat(), fc.integer({ min: 0, max: 99 }))
  .map(([whole, part]) => `${whole}.${String(part).padStart(2, '0')}`)
  .map((value) => ({ value, currency: 'KZT' }))

function lists<T extends string>(items: readonly T[]) {
  return fc.subarray([...items]).chain((allow) =>
    fc.record(
      {
        allow: fc.constant(allow),
        deny: fc.subarray(items.filter((item) => !allow.includes(item))),
      },
      { requiredKeys: [] },
    ),
  )
}

const limits = fc.record(
  {
    types: fc.subarray([...AUTHORIZATION_TYPES, 'cash'], { minLength: 1 }),
    channels: fc.subarray([...TERMINAL_TYPES], { minLength: 1 }),
    window: fc.constantFrom({ kind: 'day' }, { kind: 'month' }, { kind: 'rolling', hours: 24 }),
    amount: amounts,
    count: fc.nat(100_000),
  },
  { requiredKeys: ['window', 'amount'] },
)

const controls = fc.record(
  {
    types: lists(AUTHORIZATION_TYPES),
    channels: lists(TERMINAL_TYPES),
    merchantCategories: lists(['5411', '7995', '5000-5999', '0000-9999']),
    countries: lists(['KZ', 'RU', 'US']),
    exchanges: lists(['bybit', 'binance']),
    limits: fc.array(limits, { maxLength: 3 }),
  },
  { requiredKeys: [] },
)

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
    controls,
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
  { requiredKeys: ['status', 'expiresOn', 'limits', 'controls'] },
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

test('a part of a card says exactly what the whole would', () => {
  fc.assert(
    fc.property(bodies, (body) => {
      const whole = parse(body)
      if (!whole.ok) return expect.unreachable(whole.answer.body)
      const { status, controls: given, walletLink: link } = body
      const bytes = (part: unknown) => Buffer.from(JSON.stringify(part))
      expect(parseCardStatus(bytes({ status }))).toEqual({ ok: true, value: whole.value.status })
      expect(parseCardControls(bytes(given))).toEqual({ ok: true, value: whole.value.controls })
      if (link)
        expect(parseCardWalletLink(bytes(link))).toEqual({
          ok: true,
          value: whole.value.walletLink,
        })
    }),
  )
})

test('a card that was put without controls has none, and says so', () => {
  const { controls: _, ...body } = { ...aCardBody(), controls: undefined }
  const parsed = parse(body)
  if (!parsed.ok) return expect.unreachable(parsed.answer.body)
  expect(parsed.value.controls).toEqual({})
  expect(JSON.parse(renderCard({ ...parsed.value, version: 1 }))).toMatchObject({ controls: {} })
})

test.each([
  ['closed', 'active', /issue a new card/],
  ['lost', 'active', /only be closed/],
  ['stolen', 'frozen', /only be closed/],
  ['active', 'not_activated', /new card’s status/],
] as const)('refuses a card that is %s to become %s, and says why', (from, to, why) => {
  const answer = statusRefused(from, to)
  expect(answer.status).toBe(422)
  expect(JSON.parse(answer.body)).toMatchObject({
    type: '/problems/fields_invalid',
    errors: [{ pointer: '/status', detail: expect.stringMatching(why) }],
  })
})

test('a card without limits and wallet renders to the schema', () => {
  const { walletLink: _, lastFour: __, ...bare } = aCard()
  expect(cardAnswer.parse(JSON.parse(renderCard(bare)))).toMatchObject({ limits: {} })
})

const wallet = aCardBody().walletLink
const DAY = { window: { kind: 'day' } }

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
  [
    'a limit of nothing',
    { controls: { limits: [{ ...DAY, count: 1 }, DAY] } },
    '/controls/limits/1',
  ],
  [
    'a count in one transaction',
    { controls: { limits: [{ window: { kind: 'transaction' }, count: 1 }] } },
    '/controls/limits/0/count',
  ],
  [
    'a limit as a number',
    { controls: { limits: [{ ...DAY, amount: 5 }] } },
    '/controls/limits/0/amount',
  ],
  [
    'a window of a week',
    { controls: { limits: [{ window: { kind: 'week' }, count: 1 }] } },
    '/controls/limits/0/window/kind',
  ],
  [
    'a range backwards',
    { controls: { merchantCategories: { deny: ['5999-5000'] } } },
    '/controls/merchantCategories/deny/0',
  ],
  [
    'what is allowed and denied',
    { controls: { countries: { allow: ['KZ'], deny: ['KZ'] } } },
    '/controls/countries',
  ],
  ['an unknown control', { controls: { merchants: { deny: ['M1'] } } }, '/controls/merchants'],
  [
    'an unknown channel',
    { controls: { channels: { allow: ['kiosk'] } } },
    '/controls/channels/allow/0',
  ],
  ['a wallet with a space', { walletLink: { ...wallet, walletId: 'a b' } }, '/walletLink/walletId'],
])('refuses %s and points at it', (_name, change, pointer) => {
  const parsed = parse(aCardBody(change))
  if (parsed.ok) return expect.unreachable('should have been refused')
  expect(JSON.parse(parsed.answer.body)).toMatchObject({
    type: '/problems/fields_invalid',
    errors: [{ pointer }],
  })
})

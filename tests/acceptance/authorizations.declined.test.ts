import type { CardBody } from '@tolem/wire/card'
import type { AuthorizationBody } from '@tolem/wire/request'
import { expect, test } from 'vitest'
import { aPurchase } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { type CardOptions, decided, recordOf } from '../support/stack.ts'

const stack = sharedStack()

type Case = {
  readonly reason: string
  readonly code: string
  readonly when: string
  readonly open?: CardOptions
  readonly card?: Partial<CardBody>
  readonly purchase?: Partial<AuthorizationBody> & { readonly amount?: string }
}

const kzt = (value: string) => ({ value, currency: 'KZT' })
const LONG_AGO = '2025-12'

const CASES: readonly Case[] = [
  { reason: 'unknown_card', code: '14', when: 'nobody provisioned the card', open: { put: false } },
  { reason: 'card_expired', code: '54', when: 'the card expired', card: { expiresOn: LONG_AGO } },
  { reason: 'card_lost', code: '41', when: 'the card is lost', card: { status: 'lost' } },
  { reason: 'card_stolen', code: '43', when: 'the card is stolen', card: { status: 'stolen' } },
  { reason: 'card_frozen', code: '62', when: 'the card is frozen', card: { status: 'frozen' } },
  { reason: 'card_closed', code: '14', when: 'the card is closed', card: { status: 'closed' } },
  {
    reason: 'card_not_activated',
    code: '78',
    when: 'the card is not activated',
    card: { status: 'not_activated' },
  },
  {
    reason: 'card_expired',
    code: '54',
    when: 'the card is frozen as well, because expiry comes first',
    card: { status: 'frozen', expiresOn: LONG_AGO },
  },
  {
    reason: 'merchant_category_not_permitted',
    code: '57',
    when: 'the pilot does not permit betting',
    purchase: { merchant: { ...aPurchase('').merchant, categoryCode: '7995' } },
  },
  {
    reason: 'currency_not_supported',
    code: '12',
    when: 'a foreign amount comes without its billing amount',
    purchase: { transactionAmount: { value: '26.00', currency: 'USD' } },
  },
  {
    reason: 'invalid_amount',
    code: '13',
    when: 'the amount is zero',
    purchase: { amount: '0.00' },
  },
  {
    reason: 'amount_limit_exceeded',
    code: '61',
    when: 'one purchase exceeds what the card allows for one',
    card: { limits: { perTransaction: kzt('12499.99') } },
  },
  {
    reason: 'amount_limit_exceeded',
    code: '61',
    when: 'the purchase exceeds the cap of the programme',
    open: { holds: '10000' },
    purchase: { amount: '500000.01' },
  },
  {
    reason: 'amount_limit_exceeded',
    code: '61',
    when: 'the purchase exceeds what is left of the day',
    card: { limits: { dailyAmount: kzt('12499.99') } },
  },
  {
    reason: 'amount_limit_exceeded',
    code: '61',
    when: 'the purchase exceeds what is left of the month',
    card: { limits: { monthlyAmount: kzt('12499.99') } },
  },
  {
    reason: 'count_limit_exceeded',
    code: '65',
    when: 'the card may not pay any more today',
    card: { limits: { dailyCount: 0 } },
  },
  {
    reason: 'insufficient_funds',
    code: '51',
    when: 'the wallet at Bybit cannot cover the quote',
    open: { holds: '1' },
  },
  {
    reason: 'insufficient_funds',
    code: '51',
    when: 'the wallet at Binance cannot cover the quote',
    open: { exchange: 'binance', holds: '1' },
  },
]

test.for(CASES)('declines with $reason when $when', async (given) => {
  const { reason, code, open = {}, card: more = {}, purchase = {} } = given
  const card = await stack.openCard({ ...open, card: more })
  const before = await card.balance()
  const answer = decided(await stack.bank().authorize(aPurchase(card.token, purchase)))
  expect(answer).toEqual({
    authorizationId: expect.stringMatching(/^aut_/),
    decision: 'declined',
    responseCode: code,
    reason,
    messages: { kk: expect.any(String), ru: expect.any(String), en: expect.any(String) },
  })
  expect(await card.movements()).toEqual([])
  expect(await card.balance()).toBe(before)
  expect(await recordOf(stack.bank(), answer.authorizationId)).toMatchObject({
    state: 'declined',
    reason,
  })
})

test('declines with wallet_not_linked, in the code of the bank’s own table', async () => {
  for (const [bank, code] of [
    ['halyk', '78'],
    ['forte', '57'],
  ] as const) {
    const card = await stack.openCard({ bank, put: false })
    const { walletLink: _, ...unlinked } = card.body
    decided(await stack.bank(bank).putCard(card.token, unlinked))
    expect(decided(await stack.bank(bank).authorize(aPurchase(card.token)))).toMatchObject({
      decision: 'declined',
      reason: 'wallet_not_linked',
      responseCode: code,
    })
  }
})

test('refuses a card on an exchange that the programme does not know, so it never pays', async () => {
  const card = await stack.openCard({ put: false })
  const link = card.body.walletLink ?? expect.unreachable()
  const walletLink = { ...link, exchange: 'kraken' }
  expect(await stack.bank().putCard(card.token, { ...card.body, walletLink })).toMatchObject({
    kind: 'problem',
    status: 422,
    problem: { errors: [{ pointer: '/walletLink/exchange' }] },
  })
  expect(decided(await stack.bank().authorize(aPurchase(card.token)))).toMatchObject({
    reason: 'unknown_card',
  })
})

test('a limit is used up by what was approved, and by nothing that was declined', async () => {
  const card = await stack.openCard({
    card: { limits: { dailyAmount: kzt('30000.00'), dailyCount: 3 } },
  })
  const buy = async (amount: string) =>
    decided(await stack.bank().authorize(aPurchase(card.token, { amount }))).reason ?? 'approved'
  expect(await buy('20000.00')).toBe('approved')
  expect(await buy('10000.01')).toBe('amount_limit_exceeded')
  expect(await buy('10000.00')).toBe('approved')
  expect(await buy('0.01')).toBe('amount_limit_exceeded')
})

import { type BalanceAnswer, balanceAnswer } from '@tolem/wire/balance'
import { expect, test } from 'vitest'
import { aBalanceInquiry, answered, call, refused } from '../support/calls.ts'
import { expectInside, watchLag } from '../support/inside.ts'
import { aPurchase } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import {
  approved,
  BANKS,
  type BankName,
  BUDGET_MS,
  decided,
  sendAuthorization,
} from '../support/stack.ts'
import { toUnits } from '../support/units.ts'

const stack = sharedStack()
const PATH = '/v1/balance-inquiries'

async function inquire(
  token: string,
  bank: BankName = 'halyk',
  change = {},
): Promise<BalanceAnswer> {
  const body = aBalanceInquiry(token, change)
  return balanceAnswer.parse(await answered(call(stack.bank(bank), PATH, body)))
}

/** The tiyn of an amount. */
const tiyn = (amount: { readonly value: string } | undefined) =>
  toUnits(amount?.value ?? 'none') / 10n ** 16n

test('tells what a Binance wallet could spend now, and moves nothing', async () => {
  const card = await stack.openCard({ exchange: 'binance', holds: '100' })
  const answer = await inquire(card.token)
  expect(answer).toMatchObject({
    decision: 'approved',
    responseCode: '00',
    assets: [{ exchange: 'binance', asset: 'USDT', amount: '100.00000000' }],
    notCounted: [],
  })
  const rates = decided(await stack.bank().rates()).rates
  const bid = rates.find((rate) => rate.exchange === 'binance' && rate.pair === 'USDT/KZT')?.bid
  // 100 USDT less half a per cent of spread and one of fee; the sandbox's prices move a little meanwhile.
  const expected = (Number(bid) * 100 * 0.995) / 1.01
  expect(Number(answer.available?.value) / expected).toBeCloseTo(1, 2)
  expect(toUnits(await card.balance())).toBe(toUnits('100'))
  expect(await card.movements()).toEqual([])
})

test('what it tells can be spent', async () => {
  const card = await stack.openCard({ exchange: 'binance', holds: '50' })
  const { available } = await inquire(card.token)
  // A per cent below, because the price may move between the two.
  const amount = ((tiyn(available) * 99n) / 10_000n).toString()
  const answer = approved(
    await stack.bank().authorize(aPurchase(card.token, { amount: `${amount}.00` })),
  )
  expect(answer.approvedAmount?.value).toBe(`${amount}.00`)
})

test('follows the wallet down as it is spent', async () => {
  const card = await stack.openCard({ exchange: 'binance', holds: '100' })
  const before = await inquire(card.token)
  approved(await stack.bank().authorize(aPurchase(card.token, { amount: '10000.00' })))
  const after = await inquire(card.token)
  const spent = Number(tiyn(before.available) - tiyn(after.available))
  expect(spent / 1_000_000).toBeCloseTo(1, 1)
})

test('a Bybit Pay wallet is declined, because nobody can be asked for its balance', async () => {
  const card = await stack.openCard({ exchange: 'bybit' })
  expect(await inquire(card.token)).toMatchObject({
    decision: 'declined',
    reason: 'transaction_type_not_permitted',
    responseCode: '57',
  })
})

test('a card that does not pay tells nothing, with the reason that a purchase would get', async () => {
  const card = await stack.openCard({ exchange: 'binance', card: { status: 'frozen' } })
  expect(await inquire(card.token)).toMatchObject({ reason: 'card_frozen', responseCode: '62' })
  expect(await inquire('no-such-card')).toMatchObject({
    reason: 'unknown_card',
    responseCode: '14',
  })
})

test('an exchange that is silent or fails is a decline inside the budget', async () => {
  const card = await stack.openCard({ exchange: 'binance' })
  for (const kind of ['timeout_before', 'error_5xx_before']) {
    const { wallet } = card
    await stack.sandbox.layFault({
      exchange: 'binance',
      operation: 'balances',
      kind,
      wallet,
      times: 1,
    })
    const lag = watchLag()
    const reply = await call(stack.bank(), PATH, aBalanceInquiry(card.token))
    const lagMs = lag()
    expect(JSON.parse(reply.body)).toMatchObject({
      decision: 'declined',
      reason: 'exchange_unavailable',
      responseCode: '91',
    })
    expectInside(reply, BUDGET_MS, lagMs)
  }
  expect(await inquire(card.token)).toMatchObject({ decision: 'approved' })
})

test('nothing is stored: the same inquiry is asked anew, and its key stays free', async () => {
  const card = await stack.openCard({ exchange: 'binance', holds: '100' })
  const purchase = aPurchase(card.token, { amount: '1000.00' })
  const { type: _, transactionAmount: __, ...inquiry } = purchase
  const first = await inquire(card.token, 'halyk', inquiry)
  expect((await sendAuthorization(stack.bank(), purchase)).status).toBe(200)
  const second = await inquire(card.token, 'halyk', inquiry)
  expect(tiyn(second.available)).toBeLessThan(tiyn(first.available))
  const { authorizations } = JSON.parse(
    (await call(stack.bank(), `/v1/authorizations?cardToken=${card.token}`)).body,
  )
  expect(authorizations).toHaveLength(1)
})

test('no bank learns what another’s card holds', async () => {
  const card = await stack.openCard({ bank: 'forte', exchange: 'binance' })
  for (const stranger of BANKS.filter((bank) => bank !== 'forte'))
    expect(await inquire(card.token, stranger)).toMatchObject({ reason: 'unknown_card' })
})

test('what is malformed is refused', async () => {
  const card = await stack.openCard({ exchange: 'binance' })
  const inquiry = aBalanceInquiry(card.token)
  for (const body of [
    { ...inquiry, terminal: undefined },
    { ...inquiry, colour: 'red' },
    { ...inquiry, systemTraceAuditNumber: '1' },
  ])
    expect(await refused(call(stack.bank(), PATH, body))).toBe('fields_invalid')
  expect(
    await refused(call(stack.bank(), PATH, { ...inquiry, cardToken: '4242424242424242' })),
  ).toBe('card_number_refused')
})

import { expect, test } from 'vitest'
import { aPurchase } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import {
  answerIn,
  approved,
  decided,
  recordOf,
  sendAuthorization,
  type TestCard,
} from '../support/stack.ts'
import { toUnits } from '../support/units.ts'

const stack = sharedStack()

const kzt = (value: string) => ({ value, currency: 'KZT' }) as const

const CASHBACK = {
  type: 'purchase_with_cashback',
  transactionAmount: kzt('12500.00'),
  cashbackAmount: kzt('8500.00'),
  partialApprovalSupported: true,
} as const

/** What left a wallet that held ten whole coins. */
async function taken(card: TestCard): Promise<bigint> {
  return toUnits('10') - toUnits(await card.balance())
}

test.for(['cash_withdrawal', 'quasi_cash'] as const)(
  'approves a %s at the bank’s fee for cash',
  async (type) => {
    const card = await stack.openCard()
    const terminal = { id: 'ATM00001', type: 'atm', entryMode: 'chip', pinEntered: true } as const
    const answer = approved(await stack.bank().authorize(aPurchase(card.token, { type, terminal })))
    expect(answer).toMatchObject({ responseCode: '00', approvedAmount: kzt('12500.00') })
    expect(answer.funding?.[0]?.quote.fee).toEqual(kzt('187.50'))
  },
)

test('a verification is answered 85 with an approval code, and moves nothing', async () => {
  const card = await stack.openCard({ holds: '0' })
  const message = aPurchase(card.token, {
    type: 'account_verification',
    transactionAmount: kzt('0.00'),
  })
  const reply = await sendAuthorization(stack.bank(), message)
  const answer = answerIn(reply)
  expect(answer).toMatchObject({
    decision: 'approved',
    responseCode: '85',
    approvalCode: expect.stringMatching(/^[0-9A-Z]{6}$/),
    approvedAmount: kzt('0.00'),
  })
  expect(answer).not.toHaveProperty('funding')
  expect(await card.movements()).toEqual([])
  expect((await sendAuthorization(stack.bank(), message)).body).toBe(reply.body)
  expect(await recordOf(stack.bank(), answer.authorizationId)).toMatchObject({
    state: 'approved',
    movements: [],
  })
})

test.for([
  { what: 'a purchase of nothing', type: 'purchase', value: '0.00' },
  { what: 'a verification of something', type: 'account_verification', value: '1.00' },
] as const)('declines $what with invalid_amount', async ({ type, value }) => {
  const card = await stack.openCard()
  const message = aPurchase(card.token, { type, transactionAmount: kzt(value) })
  expect(decided(await stack.bank().authorize(message))).toMatchObject({
    decision: 'declined',
    reason: 'invalid_amount',
    responseCode: '13',
  })
})

test('a verification of a frozen card is declined', async () => {
  const card = await stack.openCard({ card: { status: 'frozen' } })
  const message = aPurchase(card.token, {
    type: 'account_verification',
    transactionAmount: kzt('0.00'),
  })
  expect(decided(await stack.bank().authorize(message))).toMatchObject({ reason: 'card_frozen' })
})

test('a purchase with cashback is approved whole where the wallet covers it', async () => {
  const card = await stack.openCard()
  expect(approved(await stack.bank().authorize(aPurchase(card.token, CASHBACK)))).toMatchObject({
    responseCode: '00',
    approvedAmount: kzt('12500.00'),
  })
})

test.for(['bybit', 'binance'] as const)(
  'a wallet at %s that covers only the purchase pays that, without the cash',
  async (exchange) => {
    const card = await stack.openCard({ exchange, holds: '10' })
    const message = aPurchase(card.token, CASHBACK)
    const reply = await sendAuthorization(stack.bank(), message)
    const answer = answerIn(reply)
    expect(answer).toMatchObject({
      decision: 'partially_approved',
      responseCode: '87',
      approvedAmount: kzt('4000.00'),
    })
    expect(await taken(card)).toBe(toUnits(answer.funding?.[0]?.amount ?? ''))
    expect((await sendAuthorization(stack.bank(), message)).body).toBe(reply.body)
    expect(await recordOf(stack.bank(), answer.authorizationId)).toMatchObject({
      movements: [{ state: 'refused' }, { state: 'executed' }],
    })
  },
)

test('cash beyond a limit is left out at a terminal that can do without, and declined at others', async () => {
  const card = await stack.openCard({ holds: '10000' })
  const message = {
    ...CASHBACK,
    transactionAmount: kzt('300000.00'),
    cashbackAmount: kzt('200000.01'),
  }
  expect(decided(await stack.bank().authorize(aPurchase(card.token, message)))).toMatchObject({
    responseCode: '87',
    approvedAmount: kzt('99999.99'),
  })
  const whole = aPurchase(card.token, { ...message, partialApprovalSupported: false })
  expect(decided(await stack.bank().authorize(whole))).toMatchObject({
    reason: 'amount_limit_exceeded',
  })
})

test('a terminal that takes less gets what the wallet at Binance pays for, to the tiyn', async () => {
  const card = await stack.openCard({ exchange: 'binance', holds: '10' })
  const message = aPurchase(card.token, { partialApprovalSupported: true })
  const answer = decided(await stack.bank().authorize(message))
  expect(answer).toMatchObject({ decision: 'partially_approved', responseCode: '10' })
  const { amount, quote } = answer.funding?.[0] ?? expect.unreachable()
  expect(await taken(card)).toBe(toUnits(amount))
  const worth = toUnits(amount) * toUnits(quote.appliedRate)
  const owed = toUnits(answer.approvedAmount?.value ?? '') + toUnits(quote.fee.value)
  expect(owed * toUnits('1')).toBeLessThanOrEqual(worth)
  // One tiyn more, with its fee, would have needed a step more than there was.
  expect(toUnits('10') - toUnits(amount)).toBeLessThanOrEqual(toUnits('0.0001'))
  const record = await recordOf(stack.bank(), answer.authorizationId)
  expect(record).toMatchObject({ movements: [{ state: 'refused' }, { state: 'executed' }] })
  expect(record.answer).toEqual(answer)
})

test.for([
  { why: 'the terminal takes the whole or nothing', exchange: 'binance', supported: false },
  { why: 'Bybit Pay cannot tell what the wallet holds', exchange: 'bybit', supported: true },
] as const)('a short wallet declines when $why', async ({ exchange, supported }) => {
  const card = await stack.openCard({ exchange, holds: '10' })
  const message = aPurchase(card.token, { partialApprovalSupported: supported })
  expect(decided(await stack.bank().authorize(message))).toMatchObject({
    decision: 'declined',
    reason: 'insufficient_funds',
  })
  expect(await card.movements()).toEqual([])
})

test('a single message is approved, and nothing of it expires', async () => {
  const card = await stack.openCard()
  const message = aPurchase(card.token, { final: true })
  expect(approved(await stack.bank().authorize(message))).toMatchObject({ responseCode: '00' })
})

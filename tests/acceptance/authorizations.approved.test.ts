import { expect, test } from 'vitest'
import { expectInside, watchLag } from '../support/inside.ts'
import { aPurchase } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import {
  answerIn,
  approved,
  BANKS,
  BUDGET_MS,
  decided,
  recordOf,
  sendAuthorization,
} from '../support/stack.ts'
import { toUnits } from '../support/units.ts'

const stack = sharedStack()

const STAGES = ['verify', 'parse', 'card', 'quote', 'accept', 'debit', 'conclude', 'total']

test.for(
  BANKS.flatMap((bank) => (['bybit', 'binance'] as const).map((exchange) => ({ bank, exchange }))),
)('approves a purchase of $bank paid from $exchange', async ({ bank, exchange }) => {
  const card = await stack.openCard({ bank, exchange })
  const lag = watchLag()
  const reply = await sendAuthorization(stack.bank(bank), aPurchase(card.token))
  const lagMs = lag()
  const answer = answerIn(reply)
  expect(answer).toMatchObject({
    decision: 'approved',
    responseCode: '00',
    approvalCode: expect.stringMatching(/^[0-9A-Z]{6}$/),
    approvedAmount: { value: '12500.00', currency: 'KZT' },
    funding: [{ exchange, asset: 'USDT', quote: { pair: 'USDT/KZT' } }],
    messages: { kk: expect.any(String), ru: expect.any(String), en: expect.any(String) },
  })
  expect(reply.serverTiming.map(({ name }) => name)).toEqual(STAGES)
  expectInside(reply, BUDGET_MS, lagMs)
})

test.for(['USDT', 'USDC', 'BTC', 'ETH', 'SOL', 'TON'] as const)(
  'debits exactly the answered amount of %s, once, under the recorded reference',
  async (asset) => {
    const card = await stack.openCard({ asset, holds: '1000' })
    const answer = approved(await stack.bank().authorize(aPurchase(card.token)))
    const [funding] = answer.funding ?? []
    const [movement, ...others] = await card.movements()
    const record = await recordOf(stack.bank(), answer.authorizationId)
    expect(others).toEqual([])
    expect(movement).toMatchObject({ kind: 'debit', asset })
    expect(toUnits(movement?.amount ?? '')).toBe(toUnits(funding?.amount ?? ''))
    expect(toUnits(await card.balance())).toBe(toUnits('1000') - toUnits(movement?.amount ?? ''))
    expect(record).toMatchObject({
      state: 'approved',
      movements: [{ kind: 'debit', state: 'executed', reference: movement?.reference, asset }],
    })
    expect(record.answer).toEqual(answer)
  },
)

test('prices in whole: what was debited is worth the purchase, the fee and the spread', async () => {
  const card = await stack.openCard({ bank: 'freedom' })
  const answer = approved(await stack.bank('freedom').authorize(aPurchase(card.token)))
  const { amount, quote } = answer.funding?.[0] ?? expect.unreachable()
  const [source] = quote.sources
  const owed = toUnits('12500.00') + toUnits(quote.fee.value)
  const worth = (toUnits(amount) * toUnits(source?.bid ?? '')) / toUnits('1')
  // Both are rounded to the tiyn, the debit up and the worth down.
  const rest = worth - owed - toUnits(quote.spread.value)
  expect(rest).toBeGreaterThanOrEqual(0n)
  expect(rest).toBeLessThan(toUnits('0.01'))
  expect(quote.fee.value).toBe('125.00')
  // The bank's own 60, and what the present volatility adds: at most what the programme allows.
  expect(quote.spreadBasisPoints).toBeGreaterThanOrEqual(60)
  expect(quote.spreadBasisPoints).toBeLessThanOrEqual(60 + 150)
  expect(quote.ageMs).toBeLessThanOrEqual(5_000)
})

test('takes a purchase in another currency by its billing amount', async () => {
  const card = await stack.openCard()
  const purchase = aPurchase(card.token, {
    transactionAmount: { value: '26.00', currency: 'USD' },
    billingAmount: { value: '12480.55', currency: 'KZT' },
  })
  expect(decided(await stack.bank().authorize(purchase))).toMatchObject({
    decision: 'approved',
    approvedAmount: { value: '12480.55', currency: 'KZT' },
  })
})

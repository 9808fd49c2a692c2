import { refundAnswer } from '@tolem/wire/refund'
import { expect, test } from 'vitest'
import { ask } from '../support/life/calls.ts'
import { aClearing, aRefund } from '../support/life-messages.ts'
import { aPurchase, aReversal } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { approved, decided, recordOf } from '../support/stack.ts'

const stack = sharedStack()
const kzt = (value: string) => ({ value, currency: 'KZT' })

async function cleared(exchange: 'bybit' | 'binance' = 'binance') {
  const card = await stack.openCard({ exchange })
  const { authorizationId } = approved(await stack.bank().authorize(aPurchase(card.token)))
  await ask(stack.bank(), 'clearings', aClearing(card.token, { original: authorizationId }))
  const refund = async (amount: string, original: string | undefined = authorizationId) =>
    refundAnswer.parse(
      await ask(stack.bank(), 'refunds', aRefund(card.token, { original, amount })),
    )
  return { card, authorizationId, refund }
}

test.for(['bybit', 'binance'] as const)(
  'credits the wallet at %s at the rate of its purchase, and keeps the fee',
  async (exchange) => {
    const { card, authorizationId, refund } = await cleared(exchange)
    const answer = await refund('12500.00')
    expect(answer).toMatchObject({
      refundId: expect.stringMatching(/^rfd_/),
      decision: 'approved',
      responseCode: '00',
      authorizationId,
      refundedAmount: kzt('12500.00'),
      credits: [{ exchange, asset: 'USDT', rateOf: 'original' }],
    })
    await expect
      .poll(async () => (await card.movements()).map(({ kind }) => kind), { timeout: 20_000 })
      .toEqual(['debit', 'credit'])
    const [debit, credit] = await card.movements()
    expect(Number(credit?.amount) / Number(debit?.amount)).toBeCloseTo(1 / 1.01, 4)
    expect(await recordOf(stack.bank(), authorizationId)).toMatchObject({
      refundedAmount: kzt('12500.00'),
      refunds: [{ refundId: answer.refundId, decision: 'approved', amount: kzt('12500.00') }],
    })
  },
)

test('several refunds come to no more than the purchase', async () => {
  const { refund } = await cleared()
  expect(await refund('10000.00')).toMatchObject({ decision: 'approved' })
  expect(await refund('2500.01')).toMatchObject({
    decision: 'declined',
    reason: 'refund_exceeds_original',
    responseCode: '13',
  })
  expect(await refund('2500.00')).toMatchObject({ decision: 'approved' })
  expect(await refund('0.01')).toMatchObject({ decision: 'declined' })
})

test('without its purchase is credited at the present rate, against what the card had paid', async () => {
  const { card, refund } = await cleared()
  const unmatched = refundAnswer.parse(
    await ask(stack.bank(), 'refunds', aRefund(card.token, { amount: '1000.00' })),
  )
  expect(unmatched).toMatchObject({
    decision: 'approved',
    refundedAmount: kzt('1000.00'),
    credits: [{ rateOf: 'present' }],
  })
  expect(await refund('1000.00')).toMatchObject({ decision: 'approved' })
})

test('of a card that never paid is declined, and moves nothing', async () => {
  const card = await stack.openCard({ exchange: 'binance' })
  expect(await ask(stack.bank(), 'refunds', aRefund(card.token))).toMatchObject({
    decision: 'declined',
    reason: 'original_not_found',
  })
  expect(await card.movements()).toEqual([])
})

test('of a purchase that was reversed is declined: its money is back already', async () => {
  const card = await stack.openCard({ exchange: 'binance' })
  const { authorizationId } = approved(await stack.bank().authorize(aPurchase(card.token)))
  decided(await stack.bank().reverse(aReversal(authorizationId)))
  expect(
    await ask(stack.bank(), 'refunds', aRefund(card.token, { original: authorizationId })),
  ).toMatchObject({ decision: 'declined', reason: 'refund_exceeds_original' })
})

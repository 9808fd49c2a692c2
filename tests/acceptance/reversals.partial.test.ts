import { expect, test } from 'vitest'
import { ask } from '../support/life/calls.ts'
import { aPartialReversal } from '../support/life-messages.ts'
import { aPurchase, aReversal } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { approved, decided, recordOf } from '../support/stack.ts'

const stack = sharedStack()
const kzt = (value: string) => ({ value, currency: 'KZT' })

async function purchased(exchange: 'bybit' | 'binance' = 'binance') {
  const card = await stack.openCard({ exchange })
  const { authorizationId } = approved(await stack.bank().authorize(aPurchase(card.token)))
  const lower = (to: string) =>
    ask(stack.bank(), 'reversals', aPartialReversal(authorizationId, to))
  return { card, authorizationId, lower, record: () => recordOf(stack.bank(), authorizationId) }
}

test.for(['bybit', 'binance'] as const)(
  'a partial reversal credits the difference to the wallet at %s and holds the rest',
  async (exchange) => {
    const { card, authorizationId, lower, record } = await purchased(exchange)
    expect(await lower('5000.00')).toEqual({
      reversalId: expect.stringMatching(/^rev_/),
      responseCode: '00',
      outcome: 'partially_reversed',
      authorizationId,
      releasedAmount: kzt('7500.00'),
      heldAmount: kzt('5000.00'),
    })
    expect(await record()).toMatchObject({
      state: 'approved',
      releasedAmount: kzt('7500.00'),
      openAmount: kzt('5000.00'),
    })
    await expect
      .poll(async () => (await card.movements()).map(({ kind }) => kind), { timeout: 20_000 })
      .toEqual(['debit', 'credit'])
    const [debit, credit] = await card.movements()
    expect(Number(credit?.amount) / Number(debit?.amount)).toBeCloseTo(0.6, 4)
  },
)

test('several of them, down to nothing, give back all that was debited', async () => {
  const { card, lower, record } = await purchased()
  for (const to of ['9999.99', '3333.33', '0.01', '0.00']) await lower(to)
  expect(await record()).toMatchObject({ closedAs: 'reversed', openAmount: kzt('0.00') })
  const started = await stack.openCard({ exchange: 'binance' })
  await expect.poll(() => card.balance(), { timeout: 20_000 }).toBe(await started.balance())
})

test('to as much as is held, or to more, there is nothing left to undo', async () => {
  const { lower, record } = await purchased()
  for (const to of ['12500.00', '99999.00'])
    expect(await lower(to)).toMatchObject({
      outcome: 'already_reversed',
      releasedAmount: kzt('0.00'),
    })
  expect(await record()).toMatchObject({ openAmount: kzt('12500.00') })
})

test('a full reversal after a partial one undoes what is left, once', async () => {
  const { card, authorizationId, lower } = await purchased()
  await lower('5000.00')
  expect(decided(await stack.bank().reverse(aReversal(authorizationId)))).toMatchObject({
    outcome: 'reversed',
    releasedAmount: kzt('5000.00'),
    heldAmount: kzt('0.00'),
  })
  expect(await lower('4000.00')).toMatchObject({ outcome: 'already_reversed' })
  const started = await stack.openCard({ exchange: 'binance' })
  await expect.poll(() => card.balance(), { timeout: 20_000 }).toBe(await started.balance())
})

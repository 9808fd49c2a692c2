import { clearingAnswer } from '@tolem/wire/clearing'
import { expect, test } from 'vitest'
import { ask } from '../support/life/calls.ts'
import { aClearing } from '../support/life-messages.ts'
import { aPurchase, aReversal } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { approved, decided, recordOf } from '../support/stack.ts'

const stack = sharedStack()
const kzt = (value: string) => ({ value, currency: 'KZT' })

async function purchased(exchange: 'bybit' | 'binance' = 'binance') {
  const card = await stack.openCard({ exchange })
  const { authorizationId } = approved(await stack.bank().authorize(aPurchase(card.token)))
  const present = async (amount: string, last?: boolean) =>
    clearingAnswer.parse(
      await ask(stack.bank(), 'clearings', {
        ...aClearing(card.token, { original: authorizationId, amount }),
        ...(last !== undefined && { last }),
      }),
    )
  return { card, authorizationId, present, record: () => recordOf(stack.bank(), authorizationId) }
}

test('of all that is held leaves nothing held and moves nothing', async () => {
  const { card, authorizationId, present, record } = await purchased()
  expect(await present('12500.00')).toMatchObject({
    clearingId: expect.stringMatching(/^clr_/),
    responseCode: '00',
    outcome: 'cleared',
    authorizationId,
    clearedAmount: kzt('12500.00'),
    fromHoldAmount: kzt('12500.00'),
    exposedAmount: kzt('0.00'),
    releasedAmount: kzt('0.00'),
  })
  expect(await record()).toMatchObject({
    closedAs: 'cleared',
    clearedAmount: kzt('12500.00'),
    openAmount: kzt('0.00'),
    clearings: [{ outcome: 'cleared', amount: kzt('12500.00'), last: true }],
  })
  expect(await card.movements()).toHaveLength(1)
})

test.for(['bybit', 'binance'] as const)(
  'of less releases the rest to the wallet at %s, at the rate that it was debited at',
  async (exchange) => {
    const { card, present, record } = await purchased(exchange)
    expect(await present('10000.00')).toMatchObject({
      outcome: 'cleared',
      releasedAmount: kzt('2500.00'),
    })
    await expect
      .poll(async () => (await card.movements()).map(({ kind }) => kind), { timeout: 20_000 })
      .toEqual(['debit', 'credit'])
    const [debit, credit] = await card.movements()
    // A fifth of the purchase: a fifth of its crypto, but for what a step is worth.
    expect(Number(credit?.amount) / Number(debit?.amount)).toBeCloseTo(0.2, 4)
    expect((await record()).movements).toContainEqual(
      expect.objectContaining({ kind: 'credit', purpose: 'release' }),
    )
  },
)

test('in several presentments is released only by the last', async () => {
  const { present, record } = await purchased()
  await present('5000.00', false)
  expect(await record()).toMatchObject({ openAmount: kzt('7500.00') })
  expect((await record()).closedAs).toBeUndefined()
  expect(await present('6000.00', true)).toMatchObject({ releasedAmount: kzt('1500.00') })
  expect(await record()).toMatchObject({ closedAs: 'cleared', clearedAmount: kzt('11000.00') })
})

test('of more is owed in full: the rest is collected from the wallet', async () => {
  const { card, present, record } = await purchased()
  expect(await present('15000.00')).toMatchObject({
    outcome: 'cleared_beyond_hold',
    fromHoldAmount: kzt('12500.00'),
    exposedAmount: kzt('2500.00'),
  })
  await expect
    .poll(async () => (await record()).exposures, { timeout: 20_000 })
    .toMatchObject([{ cause: 'clearing', state: 'closed', collectedAmount: kzt('2500.00') }])
  expect((await card.movements()).map(({ kind }) => kind)).toEqual(['debit', 'debit'])
})

test('without an authorization is posted by force, under a record of its own', async () => {
  const card = await stack.openCard({ exchange: 'binance' })
  const answer = clearingAnswer.parse(
    await ask(stack.bank(), 'clearings', aClearing(card.token, { amount: '3000.00' })),
  )
  expect(answer).toMatchObject({ outcome: 'force_posted', exposedAmount: kzt('3000.00') })
  expect(await recordOf(stack.bank(), answer.authorizationId)).toMatchObject({
    kind: 'force_post',
    state: 'approved',
    clearedAmount: kzt('3000.00'),
  })
})

test('leaves nothing for a reversal: what is cleared comes back by a refund', async () => {
  const { authorizationId, present } = await purchased()
  await present('12500.00')
  expect(decided(await stack.bank().reverse(aReversal(authorizationId)))).toMatchObject({
    outcome: 'already_cleared',
  })
})

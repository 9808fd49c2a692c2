import { expect, test } from 'vitest'
import { ask } from '../support/life/calls.ts'
import { aClearing, anIncrement } from '../support/life-messages.ts'
import { aPurchase, aReversal } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { approved, decided, recordOf } from '../support/stack.ts'

const stack = sharedStack()
const kzt = (value: string) => ({ value, currency: 'KZT' })

async function purchased() {
  const card = await stack.openCard({ exchange: 'binance' })
  const { authorizationId } = approved(await stack.bank().authorize(aPurchase(card.token)))
  const increment = (options: Parameters<typeof anIncrement>[2] = {}) =>
    ask(stack.bank(), 'increments', anIncrement(card.token, authorizationId, options))
  return { card, authorizationId, increment }
}

test('is a decision of its own, with its own quote and debit', async () => {
  const { card, authorizationId, increment } = await purchased()
  const answer = await increment()
  expect(answer).toMatchObject({
    decision: 'approved',
    responseCode: '00',
    approvedAmount: kzt('2500.00'),
    funding: [{ exchange: 'binance', asset: 'USDT' }],
  })
  expect(answer.authorizationId).not.toBe(authorizationId)
  expect(await recordOf(stack.bank(), answer.authorizationId)).toMatchObject({
    kind: 'increment',
    parentAuthorizationId: authorizationId,
    openAmount: kzt('2500.00'),
  })
  expect((await recordOf(stack.bank(), authorizationId)).increments).toMatchObject([
    { authorizationId: answer.authorizationId, state: 'approved', openAmount: kzt('2500.00') },
  ])
  expect(await card.movements()).toHaveLength(2)
})

test('of what nobody has is declined', async () => {
  const card = await stack.openCard({ exchange: 'binance' })
  const answer = await ask(
    stack.bank(),
    'increments',
    anIncrement(card.token, 'aut_01890000-0000-7000-8000-000000000000'),
  )
  expect(answer).toMatchObject({ decision: 'declined', reason: 'original_not_found' })
  expect(await card.movements()).toEqual([])
})

test('of a hold that is closed is declined', async () => {
  const { card, authorizationId, increment } = await purchased()
  decided(await stack.bank().reverse(aReversal(authorizationId)))
  expect(await increment()).toMatchObject({ decision: 'declined', reason: 'original_closed' })
  const { movements } = await recordOf(stack.bank(), authorizationId)
  expect(movements.filter(({ kind }) => kind === 'debit')).toHaveLength(1)
  expect((await card.movements()).filter(({ kind }) => kind === 'debit')).toHaveLength(1)
})

test('a reversal of the first undoes all, and one presentment clears all', async () => {
  const reversed = await purchased()
  await reversed.increment()
  expect(decided(await stack.bank().reverse(aReversal(reversed.authorizationId)))).toMatchObject({
    outcome: 'reversed',
    releasedAmount: kzt('15000.00'),
    heldAmount: kzt('0.00'),
  })
  const presented = await purchased()
  await presented.increment()
  const clearing = aClearing(presented.card.token, {
    original: presented.authorizationId,
    amount: '15000.00',
  })
  expect(await ask(stack.bank(), 'clearings', clearing)).toMatchObject({
    outcome: 'cleared',
    fromHoldAmount: kzt('15000.00'),
    exposedAmount: kzt('0.00'),
  })
})

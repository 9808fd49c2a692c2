import { adviceAnswer } from '@tolem/wire/advice'
import { expect, test } from 'vitest'
import { ask } from '../support/life/calls.ts'
import { anAdvice } from '../support/life-messages.ts'
import { aPurchase } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { approved, decided, recordOf } from '../support/stack.ts'

const stack = sharedStack()
const kzt = (value: string) => ({ value, currency: 'KZT' })

const advise = async (...parts: Parameters<typeof anAdvice>) =>
  adviceAnswer.parse(await ask(stack.bank(), 'advices', anAdvice(...parts)))

test('of an approval is always accepted, held, and debited afterwards', async () => {
  const card = await stack.openCard({ exchange: 'binance' })
  const answer = await advise(card.token)
  expect(answer).toMatchObject({ responseCode: '00', outcome: 'approved' })
  const record = () => recordOf(stack.bank(), answer.authorizationId)
  expect(await record()).toMatchObject({
    kind: 'advice',
    state: 'approved',
    openAmount: kzt('12500.00'),
    holdUntil: expect.any(String),
  })
  await expect
    .poll(async () => (await record()).exposures, { timeout: 20_000 })
    .toMatchObject([{ cause: 'advice', state: 'closed', collectedAmount: kzt('12500.00') }])
  expect((await record()).movements).toMatchObject([{ kind: 'debit', purpose: 'collection' }])
  expect(await card.movements()).toHaveLength(1)
})

test('of an approval beyond the wallet is accepted too: what cannot be debited stays owed', async () => {
  const card = await stack.openCard({ exchange: 'binance', holds: '1' })
  const { authorizationId } = await advise(card.token)
  expect(await recordOf(stack.bank(), authorizationId)).toMatchObject({
    state: 'approved',
    exposures: [{ amount: kzt('12500.00'), collectedAmount: kzt('0.00') }],
  })
  expect(await card.movements()).toEqual([])
})

test('of a decline is recorded, and moves nothing', async () => {
  const card = await stack.openCard({ exchange: 'binance' })
  const answer = await advise(card.token, { decision: 'declined' })
  expect(answer).toMatchObject({ responseCode: '00', outcome: 'declined' })
  expect(await recordOf(stack.bank(), answer.authorizationId)).toMatchObject({ state: 'declined' })
  expect(await card.movements()).toEqual([])
})

test('of what we had approved ourselves takes no second debit', async () => {
  const card = await stack.openCard({ exchange: 'binance' })
  const { authorizationId } = approved(await stack.bank().authorize(aPurchase(card.token)))
  expect(await advise(card.token, { original: authorizationId })).toMatchObject({
    outcome: 'already_approved',
    originalAuthorizationId: authorizationId,
  })
  expect(await card.movements()).toHaveLength(1)
})

test('that comes before its original makes the original declined', async () => {
  const card = await stack.openCard({ exchange: 'binance' })
  const purchase = aPurchase(card.token)
  expect(await advise(card.token, { original: purchase })).toMatchObject({ outcome: 'approved' })
  expect(decided(await stack.bank().authorize(purchase))).toMatchObject({
    decision: 'declined',
    reason: 'advised_before_authorization',
  })
})

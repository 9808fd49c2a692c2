import { expect, test } from 'vitest'
import { aPurchase, aReversal } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { approved, BANKS, decided, recordOf } from '../support/stack.ts'

const stack = sharedStack()
const STRANGERS = BANKS.filter((bank) => bank !== 'forte')

test('no bank sees another’s authorization', async () => {
  const card = await stack.openCard({ bank: 'forte' })
  const { authorizationId } = approved(await stack.bank('forte').authorize(aPurchase(card.token)))
  expect(await recordOf(stack.bank('forte'), authorizationId)).toMatchObject({ state: 'approved' })
  const nobody = 'aut_01890000-0000-7000-8000-000000000000'
  for (const stranger of STRANGERS) {
    const [theirs, none] = [
      await stack.bank(stranger).findAuthorization(authorizationId),
      await stack.bank(stranger).findAuthorization(nobody),
    ]
    expect(theirs).toMatchObject({ kind: 'problem', status: 404 })
    // Not even that it exists can be told from the answer.
    expect(theirs).toEqual(none)
  }
})

test('no bank can pay with another’s card', async () => {
  const card = await stack.openCard({ bank: 'forte' })
  for (const stranger of STRANGERS)
    expect(decided(await stack.bank(stranger).authorize(aPurchase(card.token)))).toMatchObject({
      reason: 'unknown_card',
    })
  expect(await card.movements()).toEqual([])
})

test('no bank changes another’s card: the same token is a card of its own', async () => {
  const card = await stack.openCard({ bank: 'forte' })
  for (const stranger of STRANGERS)
    expect(
      decided(await stack.bank(stranger).putCard(card.token, { ...card.body, status: 'closed' })),
    ).toMatchObject({ version: 1 })
  approved(await stack.bank('forte').authorize(aPurchase(card.token)))
})

test('no bank undoes or repeats another’s purchase', async () => {
  const card = await stack.openCard({ bank: 'forte' })
  const purchase = aPurchase(card.token)
  const { authorizationId } = approved(await stack.bank('forte').authorize(purchase))
  for (const stranger of STRANGERS) {
    const bank = stack.bank(stranger)
    expect(decided(await bank.reverse(aReversal(authorizationId)))).not.toMatchObject({
      outcome: 'reversed',
    })
    const repeated = decided(await bank.authorize(purchase))
    expect(repeated.authorizationId).not.toBe(authorizationId)
    expect(repeated.decision).toBe('declined')
  }
  const record = await recordOf(stack.bank('forte'), authorizationId)
  expect(record.reversalId).toBeUndefined()
  expect(await card.movements()).toHaveLength(1)
})

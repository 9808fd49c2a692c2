import { expect, test } from 'vitest'
import { aPurchase } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { approved, decided } from '../support/stack.ts'

const stack = sharedStack()

test('is put whole, and each change has the next version', async () => {
  const card = await stack.openCard({ put: false })
  const bank = stack.bank()
  const put = decided(await bank.putCard(card.token, { ...card.body, lastFour: '4242' }))
  expect(put).toMatchObject({ cardToken: card.token, version: 1, lastFour: '4242' })
  const limits = { dailyCount: 2, perTransaction: { value: '10.00', currency: 'KZT' } }
  const changed = decided(await bank.putCard(card.token, { ...card.body, limits }))
  expect(changed).toMatchObject({ version: 2, limits, walletLink: card.body.walletLink })
  expect(changed.lastFour).toBeUndefined()
})

test('the same card again is the same version', async () => {
  const card = await stack.openCard({ put: false })
  const first = decided(await stack.bank().putCard(card.token, card.body))
  const again = decided(await stack.bank().putCard(card.token, card.body))
  expect({ ...again, version: 0 }).toEqual({ ...first, version: 0 })
  expect(again.version - first.version).toBeLessThanOrEqual(1)
})

test('a freeze takes effect on the very next purchase, and so does its end', async () => {
  const card = await stack.openCard()
  const bank = stack.bank()
  for (let round = 0; round < 5; round += 1) {
    approved(await bank.authorize(aPurchase(card.token, { amount: '100.00' })))
    decided(await bank.putCard(card.token, { ...card.body, status: 'frozen' }))
    expect(decided(await bank.authorize(aPurchase(card.token)))).toMatchObject({
      reason: 'card_frozen',
      responseCode: '62',
    })
    decided(await bank.putCard(card.token, { ...card.body, status: 'active' }))
  }
  expect(await card.movements()).toHaveLength(5)
})

test('a freeze in the middle of a burst lets nothing through once it is answered', async () => {
  const card = await stack.openCard({ exchange: 'binance' })
  const bank = stack.bank()
  const burst = Array.from({ length: 30 }, () =>
    bank.authorize(aPurchase(card.token, { amount: '100.00' })),
  )
  decided(await bank.putCard(card.token, { ...card.body, status: 'frozen' }))
  const after = await Promise.all(
    Array.from({ length: 10 }, () => bank.authorize(aPurchase(card.token, { amount: '100.00' }))),
  )
  expect(after.map((result) => decided(result).reason)).toEqual(after.map(() => 'card_frozen'))
  const answers = (await Promise.all(burst)).map((result) => decided(result))
  const approvals = answers.filter(({ decision }) => decision === 'approved')
  expect(await card.movements()).toHaveLength(approvals.length)
})

test('a new limit counts what was spent before it', async () => {
  const card = await stack.openCard()
  const bank = stack.bank()
  approved(await bank.authorize(aPurchase(card.token, { amount: '800.00' })))
  const limits = { dailyAmount: { value: '1000.00', currency: 'KZT' } }
  decided(await bank.putCard(card.token, { ...card.body, limits }))
  expect(decided(await bank.authorize(aPurchase(card.token, { amount: '200.01' }))).reason).toBe(
    'amount_limit_exceeded',
  )
  approved(await bank.authorize(aPurchase(card.token, { amount: '200.00' })))
})

test('another wallet is debited from the next purchase on', async () => {
  const [card, other] = [await stack.openCard(), await stack.openCard({ exchange: 'binance' })]
  const bank = stack.bank()
  approved(await bank.authorize(aPurchase(card.token)))
  const { walletLink } = other.body
  decided(await bank.putCard(card.token, { ...card.body, walletLink }))
  approved(await bank.authorize(aPurchase(card.token)))
  expect(await card.movements()).toHaveLength(1)
  expect(await other.movements()).toHaveLength(1)
})

test.for<[string, object, string]>([
  ['an unknown status', { status: 'sleepy' }, '/status'],
  ['a month that does not exist', { expiresOn: '2030-13' }, '/expiresOn'],
  ['more than four digits', { lastFour: '12345' }, '/lastFour'],
  [
    'a limit that is not tenge',
    { limits: { dailyAmount: { value: '1', currency: 'USD' } } },
    '/limits/dailyAmount/currency',
  ],
  ['a limit as a number', { limits: { dailyAmount: 5 } }, '/limits/dailyAmount'],
  ['an unknown field', { colour: 'gold' }, '/colour'],
])('is refused with %s', async ([, change, pointer]) => {
  const card = await stack.openCard({ put: false })
  const reply = await stack.bank().send({
    method: 'PUT',
    path: `/v1/cards/${card.token}`,
    body: JSON.stringify({ ...card.body, ...change }),
  })
  expect(reply.status).toBe(422)
  expect(JSON.parse(reply.body)).toMatchObject({
    type: '/problems/fields_invalid',
    errors: expect.arrayContaining([expect.objectContaining({ pointer })]),
  })
  expect(decided(await stack.bank().authorize(aPurchase(card.token))).reason).toBe('unknown_card')
})

test('a token that looks like a card number is refused and not repeated', async () => {
  const card = await stack.openCard({ put: false })
  const reply = await stack.bank().send({
    method: 'PUT',
    path: '/v1/cards/4242424242424242',
    body: JSON.stringify(card.body),
  })
  expect(reply.status).toBe(422)
  expect(JSON.parse(reply.body).type).toBe('/problems/card_number_refused')
  expect(reply.body).not.toContain('424242')
})

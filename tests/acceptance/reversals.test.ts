import { expect, test } from 'vitest'
import { aPurchase, aReversal } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { approved, decided, recordOf, type TestCard } from '../support/stack.ts'

const stack = sharedStack()

/** The exchange's record of this wallet, once the credit is in it. */
async function creditedOnce(card: TestCard): Promise<void> {
  await expect
    .poll(async () => (await card.movements()).map(({ kind }) => kind), { timeout: 10_000 })
    .toEqual(['debit', 'credit'])
  const [debit, credit] = await card.movements()
  expect(credit).toMatchObject({ asset: debit?.asset, amount: debit?.amount })
}

test.for(['bybit', 'binance'] as const)(
  'a reversal credits the wallet at %s back within seconds, once',
  async (exchange) => {
    const card = await stack.openCard({ exchange })
    const { authorizationId } = approved(await stack.bank().authorize(aPurchase(card.token)))
    const answer = decided(await stack.bank().reverse(aReversal(authorizationId)))
    expect(answer).toEqual({
      reversalId: expect.stringMatching(/^rev_/),
      responseCode: '00',
      outcome: 'reversed',
      authorizationId,
      releasedAmount: { value: '12500.00', currency: 'KZT' },
      heldAmount: { value: '0.00', currency: 'KZT' },
    })
    await creditedOnce(card)
    await expect
      .poll(async () => recordOf(stack.bank(), authorizationId), { timeout: 10_000 })
      .toMatchObject({
        state: 'approved',
        reversalId: answer.reversalId,
        movements: [
          { kind: 'debit', state: 'executed' },
          { kind: 'credit', state: 'executed' },
        ],
      })
  },
)

test('finds its original by the network key as well', async () => {
  const card = await stack.openCard()
  const purchase = aPurchase(card.token)
  const { authorizationId } = approved(await stack.bank().authorize(purchase))
  expect(decided(await stack.bank().reverse(aReversal(purchase)))).toMatchObject({
    outcome: 'reversed',
    authorizationId,
  })
  await creditedOnce(card)
})

test('that comes before its original makes the original declined, without asking the exchange', async () => {
  const card = await stack.openCard()
  const purchase = aPurchase(card.token)
  expect(decided(await stack.bank().reverse(aReversal(purchase)))).toMatchObject({
    outcome: 'recorded_before_original',
    responseCode: '00',
  })
  const answer = decided(await stack.bank().authorize(purchase))
  expect(answer).toMatchObject({
    decision: 'declined',
    reason: 'reversed_before_authorization',
    responseCode: '05',
  })
  const record = await recordOf(stack.bank(), answer.authorizationId)
  expect(record.movements).toEqual([])
  expect(await card.movements()).toEqual([])
})

test('a repeat has the same bytes, and a second reversal finds it already undone', async () => {
  const card = await stack.openCard()
  const { authorizationId } = approved(await stack.bank().authorize(aPurchase(card.token)))
  const reversal = aReversal(authorizationId)
  const first = await stack.bank().reverse(reversal)
  const again = await stack.bank().reverse({ ...reversal, repeat: true })
  expect(again).toMatchObject({
    body: first.kind === 'decided' ? first.body : expect.unreachable(),
  })
  expect(decided(await stack.bank().reverse(aReversal(authorizationId)))).toMatchObject({
    outcome: 'already_reversed',
    responseCode: '00',
  })
  await creditedOnce(card)
})

test('50 concurrent copies have one answer and one credit', async () => {
  const card = await stack.openCard({ exchange: 'binance' })
  const { authorizationId } = approved(await stack.bank().authorize(aPurchase(card.token)))
  const reversal = aReversal(authorizationId)
  const results = await Promise.all(
    Array.from({ length: 50 }, () => stack.bank().reverse(reversal)),
  )
  expect(new Set(results.map((result) => JSON.stringify(decided(result)))).size).toBe(1)
  await creditedOnce(card)
})

test('50 concurrent reversals of one purchase undo it once', async () => {
  const card = await stack.openCard()
  const { authorizationId } = approved(await stack.bank().authorize(aPurchase(card.token)))
  const results = await Promise.all(
    Array.from({ length: 50 }, () => stack.bank().reverse(aReversal(authorizationId))),
  )
  const outcomes = results.map((result) => decided(result).outcome)
  expect(outcomes.filter((outcome) => outcome === 'reversed')).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome === 'already_reversed')).toHaveLength(49)
  await creditedOnce(card)
})

test('of a declined purchase there is nothing to reverse, and nothing is credited', async () => {
  const card = await stack.openCard({ holds: '1' })
  const { authorizationId } = decided(await stack.bank().authorize(aPurchase(card.token)))
  expect(decided(await stack.bank().reverse(aReversal(authorizationId)))).toMatchObject({
    outcome: 'nothing_to_reverse',
    responseCode: '00',
  })
  expect(await card.movements()).toEqual([])
})

test.for([
  [
    'an id that nobody has',
    async (): Promise<string> => 'aut_01890000-0000-7000-8000-000000000000',
  ],
  [
    'an id of another bank',
    async (): Promise<string> => {
      const card = await stack.openCard({ bank: 'rbk' })
      return approved(await stack.bank('rbk').authorize(aPurchase(card.token))).authorizationId
    },
  ],
] as const)('%s is accepted, and moves nothing', async ([, findId]) => {
  const id = await findId()
  const before = await stack.bank('rbk').findAuthorization(id)
  expect(decided(await stack.bank('halyk').reverse(aReversal(id)))).toMatchObject({
    outcome: 'nothing_to_reverse',
    responseCode: '00',
  })
  expect(await stack.bank('rbk').findAuthorization(id)).toEqual(before)
})

test('the key of another bank’s purchase is not found, and leaves that purchase alone', async () => {
  const card = await stack.openCard({ bank: 'rbk' })
  const purchase = aPurchase(card.token)
  const { authorizationId } = approved(await stack.bank('rbk').authorize(purchase))
  expect(decided(await stack.bank('halyk').reverse(aReversal(purchase)))).toMatchObject({
    outcome: 'recorded_before_original',
  })
  const record = await recordOf(stack.bank('rbk'), authorizationId)
  expect(record.reversalId).toBeUndefined()
  expect(await card.movements()).toHaveLength(1)
})

test('the same key with another original is a problem and moves nothing', async () => {
  const card = await stack.openCard()
  const [one, other] = [aPurchase(card.token), aPurchase(card.token)]
  const first = approved(await stack.bank().authorize(one))
  const second = approved(await stack.bank().authorize(other))
  const reversal = aReversal(first.authorizationId)
  decided(await stack.bank().reverse(reversal))
  const changed = { ...reversal, original: { authorizationId: second.authorizationId } }
  expect(await stack.bank().reverse(changed)).toMatchObject({
    kind: 'problem',
    status: 422,
    problem: { type: '/problems/key_reused' },
  })
  const { reversalId } = await recordOf(stack.bank(), second.authorizationId)
  expect(reversalId).toBeUndefined()
})

test('gives back what the purchase had used of the day’s limit', async () => {
  const card = await stack.openCard({
    card: { limits: { dailyAmount: { value: '12500.00', currency: 'KZT' }, dailyCount: 1 } },
  })
  const first = approved(await stack.bank().authorize(aPurchase(card.token)))
  expect(decided(await stack.bank().authorize(aPurchase(card.token))).decision).toBe('declined')
  decided(await stack.bank().reverse(aReversal(first.authorizationId)))
  approved(await stack.bank().authorize(aPurchase(card.token)))
})

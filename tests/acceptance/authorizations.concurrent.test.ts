import { expect, test } from 'vitest'
import { expectInside, watchLag } from '../support/inside.ts'
import { aPurchase, aReversal } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { BUDGET_MS, decided, sendAuthorization } from '../support/stack.ts'
import { toUnits } from '../support/units.ts'

const stack = sharedStack()

function times<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)))
}

test.for(['bybit', 'binance'] as const)(
  'gives 100 concurrent copies of one message one debit at %s and one answer',
  async (exchange) => {
    const card = await stack.openCard({ exchange })
    const purchase = aPurchase(card.token)
    const lag = watchLag()
    const replies = await times(100, (index) =>
      sendAuthorization(stack.bank(), { ...purchase, repeat: index > 0 }),
    )
    const lagMs = lag()
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(replies.map(({ body }) => body)).size).toBe(1)
    expect(replies[0]?.body).toContain('"approved"')
    for (const reply of replies) expectInside(reply, BUDGET_MS, lagMs)
    expect(await card.movements()).toHaveLength(1)
  },
)

test('of two messages that race for one key one is decided, and the other is a problem', async () => {
  const card = await stack.openCard()
  const purchase = aPurchase(card.token)
  const other = { ...purchase, transactionAmount: { value: '777.00', currency: 'KZT' } }
  const results = await times(40, (index) =>
    stack.bank().authorize(index % 2 === 0 ? purchase : other),
  )
  const answers = results.filter(({ kind }) => kind === 'decided')
  const problems = results.filter(({ kind }) => kind === 'problem')
  expect(answers).toHaveLength(20)
  expect(problems).toHaveLength(20)
  for (const problem of problems) expect(problem).toMatchObject({ status: 422 })
  expect(await card.movements()).toHaveLength(1)
})

test('a limit is never exceeded by purchases that run at the same time', async () => {
  const card = await stack.openCard({
    card: { limits: { dailyAmount: { value: '10000.00', currency: 'KZT' } } },
  })
  const results = await times(50, () =>
    stack.bank().authorize(aPurchase(card.token, { amount: '1000.00' })),
  )
  const decisions = results.map((result) => decided(result).decision)
  expect(decisions.filter((decision) => decision === 'approved')).toHaveLength(10)
  expect(await card.movements()).toHaveLength(10)
})

test('a wallet that covers three of twenty concurrent purchases pays for three', async () => {
  const card = await stack.openCard({ exchange: 'binance', holds: '85' })
  const results = await times(20, () => stack.bank().authorize(aPurchase(card.token)))
  const decisions = results.map((result) => decided(result).reason ?? 'approved')
  expect(decisions.filter((decision) => decision === 'approved')).toHaveLength(3)
  expect(decisions.filter((decision) => decision === 'insufficient_funds')).toHaveLength(17)
  expect(toUnits(await card.balance())).toBeGreaterThanOrEqual(0n)
})

test('a purchase and its reversal that race leave the wallet whole, in either order', async () => {
  const card = await stack.openCard({ exchange: 'binance' })
  await times(20, async () => {
    const purchase = aPurchase(card.token)
    const [answer, reversal] = await Promise.all([
      stack.bank().authorize(purchase),
      stack.bank().reverse(aReversal(purchase)),
    ])
    const { outcome } = decided(reversal)
    const { decision } = decided(answer)
    expect(['reversed', 'stopped', 'recorded_before_original', 'nothing_to_reverse']).toContain(
      outcome,
    )
    if (outcome !== 'reversed') expect(decision).toBe('declined')
  })
  await expect.poll(() => card.balance(), { timeout: 20_000 }).toBe('1000.00000000')
  const moved = await card.movements()
  const debits = moved.filter(({ kind }) => kind === 'debit').length
  expect(moved.filter(({ kind }) => kind === 'credit')).toHaveLength(debits)
})

import { adviceAnswer } from '@tolem/wire/advice'
import { clearingAnswer } from '@tolem/wire/clearing'
import { reversalAnswer } from '@tolem/wire/reversal'
import { afterAll, expect, test } from 'vitest'
import { openDatabase } from '../support/database.ts'
import { ask } from '../support/life/calls.ts'
import { letCollect } from '../support/life/standing.ts'
import { aClearing, anAdvice, aRefund, aReversalOf } from '../support/life-messages.ts'
import { aPurchase } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { approved, recordOf, type TestCard } from '../support/stack.ts'
import { toUnits } from '../support/units.ts'

const stack = sharedStack()
const database = openDatabase(stack.databaseUrl)
afterAll(() => database.close())

const kzt = (value: string) => ({ value, currency: 'KZT' })
const PATIENCE = { timeout: 30_000, interval: 100 }
const NOTHING = expect.objectContaining(kzt('0.00'))

/** What one authorization left on the ledger's accounts, in tiyn. */
const OWED = `
  SELECT split_part(account, '/', 1) AS account, sum(amount) AS net
  FROM (
    SELECT credit_account AS account, amount FROM ledger_posting WHERE authorization_id = $1
    UNION ALL
    SELECT debit_account, -amount FROM ledger_posting WHERE authorization_id = $1
  ) AS entry
  GROUP BY 1 HAVING sum(amount) <> 0 ORDER BY 1`

const record = (id: string) => recordOf(stack.bank(), id)
const exposuresOf = async (id: string) => (await record(id)).exposures

/** Waits until the only exposure of a record stands so, and gives it. */
async function exposed(id: string, standing: object) {
  const look = async () => (await exposuresOf(id)).filter((one) => one.state !== 'collecting')
  await expect.poll(look, PATIENCE).toMatchObject([standing])
  const [exposure] = await exposuresOf(id)
  return exposure ?? expect.unreachable()
}

/** Waits until the exchange has refused one more debit than before. */
async function refused(id: string, times: number) {
  const look = async () => (await record(id)).movements.filter(({ state }) => state === 'refused')
  await expect.poll(look, PATIENCE).toHaveLength(times)
}

/** The wallet gets money; what settlement would notice minutes later, it notices now. */
async function topUp(card: TestCard, coins: string) {
  await card.fill(coins)
  await letCollect(database, card)
}

async function advised(card: TestCard) {
  const answer = await ask(stack.bank(), 'advices', anAdvice(card.token))
  return adviceAnswer.parse(answer).authorizationId
}

async function cleared(...parts: Parameters<typeof aClearing>) {
  return clearingAnswer.parse(await ask(stack.bank(), 'clearings', aClearing(...parts)))
}

/** What the exchange took and did not give back, in 10^-18. */
async function takenFrom(card: TestCard): Promise<bigint> {
  const units = (await card.movements()).map(({ kind, amount }) =>
    kind === 'debit' ? toUnits(amount) : -toUnits(amount),
  )
  return units.reduce((sum, amount) => sum + amount, 0n)
}

test('an approval by advice on an empty wallet is collected as money comes, and given back when reversed', async () => {
  const card = await stack.openCard({ exchange: 'binance', holds: '0' })
  const id = await advised(card)
  expect(await exposuresOf(id)).toMatchObject([{ cause: 'advice', amount: kzt('12500.00') }])
  await refused(id, 1)
  await exposed(id, { state: 'open', collectedAmount: NOTHING, cancelledAmount: NOTHING })
  expect(await card.movements()).toEqual([])

  await topUp(card, '10')
  const isPart = expect.objectContaining({ value: expect.not.stringMatching(/^0\.00$/) })
  const part = await exposed(id, { state: 'open', collectedAmount: isPart })
  expect(Number(part.collectedAmount.value)).toBeLessThan(12_500)
  expect((await record(id)).openAmount).toEqual(kzt('12500.00'))
  expect(await card.movements()).toHaveLength(1)

  await topUp(card, '1000')
  await exposed(id, { state: 'closed', collectedAmount: kzt('12500.00') })
  expect(await card.movements()).toHaveLength(2)

  const reversal = await ask(stack.bank(), 'reversals', aReversalOf(id))
  expect(reversalAnswer.parse(reversal)).toMatchObject({
    outcome: 'reversed',
    releasedAmount: kzt('12500.00'),
  })
  await expect.poll(() => takenFrom(card), PATIENCE).toBe(0n)
  expect(await record(id)).toMatchObject({ closedAs: 'reversed', openAmount: kzt('0.00') })
})

test('an approval by advice that is reversed before anything was collected is not owed any more', async () => {
  const card = await stack.openCard({ exchange: 'bybit', holds: '0' })
  const id = await advised(card)
  await refused(id, 1)
  await ask(stack.bank(), 'reversals', aReversalOf(id))
  await exposed(id, { state: 'closed', collectedAmount: NOTHING, cancelledAmount: kzt('12500.00') })
  await topUp(card, '1000')
  expect(await card.movements()).toEqual([])
})

test('what is refunded before anything was collected is owed no more, and a reversal gives back nothing', async () => {
  const card = await stack.openCard({ exchange: 'binance', holds: '0' })
  const id = await advised(card)
  await refused(id, 1)
  const refund = await ask(
    stack.bank(),
    'refunds',
    aRefund(card.token, { original: id, amount: '5000.00' }),
  )
  expect(refund).toMatchObject({ decision: 'approved', credits: [] })
  await exposed(id, { state: 'open', cancelledAmount: kzt('5000.00') })
  const reversal = await ask(stack.bank(), 'reversals', aReversalOf(id))
  expect(reversal).toMatchObject({ outcome: 'reversed', releasedAmount: kzt('12500.00') })
  await exposed(id, { state: 'closed', collectedAmount: NOTHING, cancelledAmount: kzt('12500.00') })
  expect(await card.movements()).toEqual([])
  const owed = await database.rows<{ account: string; net: string }>(OWED, [id.slice(4)])
  expect(owed).toEqual([
    { account: 'owed_to_bank', net: '-500000' },
    { account: 'refund_surplus', net: '500000' },
  ])
})

test.for(['bybit', 'binance'] as const)(
  'what is cleared above the hold is collected from the wallet at %s',
  async (exchange) => {
    const card = await stack.openCard({ exchange })
    const { authorizationId: id } = approved(await stack.bank().authorize(aPurchase(card.token)))
    expect(await cleared(card.token, { original: id, amount: '15000.00' })).toMatchObject({
      outcome: 'cleared_beyond_hold',
      fromHoldAmount: kzt('12500.00'),
      exposedAmount: kzt('2500.00'),
    })
    await exposed(id, { cause: 'clearing', state: 'closed', collectedAmount: kzt('2500.00') })
    const movements = (await record(id)).movements.map(({ purpose, state }) => [purpose, state])
    expect(movements).toEqual([
      ['authorization', 'executed'],
      ['collection', 'executed'],
    ])
    const [first, second] = await card.movements()
    expect(Number(second?.amount) / Number(first?.amount)).toBeCloseTo(0.2, 1)
  },
)

test('a clearing above the hold of a wallet that is spent waits for its next money', async () => {
  const card = await stack.openCard({ exchange: 'bybit' })
  const { authorizationId: id } = approved(await stack.bank().authorize(aPurchase(card.token)))
  await card.fill('0')
  await cleared(card.token, { original: id, amount: '15000.00' })
  await refused(id, 1)
  expect(await card.movements()).toHaveLength(1)
  await topUp(card, '1000')
  await exposed(id, { state: 'closed', collectedAmount: kzt('2500.00') })
  expect(await card.movements()).toHaveLength(2)
})

test.for(['bybit', 'binance'] as const)(
  'a force post is collected from the wallet at %s',
  async (exchange) => {
    const card = await stack.openCard({ exchange })
    const { outcome, authorizationId: id } = await cleared(card.token)
    expect(outcome).toBe('force_posted')
    await exposed(id, { cause: 'force_post', state: 'closed', collectedAmount: kzt('12500.00') })
    expect(await record(id)).toMatchObject({ kind: 'force_post', clearedAmount: kzt('12500.00') })
    expect(await card.movements()).toMatchObject([{ kind: 'debit' }])
  },
)

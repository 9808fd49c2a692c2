import { expect, test, vi } from 'vitest'
import { expectInside, watchLag } from '../support/inside.ts'
import { ask } from '../support/life/calls.ts'
import { aClearing, anIncrement, aPartialReversal, aRefund } from '../support/life-messages.ts'
import { aPurchase, aReversal } from '../support/messages.ts'
import { inUnits, openPurse, type Purse } from '../support/purse.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { answerIn, BUDGET_MS, decide, recordOf, sendAuthorization } from '../support/stack.ts'
import { toUnits } from '../support/units.ts'

const stack = sharedStack()
const bank = stack.bank()
const kzt = (value: string) => ({ value, currency: 'KZT' })

/** Some 4,700 tenge, as much again, and some 35,000. */
const THREE = { USDT: '10', USDC: '10', BTC: '0.001' } as const

/** The longest that an exchange's "not found" takes to be final, and a margin. */
const SETTLES_WITHIN_MS = 40_000

type Record = Awaited<ReturnType<typeof recordOf>>

/** Waits until nothing of an authorization is under way. */
async function settled(id: string): Promise<Record> {
  return vi.waitFor(
    async () => {
      const record = await recordOf(bank, id)
      const open = record.movements.filter(({ state }) => /intended|in_doubt/.test(state))
      expect(open).toEqual([])
      return record
    },
    { timeout: SETTLES_WITHIN_MS, interval: 100 },
  )
}

/** `debit USDT executed`, … in the order of the record. */
function told({ movements }: Pick<Record, 'movements'>): readonly string[] {
  return movements.map(({ kind, asset, state }) => `${kind} ${asset} ${state}`)
}

/** What funding[] says is what the exchange moved, and the parts are the approved amount. */
async function expectFunded(purse: Purse, body: string, assets: readonly string[]): Promise<void> {
  const answer = answerIn({ status: 200, body } as never)
  expect(answer).toMatchObject({ decision: 'approved', responseCode: '00' })
  const funding = answer.funding ?? []
  expect(funding.map(({ asset }) => asset)).toEqual(assets)
  const parts = funding.map(({ billingAmount }) => toUnits(billingAmount.value))
  expect(parts.reduce((sum, part) => sum + part)).toBe(toUnits(answer.approvedAmount?.value ?? ''))
  expect(new Set(funding.map(({ quote }) => quote.id)).size).toBe(assets.length)
  const { movements } = await recordOf(bank, answer.authorizationId)
  const executed = movements.filter(({ state }) => state === 'executed')
  const moved = (await purse.movements()).map(({ reference, asset, amount }) => [
    reference,
    asset,
    toUnits(amount),
  ])
  const ours = executed.map(({ reference, asset, amount }) => [reference, asset, toUnits(amount)])
  expect(moved).toEqual(expect.arrayContaining(ours))
  expect(funding.map(({ amount }) => toUnits(amount))).toEqual(ours.map(([, , amount]) => amount))
}

test('a purchase that the first asset cannot pay is funded by three, in the cardholder’s order', async () => {
  const purse = await openPurse(stack, THREE)
  const lag = watchLag()
  const reply = await sendAuthorization(bank, aPurchase(purse.card.token))
  const lagMs = lag()
  await expectFunded(purse, reply.body, ['USDT', 'USDC', 'BTC'])
  expectInside(reply, BUDGET_MS, lagMs)
  const { authorizationId } = answerIn(reply)
  const record = await recordOf(bank, authorizationId)
  // Nothing was known of the wallet: its first asset was asked for all of it, which left nothing to take back.
  expect(told(record)).toEqual([
    'debit USDT refused',
    'debit USDT executed',
    'debit USDC executed',
    'debit BTC executed',
  ])
  expect(record).toMatchObject({
    answer: answerIn(reply),
    billingAmount: kzt('12500.00'),
    approvedAmount: kzt('12500.00'),
    openAmount: kzt('12500.00'),
  })
})

test('what is known of a wallet divides its purchase at once, and repeats get the same bytes', async () => {
  const purse = await openPurse(stack, THREE)
  await purse.becomeKnown()
  const body = aPurchase(purse.card.token)
  const reply = await sendAuthorization(bank, body)
  await expectFunded(purse, reply.body, ['USDT', 'USDC', 'BTC'])
  const record = await recordOf(bank, answerIn(reply).authorizationId)
  expect(told(record)).toEqual(['USDT', 'USDC', 'BTC'].map((asset) => `debit ${asset} executed`))
  for (let count = 0; count < 3; count += 1) {
    const repeat = await sendAuthorization(bank, { ...body, repeat: true })
    expect([repeat.status, repeat.body]).toEqual([reply.status, reply.body])
  }
  expect(await purse.movements()).toHaveLength(3)
  // What was taken is known not to be there any more.
  const next = await sendAuthorization(bank, aPurchase(purse.card.token, { amount: '5000.00' }))
  await expectFunded(purse, next.body, ['BTC'])
  expect(told(await recordOf(bank, answerIn(next).authorizationId))).toEqual(['debit BTC executed'])
})

test('with the third refused it is declined, and the first two are whole again', async () => {
  const purse = await openPurse(stack, THREE)
  await purse.becomeKnown()
  await purse.refill({ ...THREE, BTC: '0' })
  const body = aPurchase(purse.card.token)
  const reply = await sendAuthorization(bank, body)
  expect(answerIn(reply)).toMatchObject({
    decision: 'declined',
    reason: 'insufficient_funds',
    responseCode: '51',
  })
  expect(answerIn(reply)).not.toHaveProperty('funding')
  const record = await settled(answerIn(reply).authorizationId)
  expect(told(record).toSorted()).toEqual([
    'credit USDC executed',
    'credit USDT executed',
    'debit BTC refused',
    'debit USDC executed',
    'debit USDT executed',
  ])
  expect(await purse.holds()).toEqual(inUnits({ ...THREE, BTC: '0' }))
  expect((await sendAuthorization(bank, { ...body, repeat: true })).body).toBe(reply.body)
  expect(await purse.movements()).toHaveLength(4)
})

test.concurrent.for([
  ['insufficient', 'insufficient_funds'],
  ['timeout_after', 'exchange_in_doubt'],
  ['timeout_before', 'exchange_in_doubt'],
  ['error_5xx_after', 'exchange_in_doubt'],
  ['reset_before', 'exchange_in_doubt'],
] as const)('when one part meets %s, all parts go back', async ([kind, reason]) => {
  const purse = await openPurse(stack, THREE)
  await purse.becomeKnown()
  const { wallet } = purse.card
  const fault = { exchange: 'binance', operation: 'debit', wallet, kind, times: 1 } as const
  await stack.sandbox.layFault(fault)
  const body = aPurchase(purse.card.token)
  const lag = watchLag()
  const { reply, answer } = await decide(bank, body)
  expectInside(reply, BUDGET_MS, lag())
  expect(answer).toMatchObject({ decision: 'declined', reason })
  const record = await settled(answer.authorizationId)
  const debits = record.movements.filter((one) => one.kind === 'debit')
  const states = debits.map(({ state }) => state).toSorted()
  const isExecuted = kind.endsWith('_after')
  expect(states).toEqual(['executed', 'executed', isExecuted ? 'executed' : 'refused'])
  expect(await purse.holds()).toEqual(inUnits(THREE))
  expect((await sendAuthorization(bank, { ...body, repeat: true })).body).toBe(
    JSON.stringify(record.answer),
  )
})

test('thirty purchases at once never overdraw a wallet, and each approval is paid in full', async () => {
  const coins = { USDT: '60', USDC: '50', BTC: '0.0015' }
  const purse = await openPurse(stack, coins)
  await purse.becomeKnown()
  const sent = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      decide(bank, aPurchase(purse.card.token, { amount: `${3_000 + index * 111}.00` })),
    ),
  )
  const records = await Promise.all(sent.map(({ answer }) => settled(answer.authorizationId)))
  const kept: { [asset: string]: bigint } = {}
  const count = (asset: string, units: bigint) => {
    kept[asset] = (kept[asset] ?? 0n) + units
  }
  for (const { movements, answer } of records) {
    for (const { kind, asset, amount, state } of movements)
      if (state === 'executed') count(asset, kind === 'debit' ? toUnits(amount) : -toUnits(amount))
    const paid = movements.filter(({ kind, state }) => kind === 'debit' && state === 'executed')
    const funding = answer?.funding ?? []
    if (answer?.decision === 'approved')
      expect(paid.map(({ asset, amount }) => [asset, toUnits(amount)])).toEqual(
        funding.map(({ asset, amount }) => [asset, toUnits(amount)]),
      )
  }
  const left = await purse.holds()
  for (const [asset, units] of Object.entries(inUnits(coins))) {
    expect(left[asset]).toBe(units - (kept[asset] ?? 0n))
    expect(left[asset]).toBeGreaterThanOrEqual(0n)
  }
  expect(records.filter(({ state }) => state === 'approved').length).toBeGreaterThan(5)
})

test('a partial approval takes what all assets afford together', async () => {
  const purse = await openPurse(stack, { USDT: '10', USDC: '10' })
  const body = aPurchase(purse.card.token, { partialApprovalSupported: true })
  const answer = answerIn(await sendAuthorization(bank, body))
  expect(answer).toMatchObject({ decision: 'partially_approved', responseCode: '10' })
  expect(answer.funding?.map(({ asset }) => asset)).toEqual(['USDT', 'USDC'])
  const left = Object.values(await purse.holds())
  expect(left).toHaveLength(2)
  // A tiyn more of either would have been too much.
  for (const units of left) expect(units).toBeLessThan(toUnits('0.0001'))
})

test('a wallet at an exchange that tells no balances is asked asset after asset', async () => {
  const coins = { USDT: '1', USDC: '1', BTC: '0.01' }
  const purse = await openPurse(stack, coins, { exchange: 'bybit' })
  const reply = await sendAuthorization(bank, aPurchase(purse.card.token))
  await expectFunded(purse, reply.body, ['BTC'])
  expect(told(await recordOf(bank, answerIn(reply).authorizationId))).toEqual([
    'debit USDT refused',
    'debit USDC refused',
    'debit BTC executed',
  ])
})

/** A hold of 12,500 tenge that three assets pay for. */
async function held(): Promise<{ readonly purse: Purse; readonly id: string }> {
  const purse = await openPurse(stack, THREE)
  const { authorizationId } = answerIn(await sendAuthorization(bank, aPurchase(purse.card.token)))
  return { purse, id: authorizationId }
}

test('a reversal gives all assets back, in parts or whole', async () => {
  const { purse, id } = await held()
  for (const to of ['9999.99', '4000.01', '0.01'])
    expect(await ask(bank, 'reversals', aPartialReversal(id, to))).toMatchObject({
      outcome: 'partially_reversed',
    })
  expect(await ask(bank, 'reversals', aReversal(id))).toMatchObject({ outcome: 'reversed' })
  expect(await settled(id)).toMatchObject({ closedAs: 'reversed', openAmount: kzt('0.00') })
  expect(await purse.holds()).toEqual(inUnits(THREE))
})

test('a partial reversal takes from the last asset first, at the rate at which it was taken', async () => {
  const { purse, id } = await held()
  const { answer } = await recordOf(bank, id)
  const last = answer?.funding?.at(-1)
  const rest = toUnits('12500.00') - toUnits(last?.billingAmount.value ?? '')
  const to = `${rest / 10n ** 18n}.${String((rest / 10n ** 16n) % 100n).padStart(2, '0')}`
  await ask(bank, 'reversals', aPartialReversal(id, to))
  await settled(id)
  const { USDT, USDC, BTC } = await purse.holds()
  expect(BTC).toBe(toUnits(THREE.BTC))
  expect([USDT, USDC].every((units) => (units ?? 1n) < toUnits('0.0001'))).toBe(true)
})

test('an increment, a presentment and a refund work on a hold of several debits', async () => {
  const { purse, id } = await held()
  const { token } = purse.card
  const raised = await ask(bank, 'increments', anIncrement(token, id))
  expect(raised).toMatchObject({ decision: 'approved', funding: [{ asset: 'BTC' }] })
  const cleared = aClearing(token, { original: id, amount: '14000.00', last: true })
  expect(await ask(bank, 'clearings', cleared)).toMatchObject({
    outcome: 'cleared',
    releasedAmount: kzt('1000.00'),
  })
  await settled(raised.authorizationId)
  const back = await ask(bank, 'refunds', aRefund(token, { original: id, amount: '12500.00' }))
  expect(back).toMatchObject({ decision: 'approved' })
  const record = await settled(id)
  expect(
    told(record)
      .filter((text) => text.startsWith('credit'))
      .toSorted(),
  ).toEqual(['credit BTC executed', 'credit USDC executed', 'credit USDT executed'])
  expect(record).toMatchObject({ refundedAmount: kzt('12500.00'), clearedAmount: kzt('12500.00') })
})

import { aNewAuthorization } from '@tolem/testing/builders'
import { aNewClearing, aNewReversal } from '@tolem/testing/follow-ups'
import { expect, onTestFinished, test } from 'vitest'
import { BREACHES } from './testing/opened-records.ts'
import {
  amountsOf,
  answerOf,
  approved,
  BILLING,
  byId,
  byKey,
  creditsOf,
  incremented,
  makeDue,
  openWithCard,
  tenge,
  usageOf,
} from './testing/scenes.ts'

test('a partial reversal releases the difference at the rate that was paid, and keeps the rest held', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const reversal = aNewReversal({ original: byKey(item), replacement: tenge(1_000_000n) })
  expect(answerOf(await opened.holds.reverse(reversal))).toMatchObject({
    outcome: 'partially_reversed',
    authorizationId: item.id,
    released: '250000',
    held: '1000000',
  })
  const { reference, amount } = item.plan.debits[0].order
  const share = ((amount * 250_000n) / BILLING / 100n) * 100n
  expect(await creditsOf(opened)).toEqual([
    {
      purpose: 'release',
      amount: String(share),
      debit_reference: reference,
      reference: `tmc01${reference.slice(5)}`,
    },
  ])
  expect(await amountsOf(opened, item.id)).toMatchObject({ released: '250000', is_held: true })
  expect(await usageOf(opened)).toEqual({ day_amount: '1000000', day_count: 1 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('partial reversals in any order leave the lowest amount, and a full one all of the crypto', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const outcomes: unknown[] = []
  for (const replacement of [
    tenge(700_000n),
    tenge(900_000n),
    tenge(333_333n),
    undefined,
    undefined,
  ])
    outcomes.push(
      answerOf(await opened.holds.reverse(aNewReversal({ original: byId(item.id), replacement })))[
        'outcome'
      ],
    )
  expect(outcomes).toEqual([
    'partially_reversed',
    'already_reversed',
    'partially_reversed',
    'reversed',
    'already_reversed',
  ])
  const credits = await creditsOf(opened)
  expect(credits).toHaveLength(3)
  expect(credits.reduce((sum, { amount }) => sum + BigInt(amount), 0n)).toBe(
    item.plan.debits[0].order.amount,
  )
  expect(await amountsOf(opened, item.id)).toMatchObject({ closed: 'reversed', is_held: false })
  expect(await usageOf(opened)).toEqual({ day_amount: '0', day_count: 0 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('reversing a first authorization reverses its increments with it', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const increment = await incremented(opened, item)
  const answer = answerOf(await opened.holds.reverse(aNewReversal({ original: byKey(item) })))
  expect(answer).toMatchObject({ outcome: 'reversed', released: '2500000', held: '0' })
  for (const { id } of [item, increment])
    expect(await amountsOf(opened, id)).toMatchObject({ released: '1250000', closed: 'reversed' })
  expect(await creditsOf(opened)).toHaveLength(2)
  expect(await usageOf(opened)).toEqual({ day_amount: '0', day_count: 0 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a reversal that names an increment touches that part alone', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const increment = await incremented(opened, item)
  const original = byKey(increment, 'increment')
  expect(answerOf(await opened.holds.reverse(aNewReversal({ original })))).toMatchObject({
    outcome: 'reversed',
    authorizationId: increment.id,
    released: '1250000',
  })
  expect(await amountsOf(opened, item.id)).toMatchObject({ released: '0', is_held: true })
  expect(await amountsOf(opened, increment.id)).toMatchObject({ closed: 'reversed' })
  expect(await usageOf(opened)).toEqual({ day_amount: '1250000', day_count: 1 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a partial reversal of a first authorization takes from the last increment first', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const increment = await incremented(opened, item)
  const replacement = tenge(1_000_000n)
  await opened.holds.reverse(aNewReversal({ original: byId(item.id), replacement }))
  expect(await amountsOf(opened, increment.id)).toMatchObject({ released: '1250000' })
  expect(await amountsOf(opened, item.id)).toMatchObject({ released: '250000' })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('what was cleared is not reversed, and what was not cleared is', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const original = byId(item.id)
  await opened.holds.clear(aNewClearing({ original, amount: tenge(500_000n), isLast: false }))
  expect(answerOf(await opened.holds.reverse(aNewReversal({ original })))).toMatchObject({
    outcome: 'reversed',
    released: '750000',
    held: '0',
  })
  expect(await usageOf(opened)).toEqual({ day_amount: '500000', day_count: 1 })
  const whole = await approved(opened)
  await opened.holds.clear(aNewClearing({ original: byId(whole.id) }))
  expect(
    answerOf(await opened.holds.reverse(aNewReversal({ original: byId(whole.id) }))),
  ).toMatchObject({ outcome: 'already_cleared', released: '0' })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an early expiry by the bank closes the hold as expired and keeps the count', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const reversal = aNewReversal({ original: byId(item.id), reason: 'authorization_expired' })
  expect(answerOf(await opened.holds.reverse(reversal))).toMatchObject({ outcome: 'reversed' })
  expect(await amountsOf(opened, item.id)).toMatchObject({ closed: 'expired', is_held: false })
  expect(await opened.records.find(item.request.bank, item.id)).toMatchObject({
    events: [{ kind: 'approved' }, { kind: 'expired' }],
  })
  expect(await usageOf(opened)).toEqual({ day_amount: '0', day_count: 1 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a final authorization is reversed out of what is owed to the bank', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened, { request: { isFinal: true } })
  expect(await opened.ask(BREACHES)).toEqual([])
  const answer = answerOf(await opened.holds.reverse(aNewReversal({ original: byId(item.id) })))
  expect(answer).toMatchObject({ outcome: 'reversed', released: '1250000' })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a partial reversal of an authorization that is being decided stops it whole', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = aNewAuthorization()
  await opened.records.accept(item)
  const reversal = aNewReversal({ original: byKey(item), replacement: tenge(1n) })
  expect(answerOf(await opened.holds.reverse(reversal))['outcome']).toBe('stopped')
  expect(await amountsOf(opened, item.id)).toMatchObject({
    overtaken: 'reversed_before_authorization',
  })
})

test('a hold whose time is over expires once, and has nothing to reverse', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const increment = await incremented(opened, item)
  const { bank } = item.request
  expect(await opened.holds.expire(bank, item.id)).toBe('not_due')
  await makeDue(opened, item.id)
  const both = [opened.holds, opened.otherHolds].map((through) => through.expire(bank, item.id))
  expect((await Promise.all(both)).toSorted()).toEqual(['expired', 'not_due'])
  for (const { id } of [item, increment])
    expect(await amountsOf(opened, id)).toMatchObject({ closed: 'expired', released: '1250000' })
  expect(
    answerOf(await opened.holds.reverse(aNewReversal({ original: byId(item.id) }))),
  ).toMatchObject({ outcome: 'nothing_to_reverse' })
  expect(await usageOf(opened)).toEqual({ day_amount: '0', day_count: 1 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

import type { AuthorizationId } from '@tolem/domain/ids'
import { aNetworkKey, aNewAuthorization } from '@tolem/testing/builders'
import { aNewAdvice, aNewClearing, aNewRefund, aNewReversal } from '@tolem/testing/follow-ups'
import { expect, onTestFinished, test } from 'vitest'
import { BREACHES, refusal } from './testing/opened-records.ts'
import {
  amountsOf,
  answerOf,
  approved,
  byId,
  byKey,
  creditsOf,
  exposuresOf,
  incremented,
  openWithCard,
  tenge,
  usageOf,
} from './testing/scenes.ts'

async function openCleared() {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  await opened.holds.clear(aNewClearing({ original: byId(item.id) }))
  return { opened, item }
}

test('a matched refund credits at the rate that was paid, keeps the fee, and leaves the limits alone', async () => {
  const { opened, item } = await openCleared()
  const refund = aNewRefund({ original: byKey(item), amount: tenge(500_000n) })
  const { amount } = item.plan.debits[0].order
  const { billing, fee } = item.plan.debits[0].quote
  const crypto = ((amount * 500_000n) / ((billing + fee) * 100n)) * 100n
  expect(answerOf(await opened.holds.refund(refund))).toMatchObject({
    kind: 'approved',
    authorizationId: item.id,
    credits: [{ amount: String(crypto), rate: '471.829', rateOf: 'original' }],
  })
  expect(await creditsOf(opened)).toMatchObject([{ purpose: 'refund', amount: String(crypto) }])
  expect(await amountsOf(opened, item.id)).toMatchObject({ refunded: '500000', released: '0' })
  expect(await usageOf(opened)).toEqual({ day_amount: '1250000', day_count: 1 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('only a refund at the rate that was paid counts as refunded of the debits that it credits', async () => {
  const { opened, item } = await openCleared()
  const original = byId(item.id)
  await opened.holds.refund(aNewRefund({ original, amount: tenge(200_000n) }))
  await opened.holds.refund(aNewRefund({ original, amount: tenge(30_000n) }))
  await opened.holds.refund(aNewRefund({ original, amount: tenge(100_000n) }, 'present'))
  await opened.holds.refund(aNewRefund({ amount: tenge(100_000n) }))
  expect(await creditsOf(opened)).toHaveLength(4)
  expect(await opened.ask(`SELECT refunded, released FROM movement WHERE kind = 'debit'`)).toEqual([
    { refunded: '230000', released: '0' },
  ])
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a service that does not count refunds yet credits all the same', async () => {
  const { opened, item } = await openCleared()
  const [debit] = await opened.ask<{ reference: string }>('SELECT reference FROM movement')
  const former = 'SELECT movement_credit($1, $2, $3, $4, $5, $6, $7) AS credits'
  const credit = ['tmc01', item.id.slice(4), 'refund', null].map((value) => [value])
  expect(await opened.ask(former, [[debit?.reference], [1n], [0n], ...credit])).toEqual([
    { credits: '1' },
  ])
  expect(await opened.ask('SELECT credited, refunded FROM movement ORDER BY kind DESC')).toEqual([
    { credited: '1', refunded: '0' },
    { credited: '0', refunded: '0' },
  ])
})

test('refunds of one purchase never come to more than it was', async () => {
  const { opened, item } = await openCleared()
  const refunds = Array.from({ length: 4 }, () =>
    aNewRefund({ original: byId(item.id), amount: tenge(500_000n) }),
  )
  const answers = await Promise.all(
    refunds.map((refund, n) => (n % 2 === 0 ? opened.holds : opened.otherHolds).refund(refund)),
  )
  const reasons = answers.map((one) => JSON.stringify(answerOf(one)['reason'] ?? 'approved'))
  expect(reasons.toSorted()).toEqual([
    '"approved"',
    '"approved"',
    '"refund_exceeds_original"',
    '"refund_exceeds_original"',
  ])
  expect(await opened.ask('SELECT FROM refund')).toHaveLength(4)
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a refund takes the last increment last, and one that names an increment only that', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const increment = await incremented(opened, item)
  await opened.holds.clear(aNewClearing({ original: byId(item.id), amount: tenge(2_500_000n) }))
  await opened.holds.refund(aNewRefund({ original: byId(item.id), amount: tenge(1_500_000n) }))
  expect(await amountsOf(opened, item.id)).toMatchObject({ refunded: '1250000' })
  expect(await amountsOf(opened, increment.id)).toMatchObject({ refunded: '250000' })
  const ofIncrement = (amount: bigint) =>
    aNewRefund({ original: byKey(increment, 'increment'), amount: tenge(amount) })
  const more = await opened.holds.refund(ofIncrement(1_000_001n))
  expect(answerOf(more)['reason']).toBe('refund_exceeds_original')
  await opened.holds.refund(ofIncrement(1_000_000n))
  expect(await amountsOf(opened, increment.id)).toMatchObject({ refunded: '1250000' })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an original that was declined, or is still being decided, is not refunded', async () => {
  const opened = await openWithCard(onTestFinished)
  const [declined, running] = [aNewAuthorization(), aNewAuthorization()]
  await opened.records.accept(declined)
  await opened.records.conclude(refusal(declined))
  await opened.records.accept(running)
  for (const { id } of [declined, running])
    expect(answerOf(await opened.holds.refund(aNewRefund({ original: byId(id) })))).toMatchObject({
      kind: 'declined',
      reason: 'original_closed',
    })
  expect(await creditsOf(opened)).toEqual([])
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a refund at the present rate is worth the present rate, and may use other debits of the card', async () => {
  const { opened, item } = await openCleared()
  const other = await approved(opened)
  await opened.holds.clear(aNewClearing({ original: byId(other.id) }))
  const refund = aNewRefund({ original: byId(item.id) }, 'present')
  // 12,500 tenge at 400 for one USDT: more than this purchase took, and less than both.
  const dear = { ...refund, presentRate: () => '400' as never }
  expect(answerOf(await opened.holds.refund(dear))).toMatchObject({ kind: 'approved' })
  const credits = await creditsOf(opened)
  expect(credits).toHaveLength(2)
  expect(credits.reduce((sum, { amount }) => sum + BigInt(amount), 0n)).toBe(3_125_000_000n)
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an unmatched refund is credited at the present rate under a record of its own', async () => {
  const { opened } = await openCleared()
  const refund = aNewRefund({ amount: tenge(480_000n) })
  const answer = answerOf(await opened.holds.refund(refund))
  expect(answer).toMatchObject({
    kind: 'approved',
    credits: [{ amount: '1000000000', rate: '480', rateOf: 'present' }],
  })
  expect(answer['authorizationId']).toBeUndefined()
  const id = refund.id.replace('rfd_', 'aut_') as AuthorizationId
  expect(await amountsOf(opened, id)).toMatchObject({ state: 'approved', refunded: '480000' })
  expect(await creditsOf(opened)).toMatchObject([
    { purpose: 'refund', reference: expect.stringMatching(/^tmc01/) },
  ])
  expect(await opened.ask(BREACHES)).toEqual([])
})

test.each([
  ['no debit of the card has enough left', 4_000_000_000n, '480', 'original_not_found'],
  ['there is no safe rate', 100n, undefined, 'rate_unavailable'],
])('an unmatched refund is declined when %s', async (_why, amount, rate, reason) => {
  const { opened } = await openCleared()
  const refund = { ...aNewRefund({ amount: tenge(amount) }), presentRate: () => rate as never }
  expect(answerOf(await opened.holds.refund(refund))).toMatchObject({ kind: 'declined', reason })
  expect(await creditsOf(opened)).toEqual([])
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a refund of a card that never paid is declined', async () => {
  const opened = await openWithCard(onTestFinished)
  const unknown = aNewRefund({ original: byKey(aNewAuthorization()) })
  expect(answerOf(await opened.holds.refund(unknown))).toMatchObject({
    reason: 'original_not_found',
  })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a refund of what was never debited cancels what is owed', async () => {
  const opened = await openWithCard(onTestFinished)
  const advice = aNewAdvice()
  await opened.holds.advise(advice)
  await opened.holds.clear(aNewClearing({ original: byId(advice.id) }))
  const refund = aNewRefund({ original: byId(advice.id), amount: tenge(1_000_000n) })
  expect(answerOf(await opened.holds.refund(refund))).toMatchObject({ credits: [] })
  expect(await exposuresOf(opened)).toMatchObject([{ owed: '250000' }])
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a repeat gets the stored bytes, and another refund under its key is a mismatch', async () => {
  const { opened, item } = await openCleared()
  const networkKey = aNetworkKey()
  const first = aNewRefund({ original: byId(item.id), networkKey })
  const recorded = await opened.holds.refund(first)
  expect(await opened.otherHolds.refund({ ...aNewRefund(), request: first.request })).toEqual({
    ...recorded,
    kind: 'replay',
  })
  const other = aNewRefund({ original: byId(item.id), amount: tenge(1n), networkKey })
  expect(await opened.otherHolds.refund(other)).toEqual({ kind: 'mismatch' })
  expect(await creditsOf(opened)).toHaveLength(1)
})

test('a reversal after a refund credits no more than is left', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  await opened.holds.refund(aNewRefund({ original: byId(item.id), amount: tenge(1_000_000n) }))
  await opened.holds.reverse(aNewReversal({ original: byId(item.id) }))
  const credits = await creditsOf(opened)
  expect(credits.reduce((sum, { amount }) => sum + BigInt(amount), 0n)).toBe(
    item.plan.debits[0].order.amount,
  )
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('each refund at the present rate has references of its own, also where an advice began the hold', async () => {
  const opened = await openWithCard(onTestFinished)
  const advice = aNewAdvice()
  await opened.holds.advise(advice)
  const original = byId(advice.id)
  for (const round of [1, 2]) {
    await approved(opened, { parent: advice.id, request: { kind: 'increment', original } })
    // All of the increment, and a little of what is still owed of the advice.
    const refund = aNewRefund({ original, amount: tenge(1_250_010n) }, 'present')
    expect(answerOf(await opened.holds.refund(refund))['kind']).toBe('approved')
    expect(await creditsOf(opened)).toHaveLength(round)
  }
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a refund that names no purchase leaves alone what a hold may have to give back whole', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const refund = () => aNewRefund({ amount: tenge(480_000n) }, 'present')
  expect(answerOf(await opened.holds.refund(refund()))).toMatchObject({
    kind: 'declined',
    reason: 'original_not_found',
  })
  await opened.holds.clear(aNewClearing({ original: byId(item.id) }))
  expect(answerOf(await opened.holds.refund(refund()))['kind']).toBe('approved')
  expect(await opened.ask(BREACHES)).toEqual([])
})

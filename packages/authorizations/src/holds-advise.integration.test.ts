import type { AuthorizationId, CardToken } from '@tolem/domain/ids'
import { aNetworkKey, aNewAuthorization } from '@tolem/testing/builders'
import { aNewAdvice, aNewClearing, aNewRefund, aNewReversal } from '@tolem/testing/follow-ups'
import { expect, onTestFinished, test } from 'vitest'
import type { NewAdvice } from './holds.ts'
import { approval, BREACHES, concludeWhole } from './testing/opened-records.ts'
import {
  amountsOf,
  answerOf,
  approved,
  byId,
  byKey,
  creditsOf,
  exposuresOf,
  openWithCard,
  tenge,
  usageOf,
} from './testing/scenes.ts'

/** An original by the network key of an advice. */
const byAdvice = ({ request }: NewAdvice) =>
  ({ kind: 'by_key', messageKind: 'advice', networkKey: request.networkKey }) as const

test('an approval by advice holds, counts, and is owed until it is collected', async () => {
  const opened = await openWithCard(onTestFinished)
  const advice = aNewAdvice()
  expect(answerOf(await opened.holds.advise(advice))).toEqual({
    advice: advice.id,
    outcome: 'approved',
  })
  expect(await amountsOf(opened, advice.id)).toMatchObject({
    state: 'approved',
    approved: '1250000',
    is_held: true,
  })
  expect(await exposuresOf(opened)).toMatchObject([
    { cause: 'advice', owed: '1250000', state: 'open', quote: null },
  ])
  expect(await usageOf(opened)).toEqual({ day_amount: '1250000', day_count: 1 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a final approval by advice is owed to the bank at once', async () => {
  const opened = await openWithCard(onTestFinished)
  const advice = aNewAdvice({ isFinal: true })
  await opened.holds.advise(advice)
  expect(await amountsOf(opened, advice.id)).toMatchObject({ is_held: false })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an advice of a card that we do not know is recorded all the same', async () => {
  const opened = await openWithCard(onTestFinished)
  const advice = aNewAdvice({ cardToken: 'ct_unknown' as CardToken })
  expect(answerOf(await opened.holds.advise(advice))['outcome']).toBe('approved')
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an advice that the bank declined is recorded as declined, and moves nothing', async () => {
  const opened = await openWithCard(onTestFinished)
  const advice = aNewAdvice({ isApproved: false })
  expect(answerOf(await opened.holds.advise(advice))['outcome']).toBe('declined')
  expect(await amountsOf(opened, advice.id)).toMatchObject({ state: 'declined' })
  expect(await exposuresOf(opened)).toEqual([])
  expect(await opened.ask(BREACHES)).toEqual([])
})

test.each([true, false])(
  'an original that is still being decided is stopped (bank approved: %s)',
  async (isApproved) => {
    const opened = await openWithCard(onTestFinished)
    const item = aNewAuthorization()
    await opened.records.accept(item)
    const advice = {
      ...aNewAdvice({ original: byKey(item), isApproved }),
      rate: 'original',
    } as const
    expect(answerOf(await opened.otherHolds.advise(advice))).toMatchObject({ originalId: item.id })
    expect(await concludeWhole(opened.records, approval(item))).toMatchObject({
      reason: 'advised_before_authorization',
    })
    const [exposure] = await exposuresOf(opened)
    const quote = isApproved ? JSON.parse(String(exposure?.['quote'])) : undefined
    expect(quote?.id).toBe(isApproved ? item.plan.debits[0].quote.id : undefined)
    expect(await opened.ask(BREACHES)).toEqual([])
  },
)

test('an original that comes after its advice is declined and debits nothing', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = aNewAuthorization()
  await opened.holds.advise(aNewAdvice({ original: byKey(item) }))
  expect(await opened.records.accept(item)).toMatchObject({
    reason: 'advised_before_authorization',
  })
  expect(await usageOf(opened)).toEqual({ day_amount: '1250000', day_count: 1 })
})

test('an original that we had approved for as much is the approval: nothing more moves', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const advice = aNewAdvice({ original: byKey(item) })
  expect(answerOf(await opened.holds.advise(advice))['outcome']).toBe('already_approved')
  expect(await exposuresOf(opened)).toEqual([])
  expect(await usageOf(opened)).toEqual({ day_amount: '1250000', day_count: 1 })
  // Whoever names the advice from now on means what it found.
  const reversal = aNewReversal({ original: byAdvice(advice) })
  expect(answerOf(await opened.holds.reverse(reversal))).toMatchObject({
    outcome: 'reversed',
    authorizationId: item.id,
  })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('the bank’s amount is what is held where we had approved another one', async () => {
  const opened = await openWithCard(onTestFinished)
  const [less, more] = [await approved(opened), await approved(opened)]
  await opened.holds.advise(aNewAdvice({ original: byId(less.id), billing: tenge(1_000_000n) }))
  await opened.holds.advise(aNewAdvice({ original: byId(more.id), billing: tenge(1_300_000n) }))
  expect(await amountsOf(opened, less.id)).toMatchObject({ released: '250000' })
  expect(await amountsOf(opened, more.id)).toMatchObject({ approved: '1300000' })
  expect(await creditsOf(opened)).toMatchObject([{ purpose: 'release' }])
  expect(await exposuresOf(opened)).toMatchObject([{ cause: 'advice', owed: '50000' }])
  expect(await usageOf(opened)).toEqual({ day_amount: '2300000', day_count: 2 })
  expect(await opened.ask(BREACHES)).toEqual([])
  await opened.holds.reverse(aNewReversal({ original: byId(more.id) }))
  expect(await exposuresOf(opened)).toMatchObject([{ owed: '0', state: 'closed' }])
  expect(await usageOf(opened)).toEqual({ day_amount: '1000000', day_count: 1 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an original that was reversed is not the approval: the bank’s is a new one', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  await opened.holds.reverse(aNewReversal({ original: byKey(item) }))
  const advice = aNewAdvice({ original: byKey(item) })
  expect(answerOf(await opened.holds.advise(advice))['outcome']).toBe('approved')
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an advice that comes after its reversal is undone at once', async () => {
  const opened = await openWithCard(onTestFinished)
  const advice = aNewAdvice()
  const reversal = aNewReversal({ original: byAdvice(advice) })
  expect(answerOf(await opened.holds.reverse(reversal))['outcome']).toBe('recorded_before_original')
  expect(answerOf(await opened.otherHolds.advise(advice))['outcome']).toBe('already_reversed')
  expect(await amountsOf(opened, advice.id)).toMatchObject({
    approved: '1250000',
    released: '1250000',
    closed: 'reversed',
  })
  const again = aNewReversal({ original: byAdvice(advice) })
  expect(answerOf(await opened.holds.reverse(again))['outcome']).toBe('already_reversed')
  expect(await exposuresOf(opened)).toEqual([])
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an advice that comes after its presentment holds nothing more', async () => {
  const opened = await openWithCard(onTestFinished)
  const advice = aNewAdvice()
  await opened.holds.clear(aNewClearing({ original: byAdvice(advice) }))
  await opened.holds.advise(advice)
  expect(await amountsOf(opened, advice.id)).toMatchObject({ closed: 'cleared' })
  expect(await exposuresOf(opened)).toMatchObject([{ cause: 'force_post' }])
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an advice is reversed by cancelling what is owed, and cleared like any hold', async () => {
  const opened = await openWithCard(onTestFinished)
  const [undone, cleared] = [aNewAdvice(), aNewAdvice()]
  for (const advice of [undone, cleared]) await opened.holds.advise(advice)
  const reversal = aNewReversal({ original: byAdvice(undone), replacement: tenge(250_000n) })
  expect(answerOf(await opened.holds.reverse(reversal))['released']).toBe('1000000')
  await opened.holds.reverse(aNewReversal({ original: byId(undone.id) }))
  await opened.holds.clear(aNewClearing({ original: byId(cleared.id) }))
  expect(await creditsOf(opened)).toEqual([])
  expect(await exposuresOf(opened)).toMatchObject([
    { owed: '0', state: 'closed' },
    { owed: '1250000', state: 'open' },
  ])
  expect(await usageOf(opened)).toEqual({ day_amount: '1250000', day_count: 1 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a repeat gets the stored bytes, and another advice under its key is a mismatch', async () => {
  const opened = await openWithCard(onTestFinished)
  const networkKey = aNetworkKey()
  const first = aNewAdvice({ networkKey })
  const copies = Array.from({ length: 10 }, () => ({ ...aNewAdvice(), request: first.request }))
  const recorded = await Promise.all(
    copies.map((copy, n) => (n % 2 === 0 ? opened.holds : opened.otherHolds).advise(copy)),
  )
  expect(new Set(recorded.map((one) => one.kind !== 'mismatch' && one.body)).size).toBe(1)
  expect(recorded.filter(({ kind }) => kind === 'recorded')).toHaveLength(1)
  const other = aNewAdvice({ networkKey, billing: tenge(1n) })
  expect(await opened.holds.advise(other)).toEqual({ kind: 'mismatch' })
  expect(await exposuresOf(opened)).toHaveLength(1)
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an advice of a purchase that names an unmatched refund holds by itself, until its own time', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  await opened.holds.clear(aNewClearing({ original: byId(item.id) }))
  const refund = aNewRefund({ amount: tenge(100_000n) })
  await opened.holds.refund(refund)
  const original = byId(refund.id.replace('rfd_', 'aut_') as AuthorizationId)
  const advice = aNewAdvice({ original })
  expect(answerOf(await opened.holds.advise(advice))['outcome']).toBe('approved')
  expect(await amountsOf(opened, advice.id)).toMatchObject({ approved: '1250000', is_held: true })
  expect(await opened.ask(BREACHES)).toEqual([])
})

import { aNewAdvice, aNewRefund } from '@tolem/testing/follow-ups'
import { expect, onTestFinished, test } from 'vitest'
import {
  anIncrement,
  approvedBody,
  BREACHES,
  declinedBody,
  type OpenedRecords,
} from './testing/opened-records.ts'
import {
  amountsOf,
  answerOf,
  approved,
  BILLING,
  byId,
  byKey,
  creditsOf,
  type Item,
  openWithCard,
  tenge,
} from './testing/scenes.ts'

/** Takes the approval back, as the authorizer does when its answer reached nobody. */
function withdraw({ records }: OpenedRecords, { id }: Item): Promise<string | undefined> {
  const reason = 'deadline_exceeded'
  return records.withdraw(id, { kind: 'decline', reason, body: declinedBody(id, reason) })
}

test.each([BILLING, BILLING - 1n, BILLING + 1n])(
  'an approval that an advice of %s found is not withdrawn: the bank counts on it',
  async (billing) => {
    const opened = await openWithCard(onTestFinished)
    const item = await approved(opened)
    const advice = aNewAdvice({ original: byKey(item), billing: tenge(billing) })
    expect(answerOf(await opened.otherHolds.advise(advice))['outcome']).toBe('already_approved')
    expect(await withdraw(opened, item)).toBe(approvedBody(item.id))
    expect(await amountsOf(opened, item.id)).toMatchObject({ state: 'approved', is_held: true })
    expect(await opened.ask(BREACHES)).toEqual([])
  },
)

test('an advice of an approval that was withdrawn holds by itself', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  expect(await withdraw(opened, item)).toBe(declinedBody(item.id, 'deadline_exceeded'))
  const advice = aNewAdvice({ original: byKey(item) })
  expect(answerOf(await opened.otherHolds.advise(advice))['outcome']).toBe('approved')
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an approval of which something was refunded is not withdrawn: nothing is credited twice', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened, { request: { isFinal: true } })
  await opened.holds.refund(aNewRefund({ original: byId(item.id), amount: tenge(100_000n) }))
  expect(await withdraw(opened, item)).toBe(approvedBody(item.id))
  expect(await creditsOf(opened)).toMatchObject([{ purpose: 'refund' }])
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an approval that an increment raises is not withdrawn from under it', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  await opened.records.accept(anIncrement(item))
  expect(await withdraw(opened, item)).toBe(approvedBody(item.id))
})

test('an approval whose debit paid for a refund that names no purchase is not withdrawn', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened, { request: { isFinal: true } })
  const refund = aNewRefund({ amount: tenge(100_000n) }, 'present')
  expect(answerOf(await opened.holds.refund(refund))['kind']).toBe('approved')
  expect(await creditsOf(opened)).toMatchObject([
    { debit_reference: item.plan.debits[0].order.reference },
  ])
  expect(await withdraw(opened, item)).toBe(approvedBody(item.id))
  expect(await opened.ask(BREACHES)).toEqual([])
})

import type { AuthorizationId, BankId } from '@tolem/domain/ids'
import { aNetworkKey, aNewAuthorization } from '@tolem/testing/builders'
import { aNewClearing, aNewRefund, aNewReversal } from '@tolem/testing/follow-ups'
import { expect, onTestFinished, test } from 'vitest'
import { approval, BREACHES, concludeWhole, refusal } from './testing/opened-records.ts'
import {
  amountsOf,
  answerOf,
  approved,
  BILLING,
  byId,
  byKey,
  creditsOf,
  exposuresOf,
  incremented,
  openWithCard,
  tenge,
  usageOf,
} from './testing/scenes.ts'

test('a presentment of all that is held moves nothing and closes the hold', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const clearing = aNewClearing({ original: byKey(item) })
  expect(answerOf(await opened.holds.clear(clearing))).toEqual({
    clearingId: clearing.id,
    outcome: 'cleared',
    authorizationId: item.id,
    fromHold: '1250000',
    exposed: '0',
    released: '0',
  })
  expect(await amountsOf(opened, item.id)).toMatchObject({
    cleared: '1250000',
    closed: 'cleared',
    is_held: false,
  })
  expect(await creditsOf(opened)).toEqual([])
  expect(await usageOf(opened)).toEqual({ day_amount: '1250000', day_count: 1 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('several presentments take from the first part on, and the last one releases the rest', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const increment = await incremented(opened, item)
  const present = async (amount: bigint, isLast: boolean) => {
    const clearing = aNewClearing({ original: byId(item.id), amount: tenge(amount), isLast })
    return answerOf(await opened.holds.clear(clearing))
  }
  expect(await present(1_500_000n, false)).toMatchObject({ fromHold: '1500000', released: '0' })
  expect(await amountsOf(opened, item.id)).toMatchObject({ cleared: '1250000', is_held: true })
  expect(await present(500_000n, true)).toMatchObject({ fromHold: '500000', released: '500000' })
  expect(await amountsOf(opened, increment.id)).toMatchObject({
    cleared: '750000',
    released: '500000',
    closed: 'cleared',
  })
  expect(await creditsOf(opened)).toMatchObject([{ purpose: 'release' }])
  expect(await usageOf(opened)).toEqual({ day_amount: '2000000', day_count: 1 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('what goes beyond the hold is exposure, and wakes settlement', async () => {
  const opened = await openWithCard(onTestFinished)
  const heard = Promise.withResolvers<string>()
  const listener = await opened.postgres.listen('exposure_due', heard.resolve, () => {})
  const item = await approved(opened)
  const clearing = aNewClearing({ original: byId(item.id), amount: tenge(BILLING + 70_000n) })
  expect(answerOf(await opened.holds.clear(clearing))).toMatchObject({
    outcome: 'cleared_beyond_hold',
    fromHold: '1250000',
    exposed: '70000',
  })
  expect(await exposuresOf(opened)).toMatchObject([
    { cause: 'clearing', owed: '70000', state: 'open' },
  ])
  expect(await heard.promise).toBe('')
  await listener.close()
  expect(await amountsOf(opened, item.id)).toMatchObject({ approved: '1320000' })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a late presentment of a reversed authorization is exposure of that authorization', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const original = byId(item.id)
  await opened.holds.reverse(aNewReversal({ original }))
  expect(answerOf(await opened.holds.clear(aNewClearing({ original })))).toMatchObject({
    outcome: 'cleared_beyond_hold',
    authorizationId: item.id,
    exposed: '1250000',
  })
  expect(await amountsOf(opened, item.id)).toMatchObject({ closed: 'reversed' })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test.each(['no original', 'an unknown id', 'a declined one', 'another bank’s'])(
  'a presentment with %s is force-posted under a record of its own',
  async (which) => {
    const opened = await openWithCard(onTestFinished)
    const declined = aNewAuthorization()
    await opened.records.accept(declined)
    await opened.records.conclude(refusal(declined))
    const foreign = await approved(opened)
    const clearing = aNewClearing(
      {
        'no original': {},
        'an unknown id': {
          original: byId('aut_019a1b2c-3d4e-7f50-8a6b-ffffffffffff' as AuthorizationId),
        },
        'a declined one': { original: byKey(declined) },
        'another bank’s': { original: byId(foreign.id), bank: 'forte' as BankId },
      }[which],
    )
    const id = clearing.id.replace('clr_', 'aut_') as AuthorizationId
    expect(answerOf(await opened.holds.clear(clearing))).toMatchObject({
      outcome: 'force_posted',
      authorizationId: id,
      fromHold: '0',
      exposed: '1250000',
    })
    expect(await amountsOf(opened, id)).toMatchObject({
      state: 'approved',
      approved: '1250000',
      cleared: '1250000',
      closed: 'cleared',
    })
    expect(await exposuresOf(opened)).toMatchObject([{ cause: 'force_post', owed: '1250000' }])
    expect(await opened.ask(BREACHES)).toEqual([])
  },
)

test('an authorization that comes after its presentment is declined and debits nothing', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = aNewAuthorization()
  const clearing = aNewClearing({ original: byKey(item) })
  expect(answerOf(await opened.holds.clear(clearing))['outcome']).toBe('force_posted')
  expect(await opened.records.accept(item)).toMatchObject({
    kind: 'declined',
    reason: 'cleared_before_authorization',
  })
  expect(await opened.ask("SELECT FROM movement WHERE kind = 'debit'")).toEqual([])
})

test('an authorization that is being decided while it is presented is declined', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = aNewAuthorization()
  await opened.records.accept(item)
  const answer = answerOf(await opened.otherHolds.clear(aNewClearing({ original: byKey(item) })))
  expect(answer['outcome']).toBe('force_posted')
  expect(await concludeWhole(opened.records, approval(item))).toMatchObject({
    state: 'declined',
    reason: 'cleared_before_authorization',
  })
  expect(await usageOf(opened)).toEqual({ day_amount: '0', day_count: 0 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a repeat gets the stored bytes, and another presentment under its key is a mismatch', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const networkKey = aNetworkKey()
  const first = aNewClearing({ original: byId(item.id), networkKey })
  const recorded = await opened.holds.clear(first)
  const copy = { ...aNewClearing(first.request), request: first.request }
  expect(await opened.otherHolds.clear(copy)).toEqual({ ...recorded, kind: 'replay' })
  const other = aNewClearing({ original: byId(item.id), amount: tenge(1n), networkKey })
  expect(await opened.otherHolds.clear(other)).toEqual({ kind: 'mismatch' })
  expect(await opened.ask('SELECT FROM clearing')).toHaveLength(1)
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a final authorization’s presentment within it posts nothing', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened, { request: { isFinal: true } })
  await opened.holds.clear(aNewClearing({ original: byId(item.id), amount: tenge(1_000_000n) }))
  expect(await amountsOf(opened, item.id)).toMatchObject({
    cleared: '1000000',
    released: '250000',
  })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('what was exposed last is given up first, whichever message had arrived before', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const presenting = (amount: bigint) =>
    aNewClearing({ original: byId(item.id), amount: tenge(amount), isLast: false })
  const arrivedFirst = presenting(30_000n)
  const arrivedSecond = presenting(BILLING + 70_000n)
  await opened.holds.clear(arrivedSecond)
  await opened.holds.clear(arrivedFirst)
  await opened.holds.refund(aNewRefund({ original: byId(item.id), amount: tenge(30_000n) }))
  expect((await exposuresOf(opened)).map(({ owed }) => String(owed)).toSorted()).toEqual([
    '0',
    '70000',
  ])
})

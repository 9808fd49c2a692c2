import type { CardToken } from '@tolem/domain/ids'
import { aCard, aNetworkKey, aNewAuthorization } from '@tolem/testing/builders'
import { aNewClearing } from '@tolem/testing/follow-ups'
import { expect, onTestFinished, test } from 'vitest'
import type { NewClearing } from './holds.ts'
import { BREACHES } from './testing/opened-records.ts'
import {
  amountsOf,
  answerOf,
  approved,
  byId,
  byKey,
  creditsOf,
  openWithCard,
  tenge,
} from './testing/scenes.ts'

test('many presentments at once are answered by position, each for itself', async () => {
  const opened = await openWithCard(onTestFinished)
  const item = await approved(opened)
  const original = byId(item.id)
  const absent = aNewAuthorization()
  const networkKey = aNetworkKey()
  const earlier = aNewClearing({ original, amount: tenge(100_000n), isLast: false })
  await opened.holds.clear(earlier)
  const first = aNewClearing({ original, amount: tenge(200_000n), isLast: false, networkKey })
  const list: readonly NewClearing[] = [
    first,
    { ...aNewClearing(), request: first.request },
    aNewClearing({ original, amount: tenge(3n), networkKey }),
    { ...aNewClearing(), request: earlier.request },
    aNewClearing({ original: byKey(item), amount: tenge(300_000n), isLast: true }),
    aNewClearing({ original: byKey(absent) }),
    aNewClearing({ original: byKey(absent) }),
    aNewClearing(),
  ]
  const recorded = await opened.holds.clearAll(list)
  expect(recorded.map(({ kind }) => kind)).toEqual([
    'recorded',
    'replay',
    'mismatch',
    'replay',
    'recorded',
    'recorded',
    'recorded',
    'recorded',
  ])
  const outcomes = recorded.map((one) => (one.kind === 'failed' ? one : answerOf(one)['outcome']))
  expect(outcomes).toEqual([
    'cleared',
    'cleared',
    'mismatch',
    'cleared',
    'cleared',
    'force_posted',
    'force_posted',
    'force_posted',
  ])
  expect(recorded[1]).toEqual({ ...recorded[0], kind: 'replay' })
  expect(await amountsOf(opened, item.id)).toMatchObject({
    cleared: '600000',
    released: '650000',
    closed: 'cleared',
  })
  expect(await creditsOf(opened)).toHaveLength(1)
  expect(await opened.ask(BREACHES)).toEqual([])
  expect(await opened.records.accept(absent)).toMatchObject({
    reason: 'cleared_before_authorization',
  })
})

test('a list that is recorded twice at once is recorded once', async () => {
  const opened = await openWithCard(onTestFinished)
  const items = await Promise.all(Array.from({ length: 30 }, () => approved(opened)))
  const list = items.map((item, index) =>
    aNewClearing({ original: byKey(item), amount: tenge(1_000_000n + BigInt(index) * 20_000n) }),
  )
  const copies = list.map(({ request }) => ({ ...aNewClearing(), request })).toReversed()
  const [one, two] = await Promise.all([
    opened.holds.clearAll(list),
    opened.otherHolds.clearAll(copies),
  ])
  const bodies = (recorded: typeof one) =>
    recorded.map((of) => (of.kind === 'recorded' || of.kind === 'replay' ? of.body : of.kind))
  expect(bodies(two).toReversed()).toEqual(bodies(one))
  expect([...one, ...two].filter(({ kind }) => kind === 'recorded')).toHaveLength(30)
  expect(await opened.ask('SELECT FROM clearing')).toHaveLength(30)
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a record that the database refuses fails alone', async () => {
  const opened = await openWithCard(onTestFinished)
  const items = await Promise.all([approved(opened), approved(opened)])
  const [good, better] = items.map((item) => aNewClearing({ original: byId(item.id) }))
  if (!good || !better) return expect.unreachable()
  // PostgreSQL stores no NUL in a text.
  const bad = { ...aNewClearing(), requestBody: 'a\0b' }
  const recorded = await opened.holds.clearAll([good, bad, better])
  expect(recorded.map(({ kind }) => kind)).toEqual(['recorded', 'failed', 'recorded'])
  expect(await opened.ask('SELECT FROM clearing')).toHaveLength(2)
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('lists that share holds and cards in opposite orders all end, without a deadlock', async () => {
  const opened = await openWithCard(onTestFinished)
  const cards = Array.from({ length: 10 }, (_, n) => aCard({ token: `ct_many_${n}` as CardToken }))
  for (const card of cards) await opened.putCard(card)
  const items = await Promise.all(cards.map((card) => approved(opened, { card })))
  const listOf = (of: typeof items) =>
    of.map((item) =>
      aNewClearing({ original: byId(item.id), amount: tenge(100_000n), isLast: false }),
    )
  const lists = Array.from({ length: 12 }, (_, n) =>
    listOf(n % 2 === 0 ? items : items.toReversed()),
  )
  const recorded = await Promise.all(
    lists.map((list, n) => (n % 3 === 0 ? opened.holds : opened.otherHolds).clearAll(list)),
  )
  expect(new Set(recorded.flat().map(({ kind }) => kind))).toEqual(new Set(['recorded']))
  for (const { id } of items)
    expect(await amountsOf(opened, id)).toMatchObject({ cleared: '1200000', closed: null })
  expect(opened.deadlocks()).toBe(0)
  expect(await opened.ask(BREACHES)).toEqual([])
})

import type { CardLimits } from '@tolem/domain/card'
import { localDay } from '@tolem/domain/local-day'
import { amountOf } from '@tolem/money/amount'
import { aCard, aNetworkKey, aNewAuthorization } from '@tolem/testing/builders'
import { expect, onTestFinished, test } from 'vitest'
import {
  approval,
  BREACHES,
  declinedBody,
  type OpenedRecords,
  openRecords,
  refusal,
} from './testing/opened-records.ts'

const tenge = (tiyn: bigint) => amountOf('KZT', tiyn)

function purchase(tiyn: bigint, limits: CardLimits, day = '2026-11-22') {
  return aNewAuthorization({ card: aCard({ limits }), request: { billing: tenge(tiyn) }, day })
}

async function usageOf({ ask }: OpenedRecords) {
  const [usage] = await ask('SELECT day, day_amount, day_count, month_amount FROM card_usage')
  return usage
}

/** Accepts and says the decline reason, or that it was accepted. */
async function tried(opened: OpenedRecords, item: ReturnType<typeof purchase>): Promise<string> {
  const acceptance = await opened.records.accept(item)
  if (acceptance.kind !== 'declined') return acceptance.kind
  const { id, reason } = acceptance
  const decision = { kind: 'decline', reason, body: declinedBody(id, reason) } as const
  await opened.records.conclude({ id, decision })
  return reason
}

async function openWithCard(): Promise<OpenedRecords> {
  const opened = await openRecords(onTestFinished)
  await opened.putCard(aCard())
  return opened
}

test.each([
  ['day’s amount', { dailyAmount: tenge(100n) }, 'amount_limit_exceeded'],
  ['month’s amount', { monthlyAmount: tenge(100n) }, 'amount_limit_exceeded'],
])('a purchase may use up the %s to the tiyn and not exceed it', async (_name, limits, reason) => {
  const opened = await openWithCard()
  expect(await tried(opened, purchase(101n, limits))).toBe(reason)
  expect(await tried(opened, purchase(60n, limits))).toBe('accepted')
  expect(await tried(opened, purchase(41n, limits))).toBe(reason)
  expect(await tried(opened, purchase(40n, limits))).toBe('accepted')
  expect(await tried(opened, purchase(1n, limits))).toBe(reason)
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('the day’s count is a limit of its own, and amounts come before it', async () => {
  const opened = await openWithCard()
  const limits = { dailyCount: 2, dailyAmount: tenge(100n) }
  expect(await tried(opened, purchase(10n, limits))).toBe('accepted')
  expect(await tried(opened, purchase(10n, limits))).toBe('accepted')
  expect(await tried(opened, purchase(10n, limits))).toBe('count_limit_exceeded')
  expect(await tried(opened, purchase(81n, limits))).toBe('amount_limit_exceeded')
})

test('a limit of nothing lets nothing through', async () => {
  const opened = await openWithCard()
  expect(await tried(opened, purchase(1n, { dailyAmount: tenge(0n) }))).toBe(
    'amount_limit_exceeded',
  )
  expect(await tried(opened, purchase(1n, { dailyCount: 0 }))).toBe('count_limit_exceeded')
})

test('limits beyond 2^53 tiyn are kept to the tiyn', async () => {
  const opened = await openWithCard()
  const limits = { dailyAmount: tenge(9_007_199_254_740_993n) }
  expect(await tried(opened, purchase(9_007_199_254_740_992n, limits))).toBe('accepted')
  expect(await tried(opened, purchase(2n, limits))).toBe('amount_limit_exceeded')
  expect(await tried(opened, purchase(1n, limits))).toBe('accepted')
})

test('a decline under the lock keeps its reason, and its copies get the same bytes', async () => {
  const opened = await openWithCard()
  const item = purchase(2n, { dailyAmount: tenge(1n) })
  const acceptance = await opened.records.accept(item)
  expect(acceptance).toEqual({
    kind: 'declined',
    id: item.id,
    reason: 'amount_limit_exceeded',
    body: undefined,
  })
  const copy = aNewAuthorization({ request: item.request })
  expect(await opened.other.accept(copy)).toEqual(acceptance)
  const body = declinedBody(item.id, 'amount_limit_exceeded')
  const decision = { kind: 'decline', reason: 'amount_limit_exceeded', body } as const
  const bodies = await Promise.all([
    opened.records.conclude({ id: item.id, decision }),
    opened.other.conclude({ id: item.id, decision: { ...decision, body: `${body} ` } }),
  ])
  expect(bodies[0]).toEqual(bodies[1])
  expect(await opened.records.accept(copy)).toEqual({ kind: 'replay', body: bodies[0].body })
})

test.each([
  ['amount', { dailyAmount: tenge(1_000n) }, 100],
  ['count', { dailyCount: 73 }, 73],
])(
  '200 concurrent purchases over two processes use up the %s exactly',
  async (_name, limits, most) => {
    const opened = await openWithCard()
    const items = Array.from({ length: 200 }, () => purchase(10n, limits))
    const acceptances = await Promise.all(
      items.map((item, index) => (index % 2 === 0 ? opened.records : opened.other).accept(item)),
    )
    const accepted = items.filter((_, index) => acceptances[index]?.kind === 'accepted')
    expect(accepted).toHaveLength(most)
    expect(await usageOf(opened)).toMatchObject({
      day_amount: String(10 * most),
      day_count: most,
      month_amount: String(10 * most),
    })
    await Promise.all(
      accepted.map((item, index) =>
        (index % 3 === 0 ? opened.records : opened.other).conclude(
          index % 2 === 0 ? approval(item) : refusal(item),
        ),
      ),
    )
    const approved = Math.ceil(most / 2)
    expect(await usageOf(opened)).toMatchObject({ day_count: approved })
    const again = await Promise.all(
      Array.from({ length: 200 }, () => opened.other.accept(purchase(10n, limits))),
    )
    expect(again.filter(({ kind }) => kind === 'accepted')).toHaveLength(most - approved)
  },
)

test('purchases, declines and approvals at once leave the usage at the sum of what counts', async () => {
  const opened = await openWithCard()
  await Promise.all(
    Array.from({ length: 120 }, async (_, index) => {
      const through = index % 2 === 0 ? opened.records : opened.other
      const item = purchase(BigInt(index + 1), { dailyAmount: tenge(3_000n) })
      const acceptance = await through.accept(item)
      if (acceptance.kind === 'declined') {
        const { id, reason } = acceptance
        const decision = { kind: 'decline', reason, body: declinedBody(id, reason) } as const
        await through.conclude({ id, decision })
      } else await through.conclude(index % 3 === 0 ? refusal(item) : approval(item))
    }),
  )
  expect(await opened.ask(BREACHES)).toEqual([])
})

/** Around midnight in Almaty between November and December. */
const BEFORE_MIDNIGHT = localDay(Date.UTC(2026, 10, 30, 18, 59, 59, 999))
const AFTER_MIDNIGHT = localDay(Date.UTC(2026, 10, 30, 19))
const LIMITS = { dailyAmount: tenge(100n), dailyCount: 3, monthlyAmount: tenge(150n) }

test('at midnight in Almaty the day begins anew, and on the first the month', async () => {
  const opened = await openWithCard()
  expect(await tried(opened, purchase(90n, LIMITS, '2026-11-29'))).toBe('accepted')
  expect(await tried(opened, purchase(20n, LIMITS, '2026-11-29'))).toBe('amount_limit_exceeded')
  expect(await tried(opened, purchase(60n, LIMITS, BEFORE_MIDNIGHT))).toBe('accepted')
  expect(await tried(opened, purchase(1n, LIMITS, BEFORE_MIDNIGHT))).toBe('amount_limit_exceeded')
  expect(await tried(opened, purchase(100n, LIMITS, AFTER_MIDNIGHT))).toBe('accepted')
  expect(await usageOf(opened)).toEqual({
    day: '2026-12-01',
    day_amount: '100',
    day_count: 1,
    month_amount: '100',
  })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a clock that is behind at midnight cannot reopen yesterday', async () => {
  const opened = await openWithCard()
  expect(await tried(opened, purchase(90n, LIMITS, AFTER_MIDNIGHT))).toBe('accepted')
  expect(await tried(opened, purchase(20n, LIMITS, BEFORE_MIDNIGHT))).toBe('amount_limit_exceeded')
  const slow = purchase(10n, LIMITS, BEFORE_MIDNIGHT)
  expect(await tried(opened, slow)).toBe('accepted')
  expect(await usageOf(opened)).toMatchObject({ day: '2026-12-01', day_amount: '100' })
  await opened.records.conclude(refusal(slow))
  expect(await usageOf(opened)).toMatchObject({
    day_amount: '90',
    day_count: 1,
    month_amount: '90',
  })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('what is declined after midnight gives back only to windows that still run', async () => {
  const opened = await openWithCard()
  const items = ['2026-11-29', BEFORE_MIDNIGHT, AFTER_MIDNIGHT].map((day) =>
    purchase(10n, LIMITS, day),
  )
  const [earlier, before, after] = items
  if (!earlier || !before || !after) return expect.unreachable()
  await opened.records.accept(earlier)
  await opened.records.accept(before)
  await opened.records.conclude(refusal(earlier))
  expect(await usageOf(opened)).toMatchObject({
    day_amount: '10',
    day_count: 1,
    month_amount: '10',
  })
  await opened.records.accept(after)
  await opened.records.conclude(refusal(before))
  expect(await usageOf(opened)).toMatchObject({
    day_amount: '10',
    day_count: 1,
    month_amount: '10',
  })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('one statement gives back for many authorizations of one card, each exactly once', async () => {
  const opened = await openWithCard()
  const items = Array.from({ length: 30 }, (_, index) => purchase(BigInt(index), {}))
  for (const item of items) await opened.records.accept(item)
  const twice = [...items, ...items].map((item, index) =>
    (index % 2 === 0 ? opened.records : opened.other).conclude(refusal(item)),
  )
  await Promise.all(twice)
  expect(await usageOf(opened)).toMatchObject({ day_amount: '0', day_count: 0, month_amount: '0' })
})

test('an amount that no window can hold fails alone, not with its neighbours', async () => {
  const opened = await openWithCard()
  await opened.putCard(aCard({ token: 'ct_other' as never }))
  const most = 999_999_999_999_999_999n
  for (let round = 0; round < 9; round += 1) await tried(opened, purchase(most, {}))
  const networkKey = aNetworkKey()
  const batch = [
    purchase(1n, {}),
    aNewAuthorization({ card: aCard({ token: 'ct_other' as never }), request: { networkKey } }),
    purchase(most, {}),
  ]
  const settled = await Promise.allSettled(batch.map((item) => opened.records.accept(item)))
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
})

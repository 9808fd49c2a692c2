import { localDay } from '@tolem/domain/local-day'
import { aCard, NOON } from '@tolem/testing/builders'
import { expect, onTestFinished, test } from 'vitest'
import { type Ask, tryUses, type Use } from './testing/asked-limits.ts'
import { type OpenedRecords, openPostgres, openRecords } from './testing/opened-records.ts'

const HOUR = 3_600_000
const DAY = { span: 'day', with_cash: false, part: 'whole' } as const
const MONTH = { ...DAY, span: 'month' } as const
const ofDay = (amount: number): Ask => ({ limits: [{ ...DAY, amount: String(amount) }] })

async function openWithCard(): Promise<OpenedRecords> {
  const opened = await openRecords(onTestFinished)
  await opened.putCard(aCard())
  return opened
}

/** Tries one use and says the verdict. */
async function verdictOf({ postgres }: OpenedRecords, use: Use): Promise<string | undefined> {
  return (await tryUses(postgres.run, [use]))[0]?.verdict
}

async function accepted({ postgres }: OpenedRecords, use: Use): Promise<string> {
  const [tried] = await tryUses(postgres.run, [use])
  expect(tried?.verdict).toBe('fits')
  return tried?.id ?? ''
}

/** Tries all uses at once, each in a statement of its own, over two pools; gives how many fitted. */
async function race(opened: OpenedRecords, uses: readonly Use[]): Promise<number> {
  const other = openPostgres(opened.url)
  try {
    const pools = [opened.postgres, other]
    const tried = await Promise.all(
      uses.map((use, index) => tryUses((pools[index % 2] ?? other).run, [use])),
    )
    return tried.filter(([one]) => one?.verdict === 'fits').length
  } finally {
    await other.close()
  }
}

/** Two hundred purchases at once, a millisecond apart. */
const crowd = (use: Omit<Use, 'at' | 'billing'>) =>
  Array.from({ length: 200 }, (_, index) => ({ at: NOON + index, billing: 10n, ...use }))

test('limits by type and by channel count what they name, and nothing else, also in a race', async () => {
  const opened = await openWithCard()
  const limits = [
    { ...DAY, types: ['cash_withdrawal', 'quasi_cash'], with_cash: true, amount: '300' },
    { ...DAY, channels: ['atm'], amount: '200' },
  ]
  const atAtm = { type: 'cash_withdrawal', channel: 'atm', ask: { limits } } as const
  const quasi = {
    type: 'quasi_cash',
    channel: 'ecommerce',
    ask: { limits: limits.slice(0, 1) },
  } as const
  const uses = [
    ...crowd(atAtm).slice(0, 60),
    ...crowd(quasi).slice(0, 60),
    ...crowd({}).slice(0, 60),
  ]
  expect(await race(opened, uses)).toBe(30 + 60)
  const [spent] = await opened.ask<{ atm: string; cash: string }>(`
    SELECT sum(billing_amount) FILTER (WHERE channel = 'atm') AS atm,
      sum(billing_amount) FILTER (WHERE type <> 'purchase') AS cash
    FROM "authorization"`)
  expect(Number(spent?.atm)).toBeLessThanOrEqual(200)
  expect(spent?.cash).toBe('300')
})

test('of a purchase with cashback a cash limit counts and refuses the cash alone', async () => {
  const opened = await openWithCard()
  const types = ['cash_withdrawal', 'quasi_cash']
  const limit = { ...DAY, types, with_cash: true, amount: '100' }
  const cashback = (cash: bigint, further: Ask['limits'] = []): Use => ({
    at: NOON,
    type: 'purchase_with_cashback',
    billing: 5_000n,
    cash,
    ask: { limits: [{ ...limit, part: 'cash' }, ...further] },
  })
  expect(await verdictOf(opened, cashback(60n))).toBe('fits')
  expect(await verdictOf(opened, cashback(41n))).toBe('cash_limit_exceeded')
  const whole = [{ ...DAY, amount: '9999' }]
  expect(await verdictOf(opened, cashback(41n, whole))).toBe('amount_limit_exceeded')
  const counted = [{ ...DAY, count: 1 }]
  expect(await verdictOf(opened, cashback(41n, counted))).toBe('count_limit_exceeded')
  const withdrawal = { at: NOON, type: 'cash_withdrawal', ask: { limits: [limit] } }
  expect(await verdictOf(opened, { ...withdrawal, billing: 41n })).toBe('amount_limit_exceeded')
  expect(await verdictOf(opened, { ...withdrawal, billing: 40n })).toBe('fits')
  expect(await verdictOf(opened, cashback(1n))).toBe('cash_limit_exceeded')
})

test('amounts come before counts, whichever limit breaks them', async () => {
  const opened = await openWithCard()
  const ask = {
    limits: [
      { ...DAY, count: 0 },
      { ...MONTH, amount: '9' },
    ],
  }
  expect(await verdictOf(opened, { at: NOON, billing: 9n, ask })).toBe('count_limit_exceeded')
  expect(await verdictOf(opened, { at: NOON, billing: 10n, ask })).toBe('amount_limit_exceeded')
  expect(await opened.ask('SELECT FROM "authorization"')).toEqual([])
})

test('a limit set today knows what was spent before it', async () => {
  const opened = await openWithCard()
  await accepted(opened, { at: NOON, billing: 70n })
  expect(await verdictOf(opened, { at: NOON + 1, billing: 31n, ask: ofDay(100) })).toBe(
    'amount_limit_exceeded',
  )
  expect(await verdictOf(opened, { at: NOON + 1, billing: 30n, ask: ofDay(100) })).toBe('fits')
})

const RELEASE = `
  UPDATE "authorization"
  SET state = 'approved', response_body = '', approval_code = '1', approved_amount = billing_amount,
     released_amount = $2
  WHERE id = $1`
const DECLINE = `UPDATE "authorization" SET state = 'declined', decline_reason = 'x' WHERE id = $1`

test('what is released or declined leaves the window it was in, to the tiyn', async () => {
  const opened = await openWithCard()
  const limits = [{ ...DAY, amount: '100', count: 2 }]
  const use = (billing: bigint) => verdictOf(opened, { at: NOON, billing, ask: { limits } })
  const first = await accepted(opened, { at: NOON, billing: 60n, ask: { limits } })
  const second = await accepted(opened, { at: NOON, billing: 40n, ask: { limits } })
  await opened.ask(RELEASE, [first, 25])
  expect(await use(26n)).toBe('amount_limit_exceeded')
  expect(await use(25n)).toBe('count_limit_exceeded')
  await opened.ask(RELEASE, [first, 60])
  expect(await use(61n)).toBe('amount_limit_exceeded')
  const third = await accepted(opened, { at: NOON, billing: 60n, ask: { limits } })
  await opened.ask(DECLINE, [second])
  expect(await use(40n)).toBe('fits')
  await opened.ask(DECLINE, [third])
  expect(await use(60n)).toBe('fits')
})

test('an increment counts its amount and is no authorization of its own', async () => {
  const opened = await openWithCard()
  const ask = { limits: [{ ...DAY, amount: '100', count: 1 }] }
  await accepted(opened, { at: NOON, billing: 50n, ask })
  const increment = { at: NOON + 1, kind: 'increment', ask } as const
  expect(await verdictOf(opened, { ...increment, billing: 51n })).toBe('amount_limit_exceeded')
  expect(await verdictOf(opened, { ...increment, billing: 50n })).toBe('fits')
  const other = { at: NOON + 2, billing: 0n, ask }
  expect(await verdictOf(opened, other)).toBe('count_limit_exceeded')
})

/** Around midnight in Almaty between November and December. */
const BEFORE = Date.UTC(2026, 10, 30, 18, 59, 59, 999)
const AFTER = BEFORE + 1

test('at midnight in Almaty days and months begin anew', async () => {
  const opened = await openWithCard()
  const ask = {
    limits: [
      { ...DAY, amount: '100' },
      { ...MONTH, amount: '150' },
    ],
  }
  await accepted(opened, { at: BEFORE - 24 * HOUR, billing: 90n, ask })
  await accepted(opened, { at: BEFORE, billing: 60n, ask })
  expect(await verdictOf(opened, { at: BEFORE, billing: 1n, ask })).toBe('amount_limit_exceeded')
  await accepted(opened, { at: AFTER, billing: 100n, ask })
  expect(await verdictOf(opened, { at: AFTER, billing: 1n, ask })).toBe('amount_limit_exceeded')
})

test('a clock that is behind at midnight cannot reopen yesterday', async () => {
  const opened = await openWithCard()
  const ask = ofDay(100)
  await accepted(opened, { at: BEFORE - HOUR, billing: 100n, ask })
  await accepted(opened, { at: AFTER, billing: 90n, ask })
  const slow = { at: BEFORE - 1_000, day: localDay(BEFORE), ask }
  expect(await verdictOf(opened, { ...slow, billing: 11n })).toBe('amount_limit_exceeded')
  await accepted(opened, { ...slow, billing: 10n })
  expect(await verdictOf(opened, { at: AFTER + 1, billing: 1n, ask })).toBe('amount_limit_exceeded')
})

test('a rolling window ends to the millisecond, over midnight too', async () => {
  const opened = await openWithCard()
  const rolling = (at: number): Ask => ({
    limits: [
      { ...DAY, span: 'rolling', since: new Date(at - 2 * HOUR).toISOString(), amount: '100' },
    ],
  })
  const use = (at: number, billing: bigint) => verdictOf(opened, { at, billing, ask: rolling(at) })
  const begin = BEFORE - HOUR
  expect(await use(begin, 60n)).toBe('fits')
  expect(await use(begin + HOUR, 40n)).toBe('fits')
  expect(await use(begin + 2 * HOUR, 1n)).toBe('amount_limit_exceeded')
  expect(await use(begin + 2 * HOUR + 1, 61n)).toBe('amount_limit_exceeded')
  expect(await use(begin + 2 * HOUR + 1, 60n)).toBe('fits')
  expect(await use(begin + 3 * HOUR, 1n)).toBe('amount_limit_exceeded')
  expect(await use(begin + 3 * HOUR + 1, 40n)).toBe('fits')
})

test('another card and another bank’s card under the same token count for themselves', async () => {
  const opened = await openWithCard()
  const halyk = aCard()
  await opened.putCard({ ...halyk, bank: 'forte' as never })
  await opened.putCard({ ...halyk, token: 'ct_halyk_0002' as never })
  const use = { at: NOON, billing: 100n, ask: ofDay(100) }
  await accepted(opened, use)
  await accepted(opened, { ...use, bank: 'forte' })
  await accepted(opened, { ...use, card: 'ct_halyk_0002' })
  expect(await verdictOf(opened, { ...use, billing: 1n })).toBe('amount_limit_exceeded')
})

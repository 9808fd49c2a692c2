import { aCard, NOON } from '@tolem/testing/builders'
import { expect, onTestFinished, test } from 'vitest'
import { tryUses, type Use } from './testing/asked-limits.ts'
import { type OpenedRecords, openPostgres, openRecords } from './testing/opened-records.ts'

const CARDS = Array.from({ length: 8 }, (_, index) => `ct_000${index}`)
const BANKS = ['halyk', 'forte'] as const

/** Eight cards of each of two banks. */
async function openWithCards(): Promise<OpenedRecords> {
  const opened = await openRecords(onTestFinished)
  for (const bank of BANKS)
    for (const token of CARDS)
      await opened.putCard(aCard({ bank: bank as never, token: token as never }))
  return opened
}

type Cap = { readonly scope: string; readonly dayAmount?: string; readonly monthAmount?: string }

const ofProgramme = (dayAmount: number): Cap => ({
  scope: 'programme',
  dayAmount: String(dayAmount),
})
const ofBank = (bank: string, dayAmount: number): Cap => ({
  scope: `bank/${bank}`,
  dayAmount: String(dayAmount),
})

async function verdictOf({ postgres }: OpenedRecords, use: Use): Promise<string | undefined> {
  return (await tryUses(postgres.run, [use]))[0]?.verdict
}

function capsOf({ ask }: OpenedRecords) {
  return ask('SELECT scope, day, day_amount, month_amount FROM cap_usage ORDER BY scope')
}

const GIVE_BACK = 'SELECT card_usage_give_back($1, $2, $3, $4, $5)'

test('200 concurrent purchases of all cards over two pools use up the programme’s cap exactly', async () => {
  const opened = await openWithCards()
  const other = openPostgres(opened.url)
  onTestFinished(() => other.close())
  const pools = [opened.postgres, other]
  // In batches as group commit makes them: of several cards, in any order, two banks in one statement.
  const batches = Array.from({ length: 50 }, (_, index) =>
    [0, 1, 2, 3].map((step) => ({
      at: NOON + index,
      bank: BANKS[(index + step) % 2],
      card: CARDS[(index * 3 + step * (index % 2 === 0 ? 1 : -1) + 8) % 8],
      billing: 10n,
      ask: {
        caps: [ofBank(BANKS[(index + step) % 2] ?? '', 600), ofProgramme(1_095)],
      },
    })),
  )
  const tried = await Promise.all(
    batches.map((batch, index) => tryUses((pools[index % 2] ?? other).run, batch)),
  )
  expect(tried.flat().filter(({ verdict }) => verdict === 'fits')).toHaveLength(109)
  expect(new Set(tried.flat().map(({ verdict }) => verdict))).toEqual(
    new Set(['fits', 'amount_limit_exceeded']),
  )
  expect((await capsOf(opened)).at(-1)).toMatchObject({ scope: 'programme', day_amount: '1090' })
})

test('200 concurrent purchases of two banks use up each bank’s cap exactly', async () => {
  const opened = await openWithCards()
  const other = openPostgres(opened.url)
  onTestFinished(() => other.close())
  const limitOf = { halyk: 305, forte: 500 } as const
  const tried = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const bank = index % 2 === 0 ? 'halyk' : 'forte'
      const ask = { caps: [ofBank(bank, limitOf[bank])] }
      const use = { at: NOON, bank, card: CARDS[index % 8], billing: 10n, ask }
      const [one] = await tryUses((index % 4 < 2 ? opened.postgres : other).run, [use])
      return { bank, verdict: one?.verdict }
    }),
  )
  const fitted = (bank: string) =>
    tried.filter((one) => one.bank === bank && one.verdict === 'fits').length
  expect([fitted('halyk'), fitted('forte')]).toEqual([30, 50])
  expect(await capsOf(opened)).toMatchObject([
    { scope: 'bank/forte', day_amount: '500', month_amount: '500' },
    { scope: 'bank/halyk', day_amount: '300', month_amount: '300' },
  ])
})

test('one that does not fit a cap takes nothing from those after it in its statement', async () => {
  const opened = await openWithCards()
  const ask = { caps: [ofProgramme(100)] }
  const tried = await tryUses(
    opened.postgres.run,
    [60n, 50n, 30n, 11n, 10n, 1n].map((billing, n) => ({ at: NOON, billing, card: CARDS[n], ask })),
  )
  expect(tried.map(({ verdict }) => verdict === 'fits')).toEqual([
    true,
    false,
    true,
    false,
    true,
    false,
  ])
  expect(await capsOf(opened)).toMatchObject([{ day_amount: '100' }])
})

test('what the card’s own limits refuse takes nothing from a cap', async () => {
  const opened = await openWithCards()
  const limits = [{ span: 'day', with_cash: false, part: 'whole', amount: '10' }]
  const counted = [{ span: 'day', with_cash: false, part: 'whole', count: 0 }]
  const caps = [ofProgramme(100)]
  const tried = await tryUses(opened.postgres.run, [
    { at: NOON, billing: 90n, card: CARDS[0], ask: { limits, caps } },
    { at: NOON, billing: 90n, card: CARDS[1], ask: { limits: counted, caps } },
    { at: NOON, billing: 100n, card: CARDS[2], ask: { caps } },
    { at: NOON, billing: 1n, card: CARDS[3], ask: { limits: counted, caps } },
  ])
  expect(tried.map(({ verdict }) => verdict)).toEqual([
    'amount_limit_exceeded',
    'count_limit_exceeded',
    'fits',
    'amount_limit_exceeded',
  ])
})

/** Around midnight in Almaty between November and December. */
const BEFORE = Date.UTC(2026, 10, 30, 18, 59, 59, 999)
const AFTER = BEFORE + 1

test('a cap’s day and month begin anew at midnight in Almaty, and a slow clock reopens neither', async () => {
  const opened = await openWithCards()
  const caps = [{ scope: 'programme', dayAmount: '100', monthAmount: '150' }]
  const use = (at: number, billing: bigint, card = CARDS[0]) =>
    verdictOf(opened, { at, billing, card, ask: { caps } })
  expect(await use(BEFORE - 86_400_000, 90n)).toBe('fits')
  expect(await use(BEFORE, 61n)).toBe('amount_limit_exceeded')
  expect(await use(BEFORE, 60n)).toBe('fits')
  expect(await use(AFTER, 90n)).toBe('fits')
  expect(await use(BEFORE, 11n, CARDS[1])).toBe('amount_limit_exceeded')
  expect(await use(BEFORE, 10n, CARDS[1])).toBe('fits')
  expect(await use(AFTER, 1n)).toBe('amount_limit_exceeded')
  expect(await capsOf(opened)).toEqual([
    { scope: 'programme', day: '2026-12-01', day_amount: '100', month_amount: '100' },
  ])
})

test('what is given back returns to caps whose window still runs, and to no other', async () => {
  const opened = await openWithCards()
  const caps = [ofBank('halyk', 1_000), ofProgramme(1_000)]
  const card = CARDS[0] ?? ''
  const use = (at: number) => verdictOf(opened, { at, billing: 100n, card, ask: { caps } })
  const giveBack = (day: string, amount: number) =>
    opened.ask(GIVE_BACK, [
      ['halyk', 'halyk'],
      [card, card],
      [day, day],
      [amount, 1],
      [0, 0],
    ])
  for (const at of [BEFORE - 86_400_000, BEFORE]) expect(await use(at)).toBe('fits')
  await giveBack('2026-11-30', 40)
  const left = { day: '2026-11-30', day_amount: '59', month_amount: '159' }
  expect(await capsOf(opened)).toMatchObject([left, left])
  await giveBack('2026-11-29', 9)
  const later = { ...left, month_amount: '149' }
  expect(await capsOf(opened)).toMatchObject([later, later])
  expect(await use(AFTER)).toBe('fits')
  await giveBack('2026-11-30', 9)
  const anew = { day: '2026-12-01', day_amount: '100', month_amount: '100' }
  expect(await capsOf(opened)).toMatchObject([anew, anew])
})

test('what an advice adds to a purchase is counted where the purchase was, and comes back with it', async () => {
  const opened = await openWithCards()
  const [card] = CARDS
  const use = { at: NOON, billing: 10n, card, ask: { caps: [ofProgramme(100)] } }
  expect(await verdictOf(opened, use)).toBe('fits')
  expect(await verdictOf(opened, use)).toBe('fits')
  const giveBack = (amount: number) =>
    opened.ask(GIVE_BACK, [['halyk'], [card], ['2026-11-22'], [amount], [0]])
  await giveBack(-30)
  expect(await capsOf(opened)).toMatchObject([{ day_amount: '50', month_amount: '50' }])
  await giveBack(40)
  expect(await capsOf(opened)).toMatchObject([{ day_amount: '10', month_amount: '10' }])
})

test('a cap never goes below nothing, and nothing is counted where there is none', async () => {
  const opened = await openWithCards()
  const [card] = CARDS
  expect(await verdictOf(opened, { at: NOON, billing: 100n, card })).toBe('fits')
  expect(await capsOf(opened)).toEqual([])
  const ask = { caps: [ofProgramme(100)] }
  expect(await verdictOf(opened, { at: NOON, billing: 30n, card, ask })).toBe('fits')
  await opened.ask(GIVE_BACK, [['halyk'], [card], ['2026-11-22'], [100], [1]])
  expect(await capsOf(opened)).toMatchObject([{ day_amount: '0', month_amount: '0' }])
})

test('what a bank decided itself counts into the caps that are there, without being asked about', async () => {
  const opened = await openWithCards()
  const count = 'SELECT * FROM card_usage_count($1, $2, $3, $4, $5, $6::jsonb[])'
  const ask = JSON.stringify({ known_caps: true })
  const day = '2026-11-22'
  const advice = (amount: number) =>
    opened.ask(count, [
      ['halyk', 'halyk'],
      [CARDS[0], 'ct_unknown'],
      [day, day],
      [amount, 1],
      [1, 1],
      [ask, ask],
    ])
  expect(await advice(40)).toMatchObject([{ card_token: CARDS[0] }])
  expect(await capsOf(opened)).toEqual([])
  const caps = [ofBank('halyk', 50), ofProgramme(90)]
  const use = { at: NOON, card: CARDS[1], ask: { caps } }
  expect(await verdictOf(opened, { ...use, billing: 10n })).toBe('fits')
  await advice(38)
  expect(await capsOf(opened)).toMatchObject([{ day_amount: '49' }, { day_amount: '49' }])
  expect(await verdictOf(opened, { ...use, billing: 2n })).toBe('amount_limit_exceeded')
  await opened.ask(GIVE_BACK, [['halyk'], [CARDS[0]], [day], [38], [1]])
  expect(await capsOf(opened)).toMatchObject([{ day_amount: '11' }, { day_amount: '11' }])
})

test('caps beyond 2^63 tiyn are kept to the tiyn', async () => {
  const opened = await openWithCards()
  const most = 9_000_000_000_000_000_000n
  const caps = [{ scope: 'programme', dayAmount: String(most * 3n + 1n) }]
  const use = (billing: bigint, n: number) =>
    verdictOf(opened, { at: NOON, billing, card: CARDS[n], ask: { caps } })
  for (const n of [0, 1, 2]) expect(await use(most, n)).toBe('fits')
  expect(await use(2n, 3)).toBe('amount_limit_exceeded')
  expect(await use(1n, 3)).toBe('fits')
})

const DECLINE = `
  WITH declined AS (
    UPDATE "authorization" SET state = 'declined', decline_reason = 'insufficient_funds' WHERE id = ANY ($1)
    RETURNING bank_id, card_token, usage_day, billing_amount
  )
  SELECT card_usage_give_back(
    array_agg(bank_id), array_agg(card_token), array_agg(usage_day), array_agg(billing_amount), array_agg(1)
  )
  FROM declined`

test('counting and giving back at once over two pools leaves caps at the sum of what counts', async () => {
  const opened = await openWithCards()
  const other = openPostgres(opened.url)
  onTestFinished(() => other.close())
  const caps = [ofBank('halyk', 900), ofBank('forte', 900), ofProgramme(1_500)]
  await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const { run } = index % 2 === 0 ? opened.postgres : other
      const uses = [0, 1, 2, 3].map((step) => {
        const bank = BANKS[(index + step) % 2]
        const own = caps.filter(({ scope }) => scope === 'programme' || scope === `bank/${bank}`)
        const card = CARDS[(index + step * 3) % 8]
        return { at: NOON, bank, card, billing: BigInt(index + step + 1), ask: { caps: own } }
      })
      const tried = await tryUses(run, uses)
      const fitting = tried.filter(({ verdict }) => verdict === 'fits').map(({ id }) => id)
      if (index % 3 > 0) await run({ name: 'decline', text: DECLINE }, [fitting.slice(1)])
    }),
  )
  const counted = await opened.ask(`
    SELECT scope, sum(billing_amount)::text AS day_amount
    FROM "authorization"
    CROSS JOIN LATERAL (VALUES ('bank/' || bank_id), ('programme')) AS cap (scope)
    WHERE state = 'accepted'
    GROUP BY scope
    ORDER BY scope`)
  expect(await capsOf(opened)).toMatchObject(counted)
  expect(counted).toHaveLength(3)
})

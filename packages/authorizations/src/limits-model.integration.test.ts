import { localDay } from '@tolem/domain/local-day'
import { aCard } from '@tolem/testing/builders'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { tryUses, type Use } from './testing/asked-limits.ts'
import { openRecords } from './testing/opened-records.ts'

const HOUR = 3_600_000
/** Eight hours before the first of December in Almaty. */
const START = Date.UTC(2026, 10, 30, 11)

type Limit = {
  readonly span: 'day' | 'month' | 'rolling'
  readonly hours: number
  readonly types: readonly string[] | undefined
  readonly channels: readonly string[] | undefined
  readonly withCash: boolean
  readonly amount: number | undefined
  readonly count: number | undefined
}

type Spent = {
  readonly at: number
  readonly type: string
  readonly channel: string
  readonly billing: number
  readonly cash: number
  readonly count: number
}

/** A step of the history: time passes, somebody spends, and perhaps a part of something earlier is released. */
type Step = Omit<Spent, 'at'> & { readonly minutes: number; readonly released: number }

const types = fc.constantFrom('purchase', 'cash_withdrawal', 'purchase_with_cashback', 'quasi_cash')
const channels = fc.constantFrom('pos', 'atm', 'ecommerce')
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })

const limits: fc.Arbitrary<Limit> = fc.record({
  span: fc.constantFrom('day' as const, 'month' as const, 'rolling' as const),
  hours: fc.integer({ min: 1, max: 12 }),
  types: optional(fc.uniqueArray(types, { minLength: 1, maxLength: 2 })),
  channels: optional(fc.uniqueArray(channels, { minLength: 1, maxLength: 2 })),
  withCash: fc.boolean(),
  amount: optional(fc.integer({ min: 0, max: 200 })),
  count: optional(fc.integer({ min: 0, max: 6 })),
})

const steps: fc.Arbitrary<Step> = fc
  .record({
    minutes: fc.integer({ min: 0, max: 180 }),
    type: types,
    channel: channels,
    billing: fc.integer({ min: 1, max: 60 }),
    cash: fc.integer({ min: 0, max: 60 }),
    count: fc.constantFrom(1, 1, 1, 0),
    released: fc.integer({ min: 0, max: 60 }),
  })
  .map((step) => ({
    ...step,
    cash: step.type === 'purchase_with_cashback' ? Math.min(step.cash, step.billing) : 0,
  }))

function partOf(limit: Limit, use: Spent): 'whole' | 'cash' | 'none' {
  if (limit.channels && !limit.channels.includes(use.channel)) return 'none'
  if (limit.types?.includes(use.type) ?? true) return 'whole'
  return limit.withCash && use.type === 'purchase_with_cashback' && use.cash > 0 ? 'cash' : 'none'
}

function isInWindow({ span, hours }: Limit, earlier: Spent, now: number): boolean {
  if (span === 'rolling') return earlier.at >= now - hours * HOUR
  const length = span === 'day' ? 10 : 7
  return localDay(earlier.at).slice(0, length) === localDay(now).slice(0, length)
}

/** A plain reading of the limits over the whole history. */
function modelOf(of: readonly Limit[], history: readonly Spent[], use: Spent): string {
  const verdicts = of.map((limit) => {
    const part = partOf(limit, use)
    if (part === 'none') return 'fits'
    const counted = [...history.filter((one) => isInWindow(limit, one, use.at)), use].map((one) => {
      const counts = partOf(limit, one)
      if (counts === 'none') return { amount: 0, count: 0 }
      return { amount: counts === 'cash' ? one.cash : one.billing, count: one.count }
    })
    const sum = (of: 'amount' | 'count') => counted.reduce((total, one) => total + one[of], 0)
    const isAmount = sum('amount') > (limit.amount ?? Number.POSITIVE_INFINITY)
    const isCount = sum('count') > (limit.count ?? Number.POSITIVE_INFINITY)
    if (part === 'cash') return isAmount || isCount ? 'cash_limit_exceeded' : 'fits'
    if (isAmount) return 'amount_limit_exceeded'
    return isCount ? 'count_limit_exceeded' : 'fits'
  })
  const inOrder = ['amount_limit_exceeded', 'count_limit_exceeded', 'cash_limit_exceeded'] as const
  const broken = new Set<string>(verdicts)
  return inOrder.find((verdict) => broken.has(verdict)) ?? 'fits'
}

function toUse(card: string, of: readonly Limit[], spent: Spent): Use {
  const asked = of.flatMap((limit) => {
    const part = partOf(limit, spent)
    if (part === 'none') return []
    const since = new Date(spent.at - limit.hours * HOUR).toISOString()
    const { span, types, channels, withCash, amount, count } = limit
    return [
      {
        span,
        part,
        with_cash: withCash && !types?.includes('purchase_with_cashback'),
        ...(span === 'rolling' && { since }),
        ...(types && { types }),
        ...(channels && { channels }),
        ...(amount !== undefined && { amount: String(amount) }),
        ...(count !== undefined && { count }),
      },
    ]
  })
  return {
    card,
    at: spent.at,
    type: spent.type,
    channel: spent.channel,
    billing: BigInt(spent.billing),
    cash: BigInt(spent.cash),
    kind: spent.count === 0 ? 'increment' : 'authorization',
    ask: { limits: asked },
  }
}

const RELEASE = `
  UPDATE "authorization"
  SET state = 'approved', response_body = '', approval_code = '1', approved_amount = billing_amount,
    released_amount = released_amount + $2
  WHERE id = $1`

/** What is left of a use after a release; cash is given up last, because it was surely handed out. */
function afterRelease(spent: Spent, released: number): Spent {
  const billing = spent.billing - released
  return {
    ...spent,
    billing,
    cash: Math.min(spent.cash, billing),
    count: billing ? spent.count : 0,
  }
}

test('limits over windows agree with a plain reading of a card’s whole history, releases included', async () => {
  const opened = await openRecords(onTestFinished)
  let cards = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(limits, { minLength: 1, maxLength: 3 }),
      fc.array(steps, { minLength: 4, maxLength: 14 }),
      async (of, history) => {
        cards += 1
        const card = `ct_model_${cards}`
        await opened.putCard(aCard({ token: card as never }))
        const kept: { readonly id: string; spent: Spent }[] = []
        let at = START
        for (const { minutes, released, ...step } of history) {
          at += minutes * 60_000
          const spent = { ...step, at }
          const before = kept.map((one) => one.spent)
          const [tried] = await tryUses(opened.postgres.run, [toUse(card, of, spent)])
          expect(tried?.verdict).toBe(modelOf(of, before, spent))
          if (tried?.verdict === 'fits') kept.push({ id: tried.id, spent })
          const given = kept[released % 5]
          if (!given || given.spent.at === at || given.spent.billing < released) continue
          await opened.ask(RELEASE, [given.id, released])
          given.spent = afterRelease(given.spent, released)
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('a card’s history is read by its own index, also by a plan made while the table was empty', async () => {
  const opened = await openRecords(onTestFinished)
  await opened.putCard(aCard())
  const limit = { span: 'month', with_cash: false, part: 'whole', amount: '0' }
  const use = { at: START, billing: 1n, ask: { limits: [limit] } }
  const again = async () => {
    for (let round = 0; round < 12; round += 1) await tryUses(opened.postgres.run, [use])
  }
  await again()
  await opened.ask(`
    INSERT INTO "authorization" (
      id, bank_id, card_token, local_date, network_key, type, billing_amount, state, received_at, request_body
    )
    SELECT uuid_from(now() + n * interval '1 ms'), 'halyk', 'ct_' || n % 50, '2026-11-22', n::text, 'purchase', 1,
      'accepted', now(), ''
    FROM generate_series(1, 5000) AS n`)
  await again()
  await expect
    .poll(() => scans(opened.ask), { timeout: 10_000 })
    .toEqual({ whole: 0, by_id: 0, by_card: 24 })
})

type AskRows = <Row>(text: string) => Promise<readonly Row[]>

/** How often the table was read whole, in the order of all cards’ receipt, and by the card's index. */
async function scans(ask: AskRows): Promise<Readonly<Record<string, number>>> {
  const [row] = await ask<Record<string, string>>(`
    SELECT seq_scan AS whole, pg_stat_get_numscans('authorization_pkey'::regclass) AS by_id,
      pg_stat_get_numscans('authorization_card'::regclass) AS by_card
    FROM pg_stat_user_tables WHERE relname = 'authorization'`)
  return Object.fromEntries(
    Object.entries(row ?? {}).map(([name, scanned]) => [name, Number(scanned)]),
  )
}

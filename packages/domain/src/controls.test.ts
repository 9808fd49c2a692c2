import { amountOf } from '@tolem/money/amount'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AUTHORIZATION_TYPES, TERMINAL_TYPES } from './authorization.ts'
import {
  type CardUse,
  type Controls,
  checkLists,
  checkTransactionLimits,
  compileControls,
  type SpendingLimit,
  type SpendingUse,
} from './controls.ts'
import { findControlsMistakes } from './controls-mistakes.ts'
import { DECLINE_REASONS } from './decision.ts'
import type { ExchangeId } from './ids.ts'

const tenge = (tiyn: number | bigint) => amountOf('KZT', BigInt(tiyn))

/** Few codes, so that lists and uses meet. */
const codes = fc.integer({ min: 0, max: 30 }).map((number) => String(5_400 + number))
const ranges = fc.tuple(codes, codes).map(([one, other]) => [one, other].toSorted().join('-'))
const countries = fc.constantFrom('KZ', 'RU', 'US')
const exchanges = fc.constantFrom('bybit', 'binance')

function lists<T extends string>(items: fc.Arbitrary<T>) {
  return fc.record(
    { allow: fc.array(items, { maxLength: 4 }), deny: fc.array(items, { maxLength: 3 }) },
    { requiredKeys: [] },
  )
}

const controls = fc.record(
  {
    types: lists(fc.constantFrom(...AUTHORIZATION_TYPES)),
    channels: lists(fc.constantFrom(...TERMINAL_TYPES)),
    merchantCategories: lists(fc.oneof(codes, ranges)),
    countries: lists(countries),
    exchanges: lists(exchanges),
  },
  { requiredKeys: [] },
) satisfies fc.Arbitrary<Controls>

const uses: fc.Arbitrary<CardUse> = fc.record({
  type: fc.constantFrom(...AUTHORIZATION_TYPES),
  channel: fc.constantFrom(...TERMINAL_TYPES),
  merchantCategoryCode: codes,
  merchantCountry: countries,
  exchange: exchanges.map((id) => id as ExchangeId),
})

/** As slow and plain as can be: every code that an entry names, one by one. */
function names(entry: string, value: string): boolean {
  const [from, to = from] = entry.split('-').map(Number)
  if (from === undefined || Number.isNaN(from)) return entry === value
  for (let code = from; code <= Number(to); code += 1) if (String(code) === value) return true
  return false
}

function modelOf(levels: readonly Controls[], use: CardUse): string {
  const asked = [
    ['exchange_not_permitted', 'exchanges', use.exchange],
    ['transaction_type_not_permitted', 'types', use.type],
    ['channel_not_permitted', 'channels', use.channel],
    ['merchant_category_not_permitted', 'merchantCategories', use.merchantCategoryCode],
    ['country_not_permitted', 'countries', use.merchantCountry],
  ] as const
  const refused = asked.find(([, list, value]) =>
    levels.some((level) => {
      const { allow, deny } = level[list] ?? {}
      const isDenied = (deny ?? []).some((entry) => names(entry, value))
      return isDenied || (allow !== undefined && !allow.some((entry) => names(entry, value)))
    }),
  )
  return refused?.[0] ?? 'permitted'
}

test('lists of any levels permit exactly what a plain reading of them permits', () => {
  fc.assert(
    fc.property(fc.array(controls, { maxLength: 3 }), uses, (levels, use) => {
      const checked = checkLists(levels.map(compileControls), use)
      expect(checked.ok ? 'permitted' : checked.reason).toBe(modelOf(levels, use))
    }),
    { numRuns: 2_000 },
  )
})

test('refusals of lists are answered in the order of precedence of decline reasons', () => {
  const denyingAll = compileControls({
    exchanges: { allow: [] },
    types: { allow: [] },
    channels: { allow: [] },
    merchantCategories: { deny: ['0000-9999'] },
    countries: { allow: [] },
  })
  const use: CardUse = {
    type: 'purchase',
    channel: 'pos',
    merchantCategoryCode: '5411',
    merchantCountry: 'KZ',
    exchange: 'bybit' as ExchangeId,
  }
  const reasons = Object.keys(denyingAll.lists).map((_, index, all) => {
    const kept = all.slice(index).map((name) => [name, denyingAll.lists[name as 'types']])
    const none = Object.fromEntries(all.map((name) => [name, undefined]))
    const lists = { ...none, ...Object.fromEntries(kept) }
    const checked = checkLists([{ ...denyingAll, lists }], use)
    return checked.ok ? 'permitted' : checked.reason
  })
  const places = reasons.map((reason) => DECLINE_REASONS.indexOf(reason as never))
  expect(new Set(places).size).toBe(5)
  expect(places).toEqual(places.toSorted((left, right) => left - right))
  expect(places).not.toContain(-1)
})

test.each([
  ['a code of the range’s beginning', '5000', true],
  ['one of its end', '5999', true],
  ['one below', '4999', false],
  ['one above', '6000', false],
])('a range of categories includes both ends: %s', (_name, merchantCategoryCode, isDenied) => {
  const level = compileControls({ merchantCategories: { deny: ['5000-5999'] } })
  const use = { ...fc.sample(uses, 1)[0], merchantCategoryCode } as CardUse
  expect(checkLists([level], use).ok).toBe(!isDenied)
})

const limits: fc.Arbitrary<SpendingLimit> = fc.record(
  {
    types: fc.array(fc.constantFrom(...AUTHORIZATION_TYPES, 'cash' as const), { minLength: 1 }),
    channels: fc.array(fc.constantFrom(...TERMINAL_TYPES), { minLength: 1 }),
    window: fc.constantFrom({ kind: 'transaction' } as const, { kind: 'day' } as const),
    amount: fc.integer({ min: 0, max: 20 }).map(tenge),
  },
  { requiredKeys: ['window'] },
)

const spendings: fc.Arbitrary<SpendingUse> = fc
  .record({
    type: fc.constantFrom(...AUTHORIZATION_TYPES),
    channel: fc.constantFrom(...TERMINAL_TYPES),
    amount: fc.integer({ min: 0, max: 20 }),
    cashback: fc.integer({ min: 0, max: 20 }),
  })
  .map(({ type, channel, amount, cashback }) => ({
    type,
    channel,
    amount: tenge(amount),
    cashback: tenge(type === 'purchase_with_cashback' ? Math.min(amount, cashback) : 0),
  }))

/** What each limit counts of a use: the docstrings of `SpendingLimit`, word by word. */
function limitModelOf(levels: readonly (readonly SpendingLimit[])[], use: SpendingUse): string {
  let isCashTooMuch = false
  for (const { types, channels, window, amount } of levels.flat()) {
    if (window.kind !== 'transaction' || amount === undefined) continue
    if (channels && !channels.includes(use.channel)) continue
    const isNamed = types ? types.includes(use.type) : use.type !== 'account_verification'
    const isCashNamed = types?.includes('cash') ?? false
    const handsOut = use.type === 'cash_withdrawal' || use.type === 'quasi_cash'
    if ((isNamed || (isCashNamed && handsOut)) && use.amount > amount)
      return 'amount_limit_exceeded'
    const isPart = isCashNamed && !isNamed && use.type === 'purchase_with_cashback'
    if (isPart && use.cashback > amount) isCashTooMuch = true
  }
  return isCashTooMuch ? 'cash_limit_exceeded' : 'within'
}

test('limits on one authorization refuse exactly what a plain reading of them refuses', () => {
  fc.assert(
    fc.property(fc.array(fc.array(limits), { maxLength: 3 }), spendings, (levels, use) => {
      const compiled = levels.map((each) => compileControls({ limits: each }))
      const checked = checkTransactionLimits(compiled, use)
      expect(checked.ok ? 'within' : checked.reason).toBe(limitModelOf(levels, use))
    }),
    { numRuns: 2_000 },
  )
})

test('of a purchase with cashback a cash limit refuses the cash alone', () => {
  const cash = { types: ['cash'], window: { kind: 'transaction' }, amount: tenge(10) } as const
  const level = compileControls({ limits: [cash] })
  const use = { type: 'purchase_with_cashback', channel: 'pos', amount: tenge(500) } as const
  const checked = (cashback: number) =>
    checkTransactionLimits([level], { ...use, cashback: tenge(cashback) })
  expect(checked(10)).toEqual({ ok: true, value: undefined })
  expect(checked(11)).toEqual({ ok: false, reason: 'cash_limit_exceeded' })
  const whole = compileControls({
    limits: [{ window: { kind: 'transaction' }, amount: tenge(499) }],
  })
  expect(checkTransactionLimits([level, whole], { ...use, cashback: tenge(11) })).toEqual({
    ok: false,
    reason: 'amount_limit_exceeded',
  })
})

test.each([
  [
    'a limit of nothing',
    { limits: [{ window: { kind: 'day' } }] },
    ['limits', 0],
    /neither an amount nor a count/,
  ],
  [
    'a count of one transaction',
    { limits: [{ window: { kind: 'transaction' }, amount: tenge(1), count: 1 }] },
    ['limits', 0, 'count'],
    /give an amount/,
  ],
  [
    'what is allowed and denied',
    { countries: { allow: ['KZ', 'RU'], deny: ['RU'] } },
    ['countries'],
    /RU is both/,
  ],
  [
    'a range backwards',
    { merchantCategories: { deny: ['7995', '5999-5000'] } },
    ['merchantCategories', 'deny', 1],
    /5999-5000 ends before/,
  ],
] satisfies [string, Controls, unknown[], RegExp][])(
  'finds %s and says where',
  (_n, given, path, message) => {
    expect(findControlsMistakes(given)).toEqual([{ path, message: expect.stringMatching(message) }])
  },
)

test('controls of any lists and limits that make sense are found without mistake', () => {
  const sensible = { types: ['cash'], window: { kind: 'rolling', hours: 1 }, count: 0 } as const
  expect(
    findControlsMistakes({
      merchantCategories: { allow: ['5000-5999'], deny: ['5411', '5500-5500'] },
      exchanges: { allow: ['bybit-kz'] },
      limits: [sensible],
    }),
  ).toEqual([])
})

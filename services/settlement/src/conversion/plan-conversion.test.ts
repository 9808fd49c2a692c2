import type { OpenPosition } from '@tolem/conversions/order'
import type { ConversionMarket } from '@tolem/domain/conversion'
import type { ExchangeId } from '@tolem/domain/ids'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planConversion } from './plan-conversion.ts'

const TENGE: ConversionMarket = {
  asset: 'USDT',
  money: 'KZT',
  step: 100n,
  smallest: 1_000n,
  largest: 50_050n,
  smallestWorth: 0n,
}
const BITCOIN: ConversionMarket = { ...TENGE, asset: 'BTC', money: 'USDT' }
const unknown = () => undefined

function held(position: bigint, change: Partial<OpenPosition> = {}): OpenPosition {
  return {
    exchange: 'bybit' as ExchangeId,
    asset: 'USDT',
    position,
    book: position * 47n,
    ordinal: 0n,
    isBusy: false,
    refusals: 0,
    seenAt: 0,
    ...change,
  }
}

test('what is held is sold and what is missing is bought, in whole steps with their share of the worth', () => {
  expect(planConversion(held(1_250n), [TENGE], unknown)).toEqual({
    ok: true,
    value: { side: 'sell', money: 'KZT', amount: 1_200n, book: 1_200n * 47n },
  })
  expect(planConversion(held(-1_250n), [TENGE], unknown)).toEqual({
    ok: true,
    value: { side: 'buy', money: 'KZT', amount: 1_200n, book: -1_200n * 47n },
  })
})

test('one order is no more than the market takes at once', () => {
  const planned = planConversion(held(1_000_000n), [TENGE], unknown)
  expect(planned).toMatchObject({ value: { amount: 50_000n } })
})

test.each([
  ['nothing is held', held(0n), 'nothing'],
  ['less than a step', held(99n), 'below_minimum'],
  ['less than the smallest order', held(-999n), 'below_minimum'],
  ['another asset’s market', held(5_000n, { asset: 'ETH' }), 'no_market'],
])('nothing is ordered where there is %s', (_name, position, reason) => {
  expect(planConversion(position, [TENGE, BITCOIN], unknown)).toEqual({ ok: false, reason })
})

test('an order must be worth what the market asks for, where a rate tells what it is worth', () => {
  const market = { ...TENGE, smallestWorth: 500n }
  const plan = (worth: bigint | undefined) => planConversion(held(1_000n), [market], () => worth)
  expect(plan(499n)).toEqual({ ok: false, reason: 'below_minimum' })
  expect(plan(500n).ok).toBe(true)
  expect(plan(undefined).ok).toBe(true)
})

test('tenge are taken before dollars', () => {
  const both = [BITCOIN, { ...BITCOIN, money: 'KZT' } as const]
  const planned = planConversion(held(5_000n, { asset: 'BTC' }), both, unknown)
  expect(planned).toMatchObject({ value: { money: 'KZT' } })
})

test.each([
  ['no step', [{ ...TENGE, step: 0n }]],
  ['a negative minimum', [{ ...TENGE, smallest: -1n }]],
  ['a maximum below its minimum', [{ ...TENGE, largest: 900n }]],
  ['a second of its name', [TENGE, { ...TENGE, step: 10n }]],
  ['itself on both sides', [{ ...TENGE, money: 'USDT' } as const]],
])('a market with %s stops its asset', (_name, markets) => {
  expect(planConversion(held(5_000n), markets, unknown)).toEqual({
    ok: false,
    reason: 'market_unsafe',
  })
})

test('whatever is held, an order is a multiple of the step, within bounds, and never more than that', () => {
  const positions = fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n })
  const rules = fc.record({
    step: fc.bigInt({ min: 1n, max: 10_000n }),
    smallest: fc.bigInt({ min: 0n, max: 10_000n }),
    room: fc.bigInt({ min: 0n, max: 10n ** 8n }),
  })
  fc.assert(
    fc.property(positions, rules, (position, { step, smallest, room }) => {
      const largest = (step > smallest ? step : smallest) + room
      const market = { ...TENGE, step, smallest, largest }
      const planned = planConversion(held(position), [market], unknown)
      if (!planned.ok) return
      const { amount, side } = planned.value
      expect(amount % step).toBe(0n)
      expect(amount >= smallest && amount <= largest && amount > 0n).toBe(true)
      const left = side === 'sell' ? position - amount : position + amount
      expect(side === 'sell' ? left >= 0n : left <= 0n).toBe(true)
    }),
  )
})

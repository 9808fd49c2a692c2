import type { ExchangeId } from '@tolem/domain/ids'
import type { Rate } from '@tolem/money/rate'
import { PILOT_PROGRAMME_FILE, readProgramme } from '@tolem/programme'
import { createHandClock } from '@tolem/testing/clock'
import { expect, test } from 'vitest'
import { createPricing } from './pricing.ts'

const BYBIT = 'bybit' as ExchangeId

function pricingOf(volatility = { windowMs: 60_000, factor: 0.5, mostBasisPoints: 150 }) {
  const pilot = readProgramme(PILOT_PROGRAMME_FILE)
  const clock = createHandClock()
  const pricing = createPricing({
    programme: { ...pilot, ratePolicy: { ...pilot.ratePolicy, volatility } },
    bus: { publish: () => Promise.resolve(), put: () => Promise.resolve() },
    now: clock.now,
    official: () => '474.2' as Rate,
    onRefused: () => {},
    onPublished: () => {},
    onFailure: () => {},
  })
  const usdt = pricing.routes.find(({ exchange, asset }) => exchange === BYBIT && asset === 'USDT')
  if (usdt === undefined) throw new Error('the pilot has USDT at Bybit')
  /** One second later: the price and what becomes of it. */
  const hear = (price: string) => {
    clock.advance(1_000)
    pricing.onTop({
      exchange: BYBIT,
      pair: 'USDT/KZT',
      bid: price,
      ask: price,
      receivedAt: clock.now(),
    })
    return pricing.rateOf(usdt)
  }
  // The very first price is believed by nobody yet.
  expect(hear('474.2')).toMatchObject({ guard: 'unconfirmed' })
  return { hear }
}

test('volatility widens by its factor, and not at all while nothing moves', () => {
  const { hear } = pricingOf()
  expect(hear('474.2')).toMatchObject({ state: 'safe', wideningBasisPoints: 0 })
  expect(hear('474.2')).toMatchObject({ wideningBasisPoints: 0 })
  // A hundred basis points in one move, halved.
  expect(hear('478.942')).toMatchObject({ wideningBasisPoints: 50 })
  for (let seconds = 0; seconds < 61; seconds++) hear('478.942')
  expect(hear('478.942')).toMatchObject({ wideningBasisPoints: 0 })
})

test('beyond the most that may be added the rate is unsafe, and safe again when the window has passed', () => {
  const { hear } = pricingOf({ windowMs: 10_000, factor: 2, mostBasisPoints: 150 })
  hear('474.2')
  expect(hear('478.942')).toMatchObject({ state: 'unsafe', guard: 'volatile' })
  for (let seconds = 0; seconds < 9; seconds++)
    expect(hear('478.942')).toMatchObject({ guard: 'volatile' })
  hear('478.942')
  expect(hear('478.942')).toMatchObject({ state: 'safe', wideningBasisPoints: 0 })
})

test('a price that another guard refuses is no move', () => {
  const { hear } = pricingOf()
  hear('474.2')
  expect(hear('47420')).toMatchObject({ guard: 'implausible' })
  expect(hear('489')).toMatchObject({ guard: 'spike' })
  expect(hear('474.2')).toMatchObject({ state: 'safe', wideningBasisPoints: 0 })
})
